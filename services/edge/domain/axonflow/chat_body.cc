#include "services/edge/domain/axonflow/chat_body.h"

#include <array>
#include <charconv>

#include "libs/base/strings.h"
#include "libs/json/tape.h"
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

// The text of a member, "" where there is none.
std::string TextAt(const json::Tape& tape, const json::Node& object, std::string_view name) {
  const json::Node* const member = object.kind == json::Kind::kObject ? tape.Find(object, name) : nullptr;
  if (member == nullptr || member->kind != json::Kind::kString) return "";
  std::string text;
  json::Unescape(tape.RawString(*member), &text);
  return text;
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

std::string QueryOf(std::string_view chat_body) {
  json::Tape tape;
  if (!tape.Parse(chat_body).ok() || tape.root().kind != json::Kind::kObject) return "";
  const json::Node* const messages = tape.Find(tape.root(), "messages");
  if (messages == nullptr || messages->kind != json::Kind::kArray) return "";
  for (const json::Node& message : tape.Children(*messages)) {
    std::string text = TextAt(tape, message, "content");
    if (!text.empty()) return text;
  }
  return "";
}

std::string AnswerBody(const CheckOutputBody& output) {
  std::string out = "{\"message\":";
  json::AppendQuoted(output.message, &out);
  if (!output.response_data.empty()) {
    out += ",\"response_data\":{\"arguments\":";
    json::AppendQuoted(output.response_data, &out);
    out += '}';
  }
  return out + "}";
}

CheckOutputBody OutputOf(std::string_view answer_body) {
  CheckOutputBody output;
  json::Tape tape;
  if (!tape.Parse(answer_body).ok() || tape.root().kind != json::Kind::kObject) return output;
  output.message = TextAt(tape, tape.root(), "message");
  const json::Node* const data = tape.Find(tape.root(), "response_data");
  if (data != nullptr) output.response_data = TextAt(tape, *data, "arguments");
  return output;
}

}  // namespace portcullis::edge
