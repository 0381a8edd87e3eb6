// Declares settings and binds them to a plain struct. Each setting is declared once; reading, checking,
// did-you- mean, the effective configuration and docs/config.md all come from the declaration.
//
//   Schema<RetryOptions> schema("How often a target is tried.");
//   schema.Integer("max_attempts", &RetryOptions::max_attempts, {.doc = "Tries per target.", .min = 1, .max =
//   10})
//       .Milliseconds("initial_backoff_ms", &RetryOptions::initial_backoff, {.doc = "...", .min = 1});
//   parent.Section("retry", &RouterOptions::retry, schema);
//
// Defaults are those of a default-constructed struct. Members may be std::optional: absent = not set. A
// member of a base class of T binds too. A schema is built once and then only read; reading is thread-safe.
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "libs/config/setting.h"

namespace portcullis::config {
namespace internal {

template <typename V>
struct Unwrapped {
  using type = V;
};
template <typename V>
struct Unwrapped<std::optional<V>> {
  using type = V;
};
template <typename V>
using Plain = typename Unwrapped<V>::type;
template <typename V>
inline constexpr bool kIsOptional = !std::is_same_v<Plain<V>, V>;

// The setter and getter for a member whose plain value converts from and to Raw (an alternative of Value).
template <typename T, typename Raw, typename C, typename V, typename From, typename To>
void Bind(Setting& setting, V C::*member, From from, To to) {
  setting.set = [member, from](void* object, const Value& value) {
    static_cast<T*>(object)->*member = from(std::get<Raw>(value));
  };
  setting.get = [member, to](const void* object) -> Value {
    const V& held = static_cast<const T*>(object)->*member;
    if constexpr (kIsOptional<V>) {
      if (!held.has_value()) return std::monostate{};
      return Value(std::in_place_type<Raw>, to(*held));
    } else {
      return Value(std::in_place_type<Raw>, to(held));
    }
  };
}

}  // namespace internal

// One choice of an enumeration. Several names may stand for one value; the first is the one that is shown.
template <typename E>
struct Named {
  std::string name;
  E value;
  std::string doc = {};
};

template <typename T>
class Schema {
 public:
  explicit Schema(std::string doc = {}) : tree_(std::make_shared<SettingTree>()) {
    tree_->doc = std::move(doc);
    tree_->defaults = std::make_shared<const T>();
  }

  // How unknown keys of this section are reported.
  Schema& UnknownKeys(const char* code, std::string noun) {
    tree_->unknown_code = code;
    tree_->noun = std::move(noun);
    return *this;
  }

  template <typename C, typename V>
  requires std::derived_from<T, C> Schema& Bool(std::string key, V C::*member, Meta meta) {
    return Identity<bool>(Type::kBool, std::move(key), member, std::move(meta));
  }

  template <typename C, typename V>
  requires(std::derived_from<T, C>&& std::integral<internal::Plain<V>>) Schema& Integer(std::string key,
                                                                                        V C::*member,
                                                                                        Meta meta) {
    using P = internal::Plain<V>;
    Setting& setting = Add(Type::kInteger, std::move(key), std::move(meta));
    if (!setting.meta.min) setting.meta.min = static_cast<double>(std::numeric_limits<P>::min());
    if (!setting.meta.max && sizeof(P) < sizeof(int64_t)) setting.meta.max = std::numeric_limits<P>::max();
    internal::Bind<T, int64_t>(
        setting, member, [](int64_t value) { return static_cast<P>(value); },
        [](P value) { return static_cast<int64_t>(value); });
    return *this;
  }

  // Durations, held as std::chrono::milliseconds, written as whole seconds or milliseconds.
  template <typename C, typename V>
  requires std::derived_from<T, C> Schema& Seconds(std::string key, V C::*member, Meta meta) {
    return Duration(std::move(key), member, std::move(meta), 1000, "seconds");
  }
  template <typename C, typename V>
  requires std::derived_from<T, C> Schema& Milliseconds(std::string key, V C::*member, Meta meta) {
    return Duration(std::move(key), member, std::move(meta), 1, "milliseconds");
  }

  template <typename C, typename V>
  requires std::derived_from<T, C> Schema& Number(std::string key, V C::*member, Meta meta) {
    return Identity<double>(Type::kNumber, std::move(key), member, std::move(meta));
  }
  template <typename C, typename V>
  requires std::derived_from<T, C> Schema& String(std::string key, V C::*member, Meta meta) {
    return Identity<std::string>(Type::kString, std::move(key), member, std::move(meta));
  }
  template <typename C>
  requires std::derived_from<T, C> Schema& SecretText(std::string key, Secret C::*member, Meta meta) {
    return Identity<Secret>(Type::kSecret, std::move(key), member, std::move(meta));
  }
  template <typename C>
  requires std::derived_from<T, C> Schema& Strings(std::string key, std::vector<std::string> C::*member,
                                                   Meta meta) {
    return Identity<std::vector<std::string>>(Type::kStrings, std::move(key), member, std::move(meta));
  }
  template <typename C>
  requires std::derived_from<T, C> Schema& Texts(std::string key, StringMap C::*member, Meta meta) {
    return Identity<StringMap>(Type::kStringMap, std::move(key), member, std::move(meta));
  }
  template <typename C>
  requires std::derived_from<T, C> Schema& Switches(std::string key, BoolMap C::*member, Meta meta) {
    return Identity<BoolMap>(Type::kBoolMap, std::move(key), member, std::move(meta));
  }

