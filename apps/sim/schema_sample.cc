#include "apps/sim/schema_sample.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <string>
#include <string_view>

namespace portcullis::sim {
namespace json = boost::json;
namespace {

constexpr int kMaxDepth = 16;
constexpr int64_t kMaxItems = 16;
constexpr int64_t kMaxLength = 256;

const json::value* Member(const json::object& schema, std::string_view key) {
  return schema.if_contains(key);
}

const json::array* NonEmptyArray(const json::object& schema, std::string_view key) {
  const json::value* value = Member(schema, key);
  return value != nullptr && value->is_array() && !value->get_array().empty() ? &value->get_array() : nullptr;
}

double NumberMember(const json::object& schema, std::string_view key, double otherwise) {
  const json::value* value = Member(schema, key);
  return value != nullptr && value->is_number() ? value->to_number<double>() : otherwise;
}

std::string_view StringMember(const json::object& schema, std::string_view key) {
  const json::value* value = Member(schema, key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::string_view TypeOf(const json::object& schema) {
  if (const json::array* types = NonEmptyArray(schema, "type")) {
    const json::value& first = types->front();
    return first.is_string() ? std::string_view(first.get_string()) : std::string_view();
  }
  const std::string_view type = StringMember(schema, "type");
  if (!type.empty()) return type;
  if (Member(schema, "properties") != nullptr) return "object";
  return Member(schema, "items") != nullptr ? "array" : "string";
}

json::string SampleString(const json::object& schema) {
  const std::string_view format = StringMember(schema, "format");
  if (format == "date") return "2026-01-01";
  if (format == "date-time") return "2026-01-01T00:00:00Z";
  if (format == "time") return "00:00:00Z";
  if (format == "email") return "sample@example.com";
  if (format == "uri") return "https://example.com/";
  if (format == "uuid") return "00000000-0000-4000-8000-000000000000";
  json::string text = "sample";
  const auto wanted = static_cast<int64_t>(NumberMember(schema, "minLength", 0));
  while (static_cast<int64_t>(text.size()) < std::min(wanted, kMaxLength)) text += "x";
  if (const double max = NumberMember(schema, "maxLength", kMaxLength); max >= 0 && text.size() > max) {
    text.resize(static_cast<size_t>(max));
  }
  return text;
}

json::value SampleInteger(const json::object& schema) {
  const double low =
      std::max(NumberMember(schema, "minimum", 1), NumberMember(schema, "exclusiveMinimum", 0) + 1);
  const double high = std::min(NumberMember(schema, "maximum", low), low);
  return static_cast<int64_t>(std::ceil(std::clamp(high, -1e15, 1e15)));
}

json::value SampleNumber(const json::object& schema) {
  const double low =
      std::max(NumberMember(schema, "minimum", 0.5), NumberMember(schema, "exclusiveMinimum", 0) + 0.5);
  return std::min(NumberMember(schema, "maximum", low), low);
}

// Follows "#/$defs/Name"; null when it leads nowhere.
const json::value* Resolve(std::string_view reference, const json::value& root) {
  if (!reference.starts_with("#")) return nullptr;
  const json::value* at = &root;
  reference.remove_prefix(1);
  while (!reference.empty() && at != nullptr) {
    reference.remove_prefix(1);
    const size_t slash = std::min(reference.find('/'), reference.size());
    at = at->is_object() ? at->get_object().if_contains(reference.substr(0, slash)) : nullptr;
    reference.remove_prefix(slash);
  }
  return at;
}

json::value Sample(const json::value& schema, const json::value& root, int depth);

json::value SampleObject(const json::object& schema, const json::value& root, int depth) {
  json::object object;
  const json::array* required = NonEmptyArray(schema, "required");
  const json::value* properties = Member(schema, "properties");
  if (required == nullptr) return object;
  for (const json::value& name : *required) {
    if (!name.is_string()) continue;
    const json::value* property = properties != nullptr && properties->is_object()
                                      ? properties->get_object().if_contains(name.get_string())
                                      : nullptr;
    object[name.get_string()] =
        property == nullptr ? json::value("sample") : Sample(*property, root, depth + 1);
  }
  return object;
}

json::value SampleArray(const json::object& schema, const json::value& root, int depth) {
  json::array array;
  const json::value* items = Member(schema, "items");
  const auto count = std::min(static_cast<int64_t>(NumberMember(schema, "minItems", 1)), kMaxItems);
  for (int64_t i = 0; items != nullptr && i < count; ++i) array.push_back(Sample(*items, root, depth + 1));
  return array;
}

json::value Sample(const json::value& schema, const json::value& root, int depth) {
  if (depth > kMaxDepth || !schema.is_object()) return nullptr;
  const json::object& object = schema.get_object();
  if (const std::string_view reference = StringMember(object, "$ref"); !reference.empty()) {
    const json::value* target = Resolve(reference, root);
    return target == nullptr ? json::value() : Sample(*target, root, depth + 1);
  }
  if (const json::value* constant = Member(object, "const")) return *constant;
  for (const std::string_view key : {"enum", "examples"}) {
    if (const json::array* values = NonEmptyArray(object, key)) return values->front();
  }
  if (const json::value* fallback = Member(object, "default"); fallback != nullptr && !fallback->is_null()) {
    return *fallback;
  }
  for (const std::string_view key : {"anyOf", "oneOf", "allOf"}) {
    if (const json::array* branches = NonEmptyArray(object, key))
      return Sample(branches->front(), root, depth + 1);
  }
  const std::string_view type = TypeOf(object);
  if (type == "object") return SampleObject(object, root, depth);
  if (type == "array") return SampleArray(object, root, depth);
  if (type == "integer") return SampleInteger(object);
  if (type == "number") return SampleNumber(object);
  if (type == "boolean") return true;
  if (type == "null") return nullptr;
  return SampleString(object);
}

}  // namespace

json::value SampleOf(const json::value& schema, const json::value& root) { return Sample(schema, root, 0); }

}  // namespace portcullis::sim
