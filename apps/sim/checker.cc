#include "apps/sim/checker.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "libs/base/strings.h"

namespace portcullis::sim {
namespace json = boost::json;
namespace {

std::optional<double> NumberOf(const json::value& value) {
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  if (value.is_double()) return value.get_double();
  return std::nullopt;
}

const Field* FindField(std::span<const Field> fields, std::string_view name) {
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
  return it == fields.end() ? nullptr : &*it;
}

}  // namespace

void Checker::Fail(std::string_view type, std::string_view message, const json::value& input,
                   json::object context) {
  if (issues_.size() >= kMaxIssues) return;
  json::array loc = {"body"};
  for (const Step& step : path_) {
    if (const auto* name = std::get_if<std::string_view>(&step)) {
      loc.emplace_back(*name);
    } else {
      loc.emplace_back(std::get<size_t>(step));
    }
  }
  json::object issue;
  issue["type"] = type;
  issue["loc"] = std::move(loc);
  issue["msg"] = message;
  issue["input"] = input;
  if (!context.empty()) issue["ctx"] = std::move(context);
  issues_.emplace_back(std::move(issue));
}

bool Checker::String(const json::value& value) {
  if (value.is_string()) return true;
  Fail("string_type", "Input should be a valid string", value);
  return false;
}

bool Checker::Boolean(const json::value& value) {
  if (value.is_bool()) return true;
  Fail("bool_type", "Input should be a valid boolean", value);
  return false;
}

bool Checker::Object(const json::value& value) {
  if (value.is_object()) return true;
  Fail("dict_type", "Input should be a valid dictionary", value);
  return false;
}

bool Checker::List(const json::value& value, size_t min_size) {
  if (!value.is_array()) {
    Fail("list_type", "Input should be a valid list", value);
    return false;
  }
  if (value.get_array().size() >= min_size) return true;
  Fail("too_short", base::StrCat("List should have at least ", min_size, " item after validation, not 0"),
       value, {{"field_type", "List"}, {"min_length", min_size}, {"actual_length", 0}});
  return false;
}

bool Checker::InRange(const json::value& value, double number, double min, double max) {
  if (number < min) {
    Fail("greater_than_equal", base::StrCat("Input should be greater than or equal to ", min), value,
         {{"ge", min}});
    return false;
  }
  if (number > max) {
    Fail("less_than_equal", base::StrCat("Input should be less than or equal to ", max), value,
         {{"le", max}});
    return false;
  }
  return true;
}

bool Checker::Integer(const json::value& value, double min, double max) {
  const std::optional<double> number = NumberOf(value);
  if (!number) {
    Fail("int_type", "Input should be a valid integer", value);
    return false;
  }
  if (*number != std::floor(*number)) {
    Fail("int_from_float", "Input should be a valid integer, got a number with a fractional part", value);
    return false;
  }
  return InRange(value, *number, min, max);
}

bool Checker::Number(const json::value& value, double min, double max) {
  const std::optional<double> number = NumberOf(value);
  if (!number) {
    Fail("float_type", "Input should be a valid number", value);
    return false;
  }
  return InRange(value, *number, min, max);
}

bool Checker::OneOf(const json::value& value, std::initializer_list<std::string_view> allowed) {
  if (value.is_string()) {
    const std::string_view text = value.get_string();
    if (std::find(allowed.begin(), allowed.end(), text) != allowed.end()) return true;
  }
  std::string expected;
  size_t left = allowed.size();
  for (const std::string_view name : allowed) {
    expected += base::StrCat("'", name, "'");
    --left;
    if (left > 0) expected += left == 1 ? " or " : ", ";
  }
  Fail("literal_error", base::StrCat("Input should be ", expected), value, {{"expected", expected}});
  return false;
}

void CheckModel(Checker& checker, const json::value& value, std::span<const Field> fields, Extra extra) {
  if (!value.is_object()) {
    checker.Fail("model_attributes_type",
                 "Input should be a valid dictionary or object to extract fields from", value);
    return;
  }
  const json::object& object = value.get_object();
  for (const auto& member : object) {
    const std::string_view name = member.key();
    const Checker::Scope scope(checker, name);
    const Field* field = FindField(fields, name);
    if (field == nullptr) {
      if (extra == Extra::kForbid) {
        checker.Fail("extra_forbidden", "Extra inputs are not permitted", member.value());
      }
    } else if (!(field->nullable && member.value().is_null())) {
      field->check(checker, member.value());
    }
  }
  for (const Field& field : fields) {
    if (!field.required || object.contains(field.name)) continue;
    const Checker::Scope scope(checker, field.name);
    checker.Fail("missing", "Field required", value);
  }
}

void CheckEach(Checker& checker, const json::value& value, Check check) {
  if (!checker.List(value)) return;
  size_t index = 0;
  for (const json::value& element : value.get_array()) {
    const Checker::Scope scope(checker, index++);
    check(checker, element);
  }
}

}  // namespace portcullis::sim
