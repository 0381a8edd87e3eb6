#include "services/policy/domain/pii/phone.h"

#include <algorithm>

#include "services/policy/domain/pii/country_codes.h"
#include "services/policy/domain/pii/entity.h"

namespace portcullis::policy {
namespace {

constexpr size_t kPhoneReach = 32;

struct Candidate {
  const DigitGroups& groups;
  size_t count;
  std::string_view digits;
  LazyContext& context;

  bool NamesPhone() const { return context.Names(Entity::kPhone, kPhoneReach); }

  bool Sizes(std::initializer_list<size_t> sizes) const {
    if (sizes.size() != count) return false;
    size_t i = 0;
    return std::all_of(sizes.begin(), sizes.end(), [&](size_t size) { return groups.size(i++) == size; });
  }
  bool OnlySpaces() const {
    for (size_t i = 1; i < count; ++i) {
      if (groups.separator(i) != " ") return false;
    }
    return !groups.paren();
  }
  bool LaterGroupsAtLeast(size_t size) const {
    for (size_t i = 1; i < count; ++i) {
      if (groups.size(i) < size) return false;
    }
    return true;
  }
};

// North America: area code and exchange begin with 2-9.
bool IsNanp(std::string_view ten_digits) { return ten_digits[0] >= '2' && ten_digits[3] >= '2'; }

bool IsNorthAmerican(const Candidate& c) {
  if (c.Sizes({3, 3, 4})) return IsNanp(c.digits) && (!c.OnlySpaces() || c.NamesPhone());
  if (!c.Sizes({1, 3, 3, 4}) || c.digits[0] != '1' || !IsNanp(c.digits.substr(1))) return false;
  return !c.OnlySpaces() || c.NamesPhone();
}

// Europe: a trunk prefix 0, then area and number.
bool IsTrunkNumber(const Candidate& c) {
  if (c.digits[0] != '0' || c.digits[1] == '0' || c.count < 2) return false;
  const size_t total = c.digits.size();
  if (c.Sizes({3, 2, 4})) return false;  // the form of US social security numbers
  if (c.Sizes({2, 2, 2, 2, 2})) return true;
  const size_t first = c.groups.size(0);
  if (first >= 3 && first <= 6) return total >= 9 && total <= 12 && c.count <= 5 && c.LaterGroupsAtLeast(2);
  return first == 2 && total >= 8 && total <= 11 && c.count <= 3 && c.LaterGroupsAtLeast(3);
}

// Spain: nine digits that begin with 6-9.
bool IsSpanish(const Candidate& c) {
  if (c.digits.size() != 9 || c.digits[0] < '6') return false;
  if (c.Sizes({3, 2, 2, 2}) || c.Sizes({2, 3, 2, 2})) return true;
  return (c.Sizes({3, 3, 3}) || c.count == 1) && c.NamesPhone();
}

// Anything of a plausible length after a word like "phone", but no date.
bool IsNamedNumber(const Candidate& c) {
  const size_t total = c.digits.size();
  if (c.count == 1) {
    const bool plausible = total == 10 ? c.digits[0] != '1' : total == 11 && c.digits[0] <= '1';
    return plausible && c.NamesPhone();
  }
  if (c.Sizes({2, 2, 2, 2})) return c.NamesPhone();
  if (c.Sizes({4, 2, 2}) || c.Sizes({2, 2, 4}) || total > 12 || c.count > 5) return false;
  bool long_group = false;
  for (size_t i = 0; i < c.count; ++i) long_group = long_group || c.groups.size(i) >= 3;
  return long_group && c.groups.size(c.count - 1) >= 2 && c.NamesPhone();
}

bool IsInternational(const Candidate& c) {
  if (c.groups.plus()) return IsInternationalNumber(c.digits);
  if (c.digits.substr(0, 2) != "00" || (c.count == 1 && !c.NamesPhone())) return false;
  return IsInternationalNumber(c.digits.substr(2));
}

bool IsPhone(const Candidate& c) {
  if (c.digits.size() < 7) return false;
  if (IsInternational(c)) return true;
  if (c.groups.plus()) return false;
  return IsNorthAmerican(c) || IsTrunkNumber(c) || IsSpanish(c) || IsNamedNumber(c);
}

}  // namespace

bool IsInternationalNumber(std::string_view digits) {
  const CountryCode* country = FindCountryCode(digits);
  if (country == nullptr) return false;
  std::string_view national = digits.substr(country->digits.size());
  if (national.size() > country->max && national[0] == '0') national.remove_prefix(1);  // "+46 (0)8 ..."
  if (national.size() < country->min || national.size() > country->max) return false;
  if (country->digits == "1") return IsNanp(national);
  return national.substr(0, 3) != "000";
}

MatchResult MatchPhone(size_t position, const DigitGroups& groups, LazyContext& context) {
  if (groups.digits(groups.count()).size() < 7) return MatchResult::None();
  // "(030) 1234567", but not the bracket around a whole number.
  const bool closes = groups.count() > 1 && groups.separator(1).find(')') != std::string_view::npos;
  if (groups.paren() && !closes) return MatchResult::None();
  for (size_t count = groups.count(); count > 0; --count) {
    const Candidate candidate{groups, count, groups.digits(count), context};
    if (!groups.EndsAfter(count) || !IsPhone(candidate)) continue;
    return MatchResult::Match(static_cast<uint16_t>(Entity::kPhone), groups.end(count - 1) - position);
  }
  return MatchResult::None();
}

}  // namespace portcullis::policy
