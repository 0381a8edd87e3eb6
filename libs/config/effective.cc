#include "libs/config/effective.h"

#include <nlohmann/json.hpp>

namespace portcullis::config {
namespace {

using Json = nlohmann::ordered_json;

struct ToJsonValue {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(const Secret& secret) const { return secret.Masked(); }
  template <typename V>
  Json operator()(const V& value) const {
    return value;
  }
};

Json OfSetting(const Setting& setting, const void* object) {
  if (setting.type == Type::kSection) {
    const void* inner = setting.peek(object);
    return inner == nullptr ? Json(nullptr) : Effective(*setting.children, inner);
  }
  if (setting.type == Type::kSections) {
    Json list = Json::array();
    for (size_t i = 0; i < setting.size(object); ++i) {
      list.push_back(Effective(*setting.children, setting.at(object, i)));
    }
    return list;
  }
  return std::visit(ToJsonValue{}, setting.get(object));
}

}  // namespace

Json Effective(const SettingTree& tree, const void* object) {
  Json json = Json::object();
  for (const Setting& setting : tree.settings) {
    if (!setting.meta.same_as.empty()) continue;
    Json value = OfSetting(setting, object);
    const bool empty_section = setting.type == Type::kSection && value.empty();
    if (!value.is_null() && !empty_section) json[setting.key] = std::move(value);
  }
  return json;
}

}  // namespace portcullis::config
