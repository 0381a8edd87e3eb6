#include "services/policy/domain/pii/names_policy.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "services/policy/domain/pii/person_name.h"
#include "services/policy/domain/pii/street_address.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

bool Has(const std::bitset<kEntityCount>& enabled, Entity entity) {
  return enabled[static_cast<size_t>(entity)];
}

}  // namespace

NamesMatcher::NamesMatcher(bool names, bool addresses)
    : addresses_(addresses),
      names_(names ? std::make_unique<const NameTable>(GivenNames(), Surnames()) : nullptr) {}

MatchResult NamesMatcher::At(const Window& window, size_t position) const {
  BestMatch best;
  if (names_ != nullptr && IsLetter(window.text[position]))
    best.Add(MatchPersonName(window, position, *names_));
  if (addresses_) best.Add(MatchStreetAddress(window, position));
  return best.result();
}

bool NamesMatcher::MayStart(char before, char first) const { return IsAlnum(first) && !IsWordByte(before); }

size_t NamesMatcher::max_length() const { return std::max(kMaxPersonName, kMaxStreetAddress); }

NamesPolicy::NamesPolicy(const PiiDetectorOptions& options, const std::bitset<kEntityCount>& enabled,
                         Marker marker)
    : apply_to_(options.apply_to),
      action_(ActionOf(options.action)),
      matcher_(Has(enabled, Entity::kPersonName), Has(enabled, Entity::kStreetAddress)),
      marker_(std::move(marker)) {}

absl::StatusOr<std::unique_ptr<const NamesPolicy>> NamesPolicy::Create(const PiiDetectorOptions& options) {
  ASSIGN_OR_RETURN(const auto enabled, EnabledEntities(options));
  if (!Has(enabled, Entity::kPersonName) && !Has(enabled, Entity::kStreetAddress)) return nullptr;
  ASSIGN_OR_RETURN(Marker marker, Marker::Create(options));
  return std::unique_ptr<const NamesPolicy>(new NamesPolicy(options, enabled, std::move(marker)));
}

}  // namespace portcullis::policy
