#include "services/edge/domain/axonflow/chat_body.h"

#include <array>
#include <charconv>

#include "libs/base/strings.h"
#include "libs/json/text.h"

namespace portcullis::edge {
namespace {

void AppendMessage(std::string_view role, std::string_view text, std::string* out) {
  *out += base::StrCat("{\"role\":\"", role, "\",\"content\":");
  json::AppendQuoted(text, out);
  *out += '}';
}

void AppendMedia(const AxonFlowMedia& media, std::string* out) {
  *out += ",{\"type\":\"image_url\",\"image_url\":{\"url\":";
  if (!media.url.empty()) {
    json::AppendQuoted(media.url, out);
  } else {
    const std::string_view type = media.mime_type.empty() ? "image/png" : std::string_view(media.mime_type);
    json::AppendQuoted(base::StrCat("data:", type, ";base64,", media.base64), out);
  }
  *out += "}}";
}

void AppendQuery(const ProxyBody& request, std::string* out) {
  if (request.media.empty()) return AppendMessage("user", request.query, out);
  *out += "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":";
  json::AppendQuoted(request.query, out);
  *out += '}';
  for (const AxonFlowMedia& media : request.media) AppendMedia(media, out);
  *out += "]}";
}

std::string ShortestDecimal(double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return std::string(digits.data(), end);
}

}  // namespace

std::string ChatBody(const ProxyBody& request) {
  std::string out = "{";
  if (!request.model.empty()) {
    out += "\"model\":";
    json::AppendQuoted(request.model, &out);
    out += ',';
  }
  out += "\"messages\":[";
  if (!request.system_prompt.empty()) {
    AppendMessage("system", request.system_prompt, &out);
    out += ',';
  }
  AppendQuery(request, &out);
  out += ']';
  if (request.max_tokens) out += base::StrCat(",\"max_tokens\":", *request.max_tokens);
  if (request.temperature) out += base::StrCat(",\"temperature\":", ShortestDecimal(*request.temperature));
  if (request.stream) out += ",\"stream\":true";
  return out + "}";
}

std::string ChatBody(std::string_view query) {
  std::string out = "{\"messages\":[";
  AppendMessage("user", query, &out);
  return out + "]}";
}

}  // namespace portcullis::edge
