#include "services/policy/domain/pii/us_ssn.h"

#include "services/policy/domain/pii/entity.h"

namespace portcullis::policy {
namespace {

constexpr size_t kSsnReach = 40;

}  // namespace

bool IsUsSsn(std::string_view digits) {
  if (digits.size() != 9 || digits == "078051120" || digits == "219099999") return false;
  const std::string_view area = digits.substr(0, 3);
  return area != "000" && area != "666" && area[0] != '9' && digits.substr(3, 2) != "00" &&
         digits.substr(5) != "0000";
}

MatchResult MatchUsSsn(size_t position, const DigitGroups& groups, LazyContext& context) {
  if (groups.plus() || groups.paren()) return MatchResult::None();
  const bool split = groups.count() >= 3 && groups.size(0) == 3 && groups.size(1) == 2 &&
                     groups.size(2) == 4 && groups.separator(1) == groups.separator(2);
  const size_t count = split ? 3 : 1;
  if (!groups.EndsAfter(count) || !IsUsSsn(groups.digits(count))) return MatchResult::None();
  const bool dashed = split && groups.separator(1) == "-";
  if (!dashed && !context.Names(Entity::kUsSsn, kSsnReach)) return MatchResult::None();
  return MatchResult::Match(static_cast<uint16_t>(Entity::kUsSsn), groups.end(count - 1) - position);
}

}  // namespace portcullis::policy
