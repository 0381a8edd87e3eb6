#include "services/policy/domain/pii/pii_policy.h"

#include <algorithm>

#include "libs/base/strings.h"
#include "services/policy/domain/pii/digit_groups.h"
#include "services/policy/domain/pii/identifier_groups.h"
#include "services/policy/domain/pii/mac_address.h"

namespace portcullis::policy {
namespace {

absl::Status UnknownEntity(std::string_view name, std::string_view option) {
  std::string known;
  for (const EntityInfo& info : Entities()) known += base::StrCat(known.empty() ? "" : ", ", info.name);
  return absl::InvalidArgumentError(
      base::StrCat("pii-detector: ", option, ": \"", name, "\" is not known; known are: ", known));
}

}  // namespace

absl::StatusOr<std::bitset<kEntityCount>> EnabledEntities(const PiiDetectorOptions& options) {
  std::bitset<kEntityCount> enabled;
  for (const std::string& pack : options.packs) {
    if (std::find(Packs().begin(), Packs().end(), pack) != Packs().end()) continue;
    return absl::InvalidArgumentError(base::StrCat("pii-detector: packs: \"", pack, "\" is not known"));
  }
  for (const EntityInfo& info : Entities()) {
    const bool in_pack = std::any_of(options.packs.begin(), options.packs.end(),
                                     [&](const std::string& pack) { return InPack(info, pack); });
    enabled[static_cast<size_t>(info.entity)] = info.on_by_default && in_pack;
  }
  for (const Entity entity :
       {Entity::kMedicalRecordNumber, Entity::kHealthInsuranceId, Entity::kUsNpi, Entity::kDateOfBirth}) {
    if (options.healthcare_mode) enabled.set(static_cast<size_t>(entity));
  }
  if (options.detect_names) enabled.set(static_cast<size_t>(Entity::kPersonName));
  if (options.detect_addresses) enabled.set(static_cast<size_t>(Entity::kStreetAddress));
  if (options.pci_mode) enabled.set(static_cast<size_t>(Entity::kCardSecurityCode));
  for (const auto& [name, on] : options.entities) {
    const auto entity = EntityByName(name);
    if (!entity.has_value()) return UnknownEntity(name, "entities");
    enabled[static_cast<size_t>(*entity)] = on;
  }
  return enabled;
}

absl::StatusOr<std::unique_ptr<const PiiPolicy>> PiiPolicy::Create(const PiiDetectorOptions& options,
                                                                   const text::FoldTable& fold) {
  auto enabled = EnabledEntities(options);
  if (!enabled.ok()) return enabled.status();
  for (const auto& [name, marker] : options.custom_markers) {
    if (!EntityByName(name).has_value()) return UnknownEntity(name, "custom_markers");
  }
  auto marker = Marker::Create(options);
  if (!marker.ok()) return marker.status();
  return std::unique_ptr<const PiiPolicy>(new PiiPolicy(options, *enabled, fold, *std::move(marker)));
}

// Every number holds three digits in a row or two digits with a separator between; every other identifier a
// letter beside a digit.
void PiiPolicy::AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const {
  const auto add = [&](std::string_view pattern, uint32_t reach) {
    triggers->push_back({std::string(pattern), false, lane, Trigger::Reach::kBytes, reach});
  };
  constexpr auto kNumberReach = static_cast<uint32_t>(std::max(kMaxNumberLength, kMaxIdLength));
  add("@", 65);                                   // e-mail: local part and "@"
  add("%40", 67);                                 // the same, escaped
  add("[0-9]{3}", kNumberReach);                  // cards, telephones, most national numbers
  add("[0-9][-./+() ]{1,3}[0-9]", kNumberReach);  // the same, in groups; IPv4
  add("[a-z][0-9]", kMaxIdChars + 1);             // IBAN, fiscal codes, licence plates
  add("[0-9][a-z]", kMaxIdChars + 1);             // what begins with digits and goes on with letters
  add("[0-9a-f]:[0-9a-f]{0,4}:", 45);             // IPv6, MAC
  for (const char* word : {"bic", "swift"}) {     // names of identifiers that may be letters alone
    triggers->push_back({word, true, lane, Trigger::Reach::kFollows, kContextReach});
  }
  add("-[0-9a-f]{2}-", kMacLength);  // MAC
}

}  // namespace portcullis::policy
