// A declared setting with its type erased: what Schema<T> (schema.h) builds, and what reading, the effective
// configuration and the reference documentation walk. Nothing here is changed after a schema is built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libs/config/codes.h"
#include "libs/config/secret.h"

namespace portcullis::config {

using StringMap = std::map<std::string, std::string>;
using BoolMap = std::map<std::string, bool>;

// A setting's value; monostate = not set.
using Value = std::variant<std::monostate, bool, int64_t, double, std::string, Secret,
                           std::vector<std::string>, StringMap, BoolMap>;

enum class Type {
  kBool,
  kInteger,
  kNumber,
  kString,
  kSecret,
  kEnum,
  kStrings,    // a list of texts; one text stands for a list of one
  kStringMap,  // free keys, each with a text
  kBoolMap,    // free keys, each with true or false
  kSection,    // a mapping with settings of its own
  kSections,   // a list of such mappings
};

// Looks at a text (or each text of a list or map) and says what is wrong with it; "" = nothing.
using Check = std::function<std::string(std::string_view)>;

// What is said about a setting besides its key and place.
struct Meta {
  std::string doc = {};            // one or two sentences, for the reference
  std::string unit = {};           // "seconds", "bytes", ...; numbers only
  std::optional<double> min = {};  // numbers, inclusive; texts: least length in bytes
  std::optional<double> max =
      {};  // numbers, inclusive; texts: greatest length in bytes (kMaxText unless given)
  std::vector<int64_t> one_of = {};  // integers: nothing else is allowed
  bool required = false;
  bool needs_restart = false;                // a reload does not apply a change
  std::string same_as = {};                  // path of the setting of which this is another spelling
  std::vector<std::string> deprecated = {};  // old names of the key
  Check check = {};
  Check check_key = {};          // of maps with free keys
  size_t max_items = 1'000;      // of lists and maps
  std::string example = {};      // a line to write, for messages: "secret_key_ref: {env: MISTRAL_API_KEY}"
  std::string default_doc = {};  // replaces the default in the reference: "the value of timeout_seconds"
};

inline constexpr size_t kMaxText = 8'192;  // bytes of a text

struct Choice {
  std::string name;
  std::string doc;
  bool alias = false;  // another name of an earlier choice; accepted, not listed
};

struct SettingTree;

struct Setting {
  std::string key;
  Type type = Type::kString;
  Meta meta;
  std::vector<Choice> choices;  // kEnum

  // Values.
  std::function<void(void* object, const Value& value)> set;
  std::function<Value(const void* object)> get;

  // Sections: the tree of what is inside, and the way there.
  std::shared_ptr<const SettingTree> children;
  std::function<void*(void* object)> open;              // kSection; creates an optional one
  std::function<const void*(const void* object)> peek;  // kSection; null when absent
  std::function<void*(void* object)> append;            // kSections: a new item, valid until the next
  std::function<size_t(const void* object)> size;
  std::function<const void*(const void* object, size_t index)> at;

  bool has_children() const { return type == Type::kSection || type == Type::kSections; }
};

// `setting`, of an object that is reached from another by `into` and `of`.
Setting Through(const Setting& setting, const std::function<void*(void*)>& into,
                const std::function<const void*(const void*)>& of);

struct SettingTree {
  std::string doc;  // of the section
  std::vector<Setting> settings;
  const char* unknown_code = code::kUnknownKey;
  std::string noun = "key";              // what a key of this section is, for messages: "policy kind"
  std::shared_ptr<const void> defaults;  // a default-constructed object

  const Setting* Find(std::string_view key) const;
  std::vector<std::string> Keys() const;
};

// Visits every setting below `tree`, parents first. Paths as in "providers.targets[].id".
void Walk(
    const SettingTree& tree, const std::string& prefix,
    const std::function<void(const std::string& path, const SettingTree& parent, const Setting&)>& visit);

}  // namespace portcullis::config
