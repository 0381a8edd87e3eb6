// The configuration as it is in effect: defaults filled in, secrets masked.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "libs/config/setting.h"

namespace portcullis::config {

// Every declared setting of `object` under its key, in the order of declaration. Settings that are not set
// are absent, and so are other spellings (Meta::same_as).
nlohmann::ordered_json Effective(const SettingTree& tree, const void* object);

}  // namespace portcullis::config
