#include "services/audit/app/content_settings.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <utility>

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/codes.h"
#include "services/audit/client/content_keys.h"

namespace portcullis::audit {

using config::Schema;
using config::Severity;
using C = ContentSettings;

namespace {

constexpr char kPath[] = "policy.audit-logger.content";
constexpr size_t kMaxKeyFile = 4096;

std::string CheckKeyId(std::string_view id) {
  const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
  return plain && !id.empty() && id.size() <= 64
             ? ""
             : "must be 1 to 64 lower-case letters, digits, '-', '_' or '.'";
}

Schema<C::KeyRef> KeyRefSchema() {
  using R = C::KeyRef;
  Schema<R> schema("Where a master key is: 32 bytes as 64 hex digits or as Base64 (`openssl rand -hex 32`).");
  schema
      .String("env", &R::env,
              {.doc = "Name of the environment variable that holds it.",
               .max = 200,
               .check = config::CheckVariableName,
               .example = "env: AUDIT_CONTENT_KEY"})
      .String("file", &R::file,
              {.doc = "File that holds it.",
               .check = config::CheckOneLine,
               .example = "file: /run/secrets/audit-content-key"});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

Schema<C::Key> KeySchema() {
  using K = C::Key;
  Schema<K> schema("A master key for captured content.");
  schema
      .String("id", &K::id,
              {.doc = "Its name, which stands beside what it seals.",
               .required = true,
               .check = CheckKeyId,
               .example = "id: k2026"})
      .Section("secret_key_ref", &K::ref, KeyRefSchema(),
               {.required = true, .example = "secret_key_ref: {env: AUDIT_CONTENT_KEY}"});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

// The key as it is given; nullopt = it is not there.
std::optional<std::string> Fetch(const C::KeyRef& ref, const config::Environment& environment) {
  if (!ref.env.empty()) return environment.Get(ref.env);
  std::ifstream file(ref.file, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text(kMaxKeyFile, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

// Reports on one setting.
class Reporter {
 public:
  Reporter(const config::Document& document, config::Issues& issues) : document_(document), issues_(issues) {}

  void operator()(Severity severity, const char* code, const std::string& key, std::string message,
                  std::string suggestion) const {
    const std::string path = key.empty() ? kPath : base::StrCat(kPath, ".", key);
    document_.Report(issues_, severity, code, path, document_.LocateValue(path), std::move(message),
                     std::move(suggestion));
  }

 private:
  const config::Document& document_;
  config::Issues& issues_;
};

void ResolveKey(const config::Environment& environment, size_t index, const Reporter& report, C::Key& key) {
  const std::string at = base::StrCat("keys[", index, "].secret_key_ref");
  if (key.ref.env.empty() == key.ref.file.empty()) {
    report(Severity::kError, key.ref.env.empty() ? config::code::kMissing : config::code::kConflict, at,
           base::StrCat("the master key \"", key.id, "\" needs one of env and file"),
           "write secret_key_ref: {env: NAME} or secret_key_ref: {file: PATH}");
    return;
  }
  const std::optional<std::string> value = Fetch(key.ref, environment);
  const std::string where = key.ref.env.empty() ? base::StrCat("the file ", key.ref.file) : key.ref.env;
  if (!value || value->empty()) {
    report(Severity::kWarning, config::code::kMissingKey, at,
           base::StrCat("the master key \"", key.id, "\" is not there: ", where, " is not set"),
           "a process that captures content does not start without its first key");
  } else if (const auto parsed = ParseMasterKey(*value); !parsed.ok()) {
    report(Severity::kError, config::code::kNotAllowed, at,
           base::StrCat("the master key \"", key.id, "\": what ", where, " holds ",
                        base::Message(parsed.status())),
           "make one with openssl rand -hex 32");
  } else {
    key.value = config::Secret(*value);
  }
}

// Whether pii-detector puts tokens in the place of texts, which answers then get back.
bool GivesTokens(const config::Document& document) {
  const std::string redaction = "policy.pii-detector.redaction";
  const config::Node* const marker = document.Find(redaction + ".marker_format");
  if (marker != nullptr && marker->scalar == "token") return true;
  const config::Node* const formats = document.Find(redaction + ".formats");
  return formats != nullptr &&
         std::any_of(formats->entries.begin(), formats->entries.end(),
                     [](const config::Entry& format) { return format.value.scalar == "token"; });
}

}  // namespace

Schema<C> ContentSchema() {
  Schema<C> schema(
      "Captured content: the text of requests and answers, beside their records. See docs/audit.md.");
  schema
      .Enum("capture", &C::capture,
            {{"none", CaptureMode::kNone, "nothing."},
             {"input", CaptureMode::kInput, "the bodies of requests."},
             {"output", CaptureMode::kOutput, "the bodies of answers, as they were sent."},
             {"both", CaptureMode::kBoth, "both."}},
            {.doc = "What is kept.", .needs_restart = true})
      .Enum("form", &C::form,
            {{"redacted", ContentForm::kRedacted,
              "readable for whoever reads the store: requests as the policies let them go on; of those that "
              "did "
              "not go on, nothing."},
             {"encrypted", ContentForm::kEncrypted,
              "sealed with AES-256-GCM before it is written anywhere, under a key per subject: requests as "
              "they "
              "came, the refused too."}},
            {.doc = "How it is kept.", .needs_restart = true})
      .Integer("max_bytes", &C::max_bytes,
               {.doc = "Size up to which a text is kept; the rest is left out, and the record says so.",
                .unit = "bytes",
                .min = 1,
                .max = 262'144,
                .needs_restart = true})
      .Integer("retention_days", &C::retention_days,
               {.doc = "Age at which content goes before its record does; 0 = with the record.",
                .unit = "days",
                .min = 0,
                .max = 36'500,
                .needs_restart = true})
      .List("keys", &C::keys, KeySchema(),
            {.doc = "The master keys for `form: encrypted`. The first seals, all of them open.",
             .needs_restart = true,
             .max_items = 100,
             .example = "keys: [{id: k2026, secret_key_ref: {env: AUDIT_CONTENT_KEY}}]"});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

void ResolveContent(const config::Document& document, const config::Environment& environment,
                    ContentSettings& settings, config::Issues& issues) {
  const Reporter report(document, issues);
  std::set<std::string_view> ids;
  for (size_t i = 0; i < settings.keys.size(); ++i) {
    ResolveKey(environment, i, report, settings.keys[i]);
    if (ids.insert(settings.keys[i].id).second) continue;
    report(Severity::kError, config::code::kConflict, base::StrCat("keys[", i, "].id"),
           base::StrCat("two master keys are called \"", settings.keys[i].id, "\""), "give each its own id");
  }
  if (settings.capture == CaptureMode::kNone) return;
  const bool encrypted = settings.form == ContentForm::kEncrypted;
  if (encrypted && settings.keys.empty()) {
    report(Severity::kError, config::code::kMissing, "form",
           "policy.audit-logger.content.form is encrypted, and there is no key",
           "write keys: [{id: k1, secret_key_ref: {env: NAME}}]");
  }
  if (!encrypted && settings.capture != CaptureMode::kInput && GivesTokens(document)) {
    report(Severity::kError, config::code::kConflict, "form",
           "answers get back what the tokens of pii-detector stand for: they would be kept readable",
           "write form: encrypted, or capture: input");
  }
}

}  // namespace portcullis::audit
