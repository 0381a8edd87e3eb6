#include "apps/sim/embedding.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cmath>
#include <cstring>

#include "apps/sim/models.h"
#include "apps/sim/text.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace json = boost::json;
namespace {

constexpr size_t kMaxInputs = 2048;
constexpr int64_t kMaxDimensions = 4096;
constexpr int kDimensionsPerWord = 8;
constexpr float kInt8Scale = 127.0F;

std::string_view StringMember(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

// The inputs as texts. Token arrays become the text of their numbers.
std::vector<std::string> InputsOf(const json::value& input) {
  if (input.is_string()) return {std::string(input.get_string())};
  const json::array& elements = input.get_array();
  if (!elements.empty() && elements.front().is_number()) return {json::serialize(input)};
  std::vector<std::string> texts;
  texts.reserve(elements.size());
  for (const json::value& element : elements) {
    texts.push_back(element.is_string() ? std::string(element.get_string()) : json::serialize(element));
  }
  return texts;
}

int64_t DimensionsOf(Provider provider, const json::object& body) {
  const std::string_view key = provider == Provider::kMistral ? "output_dimension" : "dimensions";
  const json::value* wanted = body.if_contains(key);
  if (wanted == nullptr || wanted->is_null()) return DefaultDimensions(StringMember(body, "model"));
  boost::system::error_code error;
  const auto number = wanted->to_number<int64_t>(error);
  return error ? kMaxDimensions + 1 : number;
}

std::string Floats(const std::vector<float>& vector) {
  std::string out = "[";
  char buffer[32];
  for (const float value : vector) {
    out.append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr);
    out += ',';
  }
  out.back() = ']';
  return out;
}

std::string Bytes(const std::vector<float>& vector, bool is_signed) {
  std::string out = "[";
  for (const float value : vector) {
    out += base::StrCat(static_cast<int>(std::lround(value * kInt8Scale)) + (is_signed ? 0 : 128), ",");
  }
  out.back() = ']';
  return out;
}

// Eight signs to a byte, the first in the highest bit.
std::string Bits(const std::vector<float>& vector, bool is_signed) {
  std::string out = "[";
  for (size_t i = 0; i < vector.size(); i += 8) {
    int byte = 0;
    for (size_t k = 0; k < 8; ++k) byte = byte << 1 | (i + k < vector.size() && vector[i + k] > 0 ? 1 : 0);
    out += base::StrCat(is_signed ? byte - 128 : byte, ",");
  }
  out.back() = ']';
  return out;
}

std::string Encode(const std::vector<float>& vector, const json::object& body) {
  if (StringMember(body, "encoding_format") == "base64") {
    std::string bytes(vector.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), vector.data(), bytes.size());
    return JsonString(EncodeBase64(bytes));
  }
  const std::string_view dtype = StringMember(body, "output_dtype");
  if (dtype == "int8" || dtype == "uint8") return Bytes(vector, dtype == "int8");
  if (dtype == "binary" || dtype == "ubinary") return Bits(vector, dtype == "binary");
  return Floats(vector);
}

}  // namespace

std::vector<float> Embed(std::string_view text, size_t dimensions) {
  std::vector<float> vector(dimensions, 0.0F);
  for (size_t at = 0; at < text.size();) {
    const size_t end = TokenEnd(text, at);
    std::string_view word = text.substr(at, end - at);
    word.remove_prefix(std::min(word.find_first_not_of(" \t\r\n"), word.size()));
    uint64_t hash = Hash(word);
    for (int i = 0; i < kDimensionsPerWord; ++i, hash = Mix(hash)) {
      vector[(hash >> 1) % dimensions] += (hash & 1) != 0 ? 1.0F : -1.0F;
    }
    at = end;
  }
  float norm = 0;
  for (const float value : vector) norm += value * value;
  if (norm == 0) {
    vector[0] = 1.0F;
    return vector;
  }
  for (float& value : vector) value /= std::sqrt(norm);
  return vector;
}

EmbeddingReply RenderEmbeddings(Provider provider, const json::object& body, std::string_view id,
                                bool with_usage) {
  const std::vector<std::string> inputs = InputsOf(body.at("input"));
  const int64_t dimensions = DimensionsOf(provider, body);
  if (inputs.empty() || inputs.size() > kMaxInputs || dimensions > kMaxDimensions) {
    const auto message = base::StrCat("Needs 1 to ", kMaxInputs, " inputs and at most ", kMaxDimensions,
                                      " dimensions; got ", inputs.size(), " and ", dimensions, ".");
    return {.error = MakeError(provider, 400, message, "invalid_request_error"), .body = {}};
  }
  std::string out = base::StrCat(R"({"id":)", JsonString(id), R"(,"object":"list","data":[)");
  int64_t tokens = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    tokens += CountTokens(inputs[i]);
    out +=
        base::StrCat(i == 0 ? "" : ",", R"({"object":"embedding","embedding":)",
                     Encode(Embed(inputs[i], static_cast<size_t>(dimensions)), body), R"(,"index":)", i, "}");
  }
  out += base::StrCat(R"(],"model":)", JsonString(StringMember(body, "model")));
  if (with_usage) {
    out += base::StrCat(R"(,"usage":{"prompt_tokens":)", tokens, R"(,"total_tokens":)", tokens,
                        provider == Provider::kMistral ? R"(,"completion_tokens":0)" : "", "}");
  }
  return {.error = std::nullopt, .body = out + "}"};
}

}  // namespace portcullis::sim
