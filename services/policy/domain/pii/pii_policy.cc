#include "services/policy/domain/pii/pii_policy.h"

#include "libs/base/strings.h"
#include "services/policy/domain/pii/digit_groups.h"

namespace portcullis::policy {
namespace {

absl::Status UnknownEntity(std::string_view name, std::string_view option) {
  std::string known;
  for (const EntityInfo& info : kEntities) known += base::StrCat(known.empty() ? "" : ", ", info.name);
  return absl::InvalidArgumentError(
      base::StrCat("pii-detector: ", option, ": \"", name, "\" is not known; known are: ", known));
}

}  // namespace

absl::StatusOr<std::unique_ptr<const PiiPolicy>> PiiPolicy::Create(const PiiDetectorOptions& options) {
  std::bitset<kEntityCount> enabled;
  for (const EntityInfo& info : kEntities) enabled[static_cast<size_t>(info.entity)] = info.on_by_default;
  for (const auto& [name, on] : options.entities) {
    const auto entity = EntityByName(name);
    if (!entity.has_value()) return UnknownEntity(name, "entities");
    enabled[static_cast<size_t>(*entity)] = on;
  }
  for (const auto& [name, marker] : options.custom_markers) {
    if (!EntityByName(name).has_value()) return UnknownEntity(name, "custom_markers");
  }
  return std::unique_ptr<const PiiPolicy>(new PiiPolicy(options, enabled));
}

// Every number holds three digits in a row or two digits with a separator between.
void PiiPolicy::AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const {
  const auto add = [&](std::string_view pattern, uint32_t reach) {
    triggers->push_back({std::string(pattern), false, lane, Trigger::Reach::kBytes, reach});
  };
  add("@", 65);                                      // e-mail: local part and "@"
  add("[0-9]{3}", kMaxNumberLength);                 // cards, telephones, social security numbers
  add("[0-9][-./() ]{1,3}[0-9]", kMaxNumberLength);  // the same, in groups; IPv4
  add("[a-z]{2}[0-9]{2}", 4);                        // IBAN
  add("[0-9a-f]:[0-9a-f]{0,4}:", 45);                // IPv6
}

}  // namespace portcullis::policy
