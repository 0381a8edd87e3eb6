#include "libs/config/scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>

#include "libs/base/strings.h"
#include "libs/config/redact.h"
#include "libs/config/suggest.h"
#include "libs/config/units.h"

namespace portcullis::config {
namespace {

// Numbers as people write them: whole ones without a decimal point or an exponent.
std::string Plain(double number) {
  if (number == std::floor(number) && std::abs(number) < 1e15)
    return base::StrCat(static_cast<int64_t>(number));
  return base::StrCat(number);
}

// The result of a failed parse, whatever was to be parsed.
struct Failure {
  operator Value() const { return {}; }
  template <typename V>
  operator std::optional<V>() const {
    return std::nullopt;
  }
};

class Parser {
 public:
  Parser(const Setting& setting, ScalarProblem& problem) : setting_(setting), problem_(problem) {}

  Value Parse(const Node& node) {
    switch (setting_.type) {
      case Type::kBool:
        return Bool(node);
      case Type::kInteger:
        return Integer(node);
      case Type::kNumber:
        return Number(node);
      case Type::kString:
        return Wrap(Text(node));
      case Type::kSecret:
        return SecretValue(node);
      case Type::kEnum:
        return Enum(node);
      case Type::kStrings:
        return Strings(node);
      case Type::kStringMap:
        return Map<StringMap>(node, [this](const Node& value) { return Text(value); });
      case Type::kBoolMap:
        return Map<BoolMap>(node, [this](const Node& value) { return Flag(value); });
      case Type::kSection:
      case Type::kSections:
        break;
    }
    return {};
  }

 private:
  Failure Fail(const Node& node, const char* code, std::string message, std::string suggestion = "") {
    problem_ = {code, std::move(message), std::move(suggestion), node.position};
    return {};
  }

  Failure WrongType(const Node& node, std::string_view wanted, std::string suggestion = "") {
    const std::string found = setting_.type == Type::kSecret ? "something else" : Describe(node);
    return Fail(node, code::kWrongType, base::StrCat("must be ", wanted, ", not ", found),
                std::move(suggestion));
  }

  template <typename V>
  static Value Wrap(std::optional<V> value) {
    if (!value) return {};
    return Value(*std::move(value));
  }

  std::optional<bool> Flag(const Node& node) {
    if (node.is_scalar() && !node.quoted) {
      if (node.scalar == "true") return true;
      if (node.scalar == "false") return false;
    }
    std::string suggestion;
    const std::string& word = node.scalar;
    if (word == "yes" || word == "on" || word == "True" || word == "TRUE" || word == "1" || word == "true") {
      suggestion = "write true (without quotes)";
    } else if (word == "no" || word == "off" || word == "False" || word == "FALSE" || word == "0" ||
               word == "false") {
      suggestion = "write false (without quotes)";
    }
    return WrongType(node, "true or false", suggestion);
  }

  Value Bool(const Node& node) { return Wrap(Flag(node)); }

  Value Integer(const Node& node) {
    int64_t number = 0;
    const char* end = node.scalar.data() + node.scalar.size();
    const auto parsed = std::from_chars(node.scalar.data(), end, number);
    if (!node.is_scalar() || node.scalar.empty() || parsed.ptr != end ||
        parsed.ec == std::errc::invalid_argument) {
      return WrongType(node, "a whole number", NumberHint(node));
    }
    if (node.quoted) return WrongType(node, "a number, not text", "remove the quotes");
    if (parsed.ec == std::errc::result_out_of_range) return OutOfRange(node);
    if (!InRange(static_cast<double>(number))) return OutOfRange(node);
    return Value(number);
  }

  Value Number(const Node& node) {
    double number = 0;
    const char* end = node.scalar.data() + node.scalar.size();
    const auto parsed = std::from_chars(node.scalar.data(), end, number);
    if (!node.is_scalar() || node.scalar.empty() || parsed.ptr != end ||
        parsed.ec == std::errc::invalid_argument || std::isnan(number)) {
      return WrongType(node, "a number", NumberHint(node));
    }
    if (node.quoted) return WrongType(node, "a number, not text", "remove the quotes");
    if (parsed.ec == std::errc::result_out_of_range || !std::isfinite(number)) return OutOfRange(node);
    if (!InRange(number)) return OutOfRange(node);
    return Value(number);
  }

  // "30s", "1 MiB", "1_000": a number with something behind it.
  std::string NumberHint(const Node& node) const {
    const size_t digits = node.scalar.find_first_not_of("0123456789");
    if (!node.is_scalar() || digits == 0 || digits == node.scalar.npos || setting_.meta.unit.empty())
      return "";
    const std::string converted = ConvertUnit(node.scalar, setting_.meta.unit);
    if (!converted.empty())
      return base::StrCat("write ", converted, " (the unit is ", setting_.meta.unit, ")");
    return base::StrCat("the unit is ", setting_.meta.unit, "; write the digits alone");
  }

  bool InRange(double number) const {
    const auto& one_of = setting_.meta.one_of;
    if (!one_of.empty() && std::find(one_of.begin(), one_of.end(), number) == one_of.end()) return false;
    return !(setting_.meta.min && number < *setting_.meta.min) &&
           !(setting_.meta.max && number > *setting_.meta.max);
  }

