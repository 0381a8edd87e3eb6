#include "libs/config/secret_variable.h"

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/redact.h"

namespace portcullis::config {
namespace {

std::string Trim(const std::string& text) {
  constexpr char kBlanks[] = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlanks);
  return begin == text.npos ? "" : text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

SecretVariable ReadSecret(const Environment& environment, const std::string& name) {
  const bool hidden = LooksLikeSecret(name);
  const std::string shown = hidden ? "(hidden: it looks like the key itself)" : name;
  SecretVariable secret;
  secret.place = hidden ? "environment variable" : base::StrCat("environment variable ", name);
  secret.value = Trim(environment.Get(name).value_or(""));
  if (secret.value.empty()) {
    secret.problem = base::StrCat("the environment variable ", shown, " is not set");
    secret.remedy = "export it before the start, or name another one: secret_key_ref: {env: NAME}";
  } else if (!CheckOneLine(secret.value).empty()) {
    secret.value.clear();
    secret.problem = base::StrCat("the environment variable ", shown, " holds control characters");
    secret.remedy = "set it to the secret alone";
  }
  return secret;
}

}  // namespace portcullis::config
