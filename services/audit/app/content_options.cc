#include "services/audit/app/content_options.h"

#include "libs/base/strings.h"

namespace portcullis::audit {

ContentKeys ContentKeysOf(const ContentSettings& settings) {
  ContentKeys keys;
  for (const ContentSettings::Key& key : settings.keys) {
    const absl::StatusOr<crypto::SealKey> parsed = ParseMasterKey(key.value.Reveal());
    if (parsed.ok()) keys.Add(key.id, *parsed);
  }
  return keys;
}

absl::StatusOr<ContentOptions> ContentOptionsOf(const ContentSettings& settings) {
  ContentOptions options;
  const CaptureMode mode = settings.capture;
  options.rules.input = mode == CaptureMode::kInput || mode == CaptureMode::kBoth;
  options.rules.output = mode == CaptureMode::kOutput || mode == CaptureMode::kBoth;
  options.rules.encrypted = settings.form == ContentForm::kEncrypted;
  options.rules.max_bytes = settings.max_bytes;
  if (mode == CaptureMode::kNone || !options.rules.encrypted) return options;
  if (settings.keys.empty() || settings.keys[0].value.empty()) {
    return absl::FailedPreconditionError(
        base::StrCat("policy.audit-logger.content.form is encrypted, and its master key",
                     settings.keys.empty() ? "" : base::StrCat(" \"", settings.keys[0].id, "\""),
                     " is not set: set what its secret_key_ref names (openssl rand -hex 32 makes one)"));
  }
  options.keys = ContentKeysOf(settings);
  return options;
}

}  // namespace portcullis::audit
