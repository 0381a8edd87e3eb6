// `policy.audit-logger.content`: whether the text of requests and answers is kept, and how.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/config/document.h"
#include "libs/config/environment.h"
#include "libs/config/issues.h"
#include "libs/config/schema.h"
#include "libs/config/secret.h"

namespace portcullis::audit {

enum class CaptureMode { kNone, kInput, kOutput, kBoth };
enum class ContentForm { kRedacted, kEncrypted };

struct ContentSettings {
  CaptureMode capture = CaptureMode::kNone;
  ContentForm form = ContentForm::kRedacted;
  uint32_t max_bytes = 65'536;
  int retention_days = 0;  // 0 = as long as the record

  struct KeyRef {
    std::string env;
    std::string file;
  };
  struct Key {
    std::string id;
    KeyRef ref;
    config::Secret value;  // what ResolveContent found; "" = not set
  };
  std::vector<Key> keys;  // the first seals
};

config::Schema<ContentSettings> ContentSchema();

// What needs more than one key, or the environment: reports what does not fit, and reads the master keys. A
// key that is not set is a warning: only who writes or reads content needs it.
void ResolveContent(const config::Document& document, const config::Environment& environment,
                    ContentSettings& settings, config::Issues& issues);

}  // namespace portcullis::audit
