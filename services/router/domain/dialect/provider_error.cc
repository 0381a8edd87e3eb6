#include "services/router/domain/dialect/provider_error.h"

#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

#include "libs/json/text.h"

namespace portcullis::router {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxMessage = 300;
constexpr size_t kMaxCode = 64;
constexpr int kMaxDepth = 4;
constexpr std::string_view kHidden = "[hidden]";

// The text under `key`, or "".
std::string TextAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return "";
  if (found->is_string()) return found->get<std::string>();
  if (found->is_number_integer()) return std::to_string(found->get<int64_t>());
  return "";
}

// A message may be a string, or a list of problems as FastAPI writes them, at several places.
std::string MessageIn(const Json& value, int depth) {
  if (depth > kMaxDepth) return "";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array() && !value.empty()) return MessageIn(value.front(), depth + 1);
  if (!value.is_object()) return "";
  for (const char* key : {"message", "msg", "detail", "error"}) {
    const auto found = value.find(key);
    if (found == value.end()) continue;
    if (std::string text = MessageIn(*found, depth + 1); !text.empty()) return text;
  }
  return "";
}

std::string OneLine(std::string_view text, size_t limit) {
  std::string out;
  for (const char c : json::SanitizeUtf8(text.substr(0, limit * 4))) {
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.size() > limit) {
    size_t end = limit - 3;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
    out.resize(end);
    out += "...";
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

bool IsKeyByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '*';
}

// True when `word` looks like an API key: a known prefix and something after it.
bool LooksLikeKey(std::string_view word) {
  constexpr std::array<std::string_view, 4> kPrefixes = {"sk-", "pk-", "key-", "xai-"};
  for (const std::string_view prefix : kPrefixes) {
    if (word.size() >= prefix.size() + 6 && word.substr(0, prefix.size()) == prefix) return true;
  }
  return false;
}

}  // namespace

ProviderError ParseProviderError(std::string_view body) {
  const Json root = Json::parse(body.begin(), body.end(), nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) return {};
  const auto nested = root.find("error");
  const Json& error = nested != root.end() && nested->is_object() ? *nested : root;
  ProviderError out;
  out.message = OneLine(MessageIn(root, 0), kMaxMessage);
  out.code = OneLine(TextAt(error, "code"), kMaxCode);
  out.type = OneLine(TextAt(error, "type"), kMaxCode);
  return out;
}

std::string HideSecrets(std::string_view message, std::string_view secret) {
  std::string text(message);
  if (!secret.empty()) {
    for (size_t at = text.find(secret); at != text.npos; at = text.find(secret, at + kHidden.size())) {
      text.replace(at, secret.size(), kHidden);
    }
  }
  std::string out;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && IsKeyByte(text[end])) ++end;
    const std::string_view word = std::string_view(text).substr(at, end - at);
    out += LooksLikeKey(word) ? kHidden : word;
    if (end < text.size()) out += text[end++];
    at = end;
  }
  return out;
}

}  // namespace portcullis::router
