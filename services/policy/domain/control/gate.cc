#include "services/policy/domain/control/gate.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "libs/base/glob.h"
#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"

namespace portcullis::policy {
namespace {

absl::Status Wrong(std::string_view kind, std::string_view key, std::string_view what) {
  return absl::InvalidArgumentError(base::StrCat(kind, ": ", key, ": ", what));
}

// The role of a name; by the order of kRoleNames.
std::optional<Role> RoleOf(std::string_view name) {
  constexpr Role kRoles[] = {Role::kSystem, Role::kUser, Role::kAssistant, Role::kTool};
  for (size_t i = 0; i < std::size(kRoleNames); ++i) {
    if (kRoleNames[i] == name) return kRoles[i];
  }
  return std::nullopt;
}

uint8_t BitOf(Role role) { return static_cast<uint8_t>(1u << static_cast<unsigned>(role)); }

std::optional<uint8_t> ModalityBit(std::string_view name) {
  for (size_t i = 0; i < std::size(kModalityNames); ++i) {
    if (kModalityNames[i] == name) return static_cast<uint8_t>(1u << i);
  }
  return std::nullopt;
}

bool HeaderFits(const std::vector<Header>& headers, const std::string& name, const std::string& pattern) {
  return std::any_of(headers.begin(), headers.end(), [&](const Header& header) {
    return header.name == name && base::GlobMatches(pattern, header.value);
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Gate>> Gate::Create(std::string_view kind, const PolicyControl& control,
                                                         FailMode fail_mode,
                                                         std::unique_ptr<const GateTest> test) {
  std::unique_ptr<Gate> gate(new Gate(control));
  gate->test_ = std::move(test);
  gate->fail_mode_ = control.fail_mode.value_or(fail_mode);
  for (const std::string& name : control.roles) {
    const std::optional<Role> role = RoleOf(name);
    if (!role) return Wrong(kind, "roles", base::StrCat("\"", name, "\" is no role"));
    gate->roles_ |= BitOf(*role);
  }
  for (const std::string& name : control.when.modalities) {
    const std::optional<uint8_t> bit = ModalityBit(name);
    if (!bit) return Wrong(kind, "when.modality", base::StrCat("\"", name, "\" is no modality"));
    gate->modalities_ |= *bit;
  }
  for (const PolicyException& exception : control.exceptions) {
    const std::optional<base::SystemTime> expiry = AfterDay(exception.expires);
    if (!expiry) {
      return Wrong(kind, "exceptions.expires", base::StrCat("\"", exception.expires, "\" is no date"));
    }
    gate->expiry_.push_back(*expiry);
  }
  return gate;
}

bool Gate::Runs(const Circumstances& now, Direction direction) const {
  if (test_ != nullptr && !test_->Holds(now)) return false;
  const PolicyCondition& when = control_.when;
  if (when.empty()) return true;
  if (!base::AnyGlobMatches(when.models, now.model) || !base::AnyGlobMatches(when.tenants, now.tenant))
    return false;
  if (modalities_ != 0 && (modalities_ & now.modalities) == 0) return false;
  for (const auto& [name, pattern] : when.headers) {
    if (!HeaderFits(now.headers, name, pattern)) return false;
  }
  if (direction == Direction::kInput || now.target.empty()) return true;
  return base::AnyGlobMatches(when.targets, now.target);
}

bool Gate::Judges(Role role, bool by_kind) const {
  if (roles_ == 0) return by_kind;
  return role == Role::kUnknown || (roles_ & BitOf(role)) != 0;
}

std::vector<const PolicyException*> Gate::Exceptions(const Circumstances& now) const {
  std::vector<const PolicyException*> valid;
  for (size_t i = 0; i < expiry_.size(); ++i) {
    const PolicyException& exception = control_.exceptions[i];
    if (now.now < expiry_[i] && base::AnyGlobMatches(exception.tenants, now.tenant))
      valid.push_back(&exception);
  }
  return valid;
}

bool Covers(const PolicyException& exception, std::string_view rule, std::string_view value) {
  if (!base::AnyGlobMatches(exception.rules, rule) || !base::AnyGlobMatches(exception.values, value))
    return false;
  if (exception.value_sha256.empty()) return true;
  const std::string hash = crypto::Hex(crypto::Sha256Of(value));
  return std::find(exception.value_sha256.begin(), exception.value_sha256.end(), hash) !=
         exception.value_sha256.end();
}

}  // namespace portcullis::policy
