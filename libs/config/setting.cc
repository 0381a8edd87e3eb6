#include "libs/config/setting.h"

namespace portcullis::config {

const Setting* SettingTree::Find(std::string_view key) const {
  for (const Setting& setting : settings) {
    if (setting.key == key) return &setting;
    for (const std::string& old : setting.meta.deprecated) {
      if (old == key) return &setting;
    }
  }
  return nullptr;
}

std::vector<std::string> SettingTree::Keys() const {
  std::vector<std::string> keys;
  for (const Setting& setting : settings) keys.push_back(setting.key);
  return keys;
}

Setting Through(const Setting& setting, const std::function<void*(void*)>& into,
                const std::function<const void*(const void*)>& of) {
  Setting outer = setting;
  if (setting.set) {
    outer.set = [set = setting.set, into](void* object, const Value& value) { set(into(object), value); };
    outer.get = [get = setting.get, of](const void* object) { return get(of(object)); };
  }
  if (setting.open) {
    outer.open = [open = setting.open, into](void* object) { return open(into(object)); };
    outer.peek = [peek = setting.peek, of](const void* object) { return peek(of(object)); };
  }
  if (setting.append) {
    outer.append = [append = setting.append, into](void* object) { return append(into(object)); };
    outer.size = [size = setting.size, of](const void* object) { return size(of(object)); };
    outer.at = [at = setting.at, of](const void* object, size_t index) { return at(of(object), index); };
  }
  return outer;
}

void Walk(const SettingTree& tree, const std::string& prefix,
          const std::function<void(const std::string&, const SettingTree&, const Setting&)>& visit) {
  for (const Setting& setting : tree.settings) {
    const std::string path = prefix.empty() ? setting.key : prefix + "." + setting.key;
    visit(path, tree, setting);
    if (setting.children)
      Walk(*setting.children, setting.type == Type::kSections ? path + "[]" : path, visit);
  }
}

}  // namespace portcullis::config
