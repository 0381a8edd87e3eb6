#include "services/policy/domain/secrets/secrets_policy.h"

#include <algorithm>

#include "libs/base/strings.h"

namespace portcullis::policy {

absl::StatusOr<std::unique_ptr<const SecretsPolicy>> SecretsPolicy::Create(const SecretsOptions& options) {
  const std::vector<std::string_view> names = SecretNames();
  std::vector<std::string_view> off;
  for (const auto& [name, on] : options.rules) {
    const auto known = std::find(names.begin(), names.end(), name);
    if (known == names.end()) {
      std::string list;
      for (const std::string_view one : names) list += base::StrCat(list.empty() ? "" : ", ", one);
      return absl::InvalidArgumentError(
          base::StrCat("secrets: rules: \"", name, "\" is not known; known are: ", list));
    }
    if (!on) off.push_back(*known);
  }
  return std::unique_ptr<const SecretsPolicy>(new SecretsPolicy(options, off));
}

}  // namespace portcullis::policy