  template <typename C, typename V, typename E = internal::Plain<V>>
  requires std::derived_from<T, C> Schema& Enum(std::string key, V C::*member, std::vector<Named<E>> names,
                                                Meta meta) {
    Setting& setting = Add(Type::kEnum, std::move(key), std::move(meta));
    for (size_t i = 0; i < names.size(); ++i) {
      const bool alias = std::any_of(names.begin(), names.begin() + i, [&](const Named<E>& earlier) {
        return earlier.value == names[i].value;
      });
      setting.choices.push_back({names[i].name, names[i].doc, alias});
    }
    auto to_value = [names](const std::string& name) {
      for (const Named<E>& named : names) {
        if (named.name == name) return named.value;
      }
      return names.front().value;  // not reached: the reader checked the choices
    };
    auto to_name = [names](const E& value) {
      for (const Named<E>& named : names) {
        if (named.value == value) return named.name;
      }
      return std::string();
    };
    internal::Bind<T, std::string>(setting, member, to_value, to_name);
    return *this;
  }

  // A mapping held in a member of its own; an optional member exists only when the section does.
  template <typename C, typename V>
  requires std::derived_from<T, C> Schema& Section(std::string key, V C::*member,
                                                   const Schema<internal::Plain<V>>& inner, Meta meta = {}) {
    Setting& setting = AddTree(Type::kSection, std::move(key), std::move(meta), inner.tree());
    setting.open = [member](void* object) -> void* {
      V& held = static_cast<T*>(object)->*member;
      if constexpr (internal::kIsOptional<V>) {
        return &held.emplace();
      } else {
        return &held;
      }
    };
    setting.peek = [member](const void* object) -> const void* {
      const V& held = static_cast<const T*>(object)->*member;
      if constexpr (internal::kIsOptional<V>) {
        return held.has_value() ? &*held : nullptr;
      } else {
        return &held;
      }
    };
    return *this;
  }

  // A mapping whose settings live in this same struct (or in a base class of it).
  template <typename B>
  requires std::derived_from<T, B> Schema& Group(std::string key, const Schema<B>& inner, Meta meta = {}) {
    Setting& setting = AddTree(Type::kSection, std::move(key), std::move(meta), inner.tree());
    setting.open = [](void* object) -> void* { return static_cast<B*>(static_cast<T*>(object)); };
    setting.peek = [](const void* object) -> const void* {
      return static_cast<const B*>(static_cast<const T*>(object));
    };
    return *this;
  }

  // A list of mappings.
  template <typename C, typename Item>
  requires std::derived_from<T, C> Schema& List(std::string key, std::vector<Item> C::*member,
                                                const Schema<Item>& inner, Meta meta = {}) {
    Setting& setting = AddTree(Type::kSections, std::move(key), std::move(meta), inner.tree());
    setting.append = [member](void* object) -> void* {
      return &(static_cast<T*>(object)->*member).emplace_back();
    };
    setting.size = [member](const void* object) { return (static_cast<const T*>(object)->*member).size(); };
    setting.at = [member](const void* object, size_t index) -> const void* {
      return &(static_cast<const T*>(object)->*member)[index];
    };
    return *this;
  }

  // The settings of `inner`, at this level, held in a member.
  template <typename C, typename V>
  requires std::derived_from<T, C> Schema& Include(V C::*member, const Schema<V>& inner) {
    auto into = [member](void* object) -> void* { return &(static_cast<T*>(object)->*member); };
    auto of = [member](const void* object) -> const void* {
      return &(static_cast<const T*>(object)->*member);
    };
    for (const config::Setting& setting : inner.tree()->settings) {
      tree_->settings.push_back(Through(setting, into, of));
    }
    return *this;
  }

  const std::shared_ptr<SettingTree>& tree() const { return tree_; }

 private:
  Setting& Add(Type type, std::string key, Meta meta) {
    Setting& setting = tree_->settings.emplace_back();
    setting.key = std::move(key);
    setting.type = type;
    setting.meta = std::move(meta);
    return setting;
  }

  Setting& AddTree(Type type, std::string key, Meta meta, std::shared_ptr<const SettingTree> children) {
    Setting& setting = Add(type, std::move(key), std::move(meta));
    setting.children = std::move(children);
    return setting;
  }

  template <typename Raw, typename C, typename V>
  Schema& Identity(Type type, std::string key, V C::*member, Meta meta) {
    Setting& setting = Add(type, std::move(key), std::move(meta));
    auto same = [](const Raw& value) { return value; };
    internal::Bind<T, Raw>(setting, member, same, same);
    return *this;
  }

  template <typename C, typename V>
  Schema& Duration(std::string key, V C::*member, Meta meta, int64_t factor, const char* unit) {
    Setting& setting = Add(Type::kInteger, std::move(key), std::move(meta));
    setting.meta.unit = unit;
    internal::Bind<T, int64_t>(
        setting, member, [factor](int64_t value) { return std::chrono::milliseconds(value * factor); },
        [factor](std::chrono::milliseconds value) { return value.count() / factor; });
    return *this;
  }

  std::shared_ptr<SettingTree> tree_;
};

}  // namespace portcullis::config