  Failure OutOfRange(const Node& node) {
    const std::string unit = setting_.meta.unit.empty() ? "" : base::StrCat(" ", setting_.meta.unit);
    const std::string allowed = Allowed(setting_, false);
    return Fail(node, code::kOutOfRange,
                base::StrCat("must be ", allowed.empty() ? "smaller" : allowed, unit, ", not ",
                             MaskLine(node.scalar)));
  }

  std::optional<std::string> Text(const Node& node) {
    if (!node.is_scalar()) return WrongType(node, "text");
    const double least = setting_.type == Type::kStringMap ? 0 : setting_.meta.min.value_or(0);
    const double most = setting_.meta.max.value_or(kMaxText);
    const double size = static_cast<double>(node.scalar.size());
    if (size < least || size > most) {
      return Fail(node, code::kOutOfRange,
                  size < least && least == 1 ? "must not be empty"
                                             : base::StrCat("must have ", Plain(least), " to ", Plain(most),
                                                            " bytes, not ", Plain(size)));
    }
    if (setting_.meta.check) {
      std::string wrong = setting_.meta.check(node.scalar);
      if (!wrong.empty()) return Fail(node, code::kNotAllowed, std::move(wrong));
    }
    return node.scalar;
  }

  Value SecretValue(const Node& node) {
    auto text = Text(node);
    if (!text) return {};
    return Value(Secret(*std::move(text)));
  }

  Value Enum(const Node& node) {
    if (!node.is_scalar()) return WrongType(node, base::StrCat("one of ", Allowed(setting_, false)));
    std::vector<std::string> names;
    for (const Choice& choice : setting_.choices) {
      if (choice.name == node.scalar) return Value(node.scalar);
      names.push_back(choice.name);
    }
    const std::string near = Nearest(node.scalar, names);
    return Fail(node, code::kNotAllowed,
                base::StrCat("must be one of ", Allowed(setting_, false), ", not ", Quote(node.scalar)),
                near.empty() ? "" : base::StrCat("did you mean ", Quote(near), "?"));
  }

  Value Strings(const Node& node) {
    std::vector<std::string> texts;
    if (node.is_scalar()) {
      auto text = Text(node);
      if (!text) return {};
      return Value(std::vector<std::string>{*std::move(text)});
    }
    if (!node.is_sequence())
      return WrongType(node, "a list of texts", "write each text on a line after \"- \"");
    if (node.items.size() > setting_.meta.max_items) return TooMany(node, node.items.size());
    for (const Node& item : node.items) {
      auto text = Text(item);
      if (!text) return {};
      texts.push_back(*std::move(text));
    }
    return Value(std::move(texts));
  }

  template <typename M, typename F>
  Value Map(const Node& node, F parse) {
    if (!node.is_mapping()) return WrongType(node, "a mapping", "write each entry as \"name: value\"");
    if (node.entries.size() > setting_.meta.max_items) return TooMany(node, node.entries.size());
    M map;
    for (const Entry& entry : node.entries) {
      if (setting_.meta.check_key) {
        std::string wrong = setting_.meta.check_key(entry.key);
        if (!wrong.empty()) {
          problem_ = {code::kNotAllowed, std::move(wrong), "", entry.position};
          return {};
        }
      }
      auto value = parse(entry.value);
      if (!value) {
        problem_.message = base::StrCat(Quote(entry.key), " ", problem_.message);
        return {};
      }
      map.emplace(entry.key, *std::move(value));
    }
    return Value(std::move(map));
  }

  Failure TooMany(const Node& node, size_t count) {
    return Fail(node, code::kOutOfRange,
                base::StrCat("must have at most ", setting_.meta.max_items, " entries, not ", count));
  }

  const Setting& setting_;
  ScalarProblem& problem_;
};

}  // namespace

Value ParseValue(const Setting& setting, const Node& node, ScalarProblem& problem) {
  return Parser(setting, problem).Parse(node);
}

std::string TypeName(Type type) {
  switch (type) {
    case Type::kBool:
      return "true or false";
    case Type::kInteger:
      return "integer";
    case Type::kNumber:
      return "number";
    case Type::kString:
      return "text";
    case Type::kSecret:
      return "secret text";
    case Type::kEnum:
      return "choice";
    case Type::kStrings:
      return "list of texts";
    case Type::kStringMap:
      return "texts by name";
    case Type::kBoolMap:
      return "switches by name";
    case Type::kSection:
      return "section";
    case Type::kSections:
      return "list of sections";
  }
  return "";
}

std::string Allowed(const Setting& setting, bool markdown) {
  std::string allowed;
  if (setting.type == Type::kEnum) {
    const char* quote = markdown ? "`" : "\"";
    for (const Choice& choice : setting.choices) {
      if (choice.alias) continue;
      allowed += base::StrCat(allowed.empty() ? "" : ", ", quote, choice.name, quote);
    }
    return allowed;
  }
  if (setting.type != Type::kInteger && setting.type != Type::kNumber) return "";
  for (int64_t number : setting.meta.one_of) allowed += base::StrCat(allowed.empty() ? "" : ", ", number);
  if (!allowed.empty()) return base::StrCat("one of ", allowed);
  const auto& [min, max] = std::tie(setting.meta.min, setting.meta.max);
  if (min && max) return base::StrCat(markdown ? "" : "from ", Plain(*min), " to ", Plain(*max));
  if (min) return base::StrCat("at least ", Plain(*min));
  if (max) return base::StrCat("at most ", Plain(*max));
  return "";
}

}  // namespace portcullis::config
