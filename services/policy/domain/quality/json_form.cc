#include "services/policy/domain/quality/json_form.h"

#define VALIJSON_USE_EXCEPTIONS 1  // else the library ends the process

#include <nlohmann/json.hpp>
#include <optional>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "libs/base/strings.h"

namespace portcullis::policy {
namespace {

bool IsTooDeep(std::string_view text) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t at = 0; at < text.size(); ++at) {
    if (in_string && text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      in_string = !in_string;
    } else if (!in_string && (text[at] == '[' || text[at] == '{')) {
      if (++depth > kMaxJsonDepth) return true;
    } else if (!in_string && depth > 0 && (text[at] == ']' || text[at] == '}')) {
      --depth;
    }
  }
  return false;
}

std::optional<nlohmann::json> Parsed(std::string_view text) {
  if (IsTooDeep(text)) return std::nullopt;
  nlohmann::json value = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

// A key whose regular expression the library would match by backtracking, or "".
std::string Backtracking(const nlohmann::json& schema) {
  if (schema.is_object()) {
    for (const auto& [key, value] : schema.items()) {
      if (key == "patternProperties" || key == "format" || (key == "pattern" && value.is_string()))
        return key;
    }
  }
  if (!schema.is_structured()) return {};
  for (const nlohmann::json& part : schema) {
    if (std::string found = Backtracking(part); !found.empty()) return found;
  }
  return {};
}

}  // namespace

bool IsJson(std::string_view text) {
  return !IsTooDeep(text) && nlohmann::json::accept(text.begin(), text.end());
}

std::string_view JsonInside(std::string_view text) {
  const size_t begin = text.find_first_of("{[");
  if (begin == text.npos) return {};
  const size_t end = text.rfind(text[begin] == '{' ? '}' : ']');
  return end == text.npos || end < begin ? std::string_view() : text.substr(begin, end + 1 - begin);
}

struct JsonSchema::Impl {
  valijson::Schema schema;
};

JsonSchema::JsonSchema(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JsonSchema::~JsonSchema() = default;

absl::StatusOr<std::unique_ptr<const JsonSchema>> JsonSchema::Parse(std::string_view schema) {
  const auto value = Parsed(schema);
  if (!value.has_value()) return absl::InvalidArgumentError("the schema is no JSON");
  if (!value->is_object()) return absl::InvalidArgumentError("the schema is no JSON object");
  if (const std::string key = Backtracking(*value); !key.empty()) {
    return absl::InvalidArgumentError(
        base::StrCat("\"", key, "\" is not supported in schemas: it is not linear in the text"));
  }
  auto impl = std::make_unique<Impl>();
  try {
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(*value), impl->schema);
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(base::StrCat("this is no JSON schema: ", error.what()));
  }
  return std::unique_ptr<const JsonSchema>(new JsonSchema(std::move(impl)));
}

bool JsonSchema::Fits(std::string_view text) const {
  const auto value = Parsed(text);
  if (!value.has_value()) return false;
  try {
    valijson::Validator validator;
    return validator.validate(impl_->schema, valijson::adapters::NlohmannJsonAdapter(*value), nullptr);
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace portcullis::policy
