#include "services/edge/domain/axonflow/bodies.h"

#include <charconv>
#include <cmath>

#include "libs/base/strings.h"
#include "libs/json/text.h"

namespace portcullis::edge {
namespace {

using json::Kind;
using json::Node;
using json::Tape;

constexpr uint64_t kMaxCount = uint64_t{1} << 40;
constexpr size_t kMaxItems = 64;
constexpr std::string_view kNotJson = "Invalid request body";

// Reads members of one object; keeps the first thing that is wrong.
class Reader {
 public:
  Reader(const Tape& tape, const Node* object, std::string_view path = "")
      : tape_(tape), object_(object), path_(path) {}

  Reader& Text(std::string_view key, std::string* out) {
    const Node* node = Find(key, Kind::kString, "a string");
    if (node == nullptr) return *this;
    out->clear();
    json::Unescape(tape_.RawString(*node), out);
    return *this;
  }

  Reader& Flag(std::string_view key, bool* out) {
    const Node* node = Find(key);
    if (node == nullptr) return *this;
    if (node->kind != Kind::kTrue && node->kind != Kind::kFalse) return Wrong(key, "true or false");
    *out = node->kind == Kind::kTrue;
    return *this;
  }

  Reader& Number(std::string_view key, std::optional<double>* out) {
    const Node* node = Find(key, Kind::kNumber, "a number");
    if (node == nullptr) return *this;
    const std::string_view raw = tape_.Raw(*node);
    double value = 0;
    const auto read = std::from_chars(raw.data(), raw.data() + raw.size(), value);
    if (read.ec != std::errc() || !std::isfinite(value)) return Wrong(key, "a number");
    *out = value;
    return *this;
  }

  // A whole number; 500.0 is one.
  Reader& Count(std::string_view key, std::optional<uint64_t>* out) {
    std::optional<double> value;
    Number(key, &value);
    if (!value) return *this;
    if (*value < 0 || *value > static_cast<double>(kMaxCount) || *value != std::floor(*value)) {
      return Wrong(key, "a whole number, 0 or more");
    }
    *out = static_cast<uint64_t>(*value);
    return *this;
  }

  Reader& Count(std::string_view key, uint64_t* out) {
    std::optional<uint64_t> value;
    Count(key, &value);
    if (value) *out = *value;
    return *this;
  }

  Reader& Texts(std::string_view key, std::vector<std::string>* out) {
    const Node* list = Find(key, Kind::kArray, "an array of strings");
    if (list == nullptr) return *this;
    for (const Node& item : tape_.Children(*list)) {
      if (item.kind != Kind::kString || out->size() == kMaxItems) {
        return Wrong(key, base::StrCat("an array of at most ", kMaxItems, " strings"));
      }
      json::Unescape(tape_.RawString(item), &out->emplace_back());
    }
    return *this;
  }

  // The member if it is there, no null, and of this kind.
  const Node* Find(std::string_view key, Kind kind, std::string_view expected) {
    const Node* node = Find(key);
    if (node == nullptr || node->kind == kind) return node;
    Wrong(key, expected);
    return nullptr;
  }

  Reader& Wrong(std::string_view key, std::string_view expected) {
    if (!error_) error_ = base::StrCat(path_, key, " must be ", expected);
    return *this;
  }

  void Take(Reader& other) {
    if (!error_) error_ = std::move(other.error_);
  }

  std::optional<std::string> error() { return std::move(error_); }

 private:
  const Node* Find(std::string_view key) const {
    if (object_ == nullptr) return nullptr;
    const Node* node = tape_.Find(*object_, key);
    return node == nullptr || node->kind == Kind::kNull ? nullptr : node;
  }

  const Tape& tape_;
  const Node* object_;
  const std::string path_;
  std::optional<std::string> error_;
};

bool IsObject(Tape& tape, std::string_view body, const json::Limits& limits) {
  return tape.Parse(body, limits).ok() && tape.root().kind == Kind::kObject;
}

std::optional<std::string> Required(std::string_view field, const std::string& value) {
  if (!value.empty()) return std::nullopt;
  return base::StrCat(field, " field is required");
}

void ReadContext(const Tape& tape, Reader& body, ProxyBody* out) {
  Reader context(tape, body.Find("context", Kind::kObject, "an object"), "context.");
  std::optional<uint64_t> max_tokens;
  context.Text("provider", &out->provider)
      .Text("model", &out->model)
      .Text("system_prompt", &out->system_prompt)
      .Count("max_tokens", &max_tokens)
      .Number("temperature", &out->temperature)
      .Flag("stream", &out->stream);
  if (max_tokens && *max_tokens > UINT32_MAX) context.Wrong("max_tokens", "less than 4294967296");
  if (max_tokens) out->max_tokens = static_cast<uint32_t>(*max_tokens);
  body.Take(context);
}

void ReadMedia(const Tape& tape, Reader& body, ProxyBody* out) {
  const Node* list = body.Find("media", Kind::kArray, "an array");
  if (list == nullptr) return;
  for (const Node& item : tape.Children(*list)) {
    if (item.kind != Kind::kObject || out->media.size() == kMaxItems) {
      body.Wrong("media", base::StrCat("an array of at most ", kMaxItems, " objects"));
      return;
    }
    AxonFlowMedia& media = out->media.emplace_back();
    Reader reader(tape, &item, base::StrCat("media[", out->media.size() - 1, "]."));
    reader.Text("mime_type", &media.mime_type).Text("url", &media.url).Text("base64_data", &media.base64);
    if (media.url.empty() == media.base64.empty()) reader.Wrong("url", "there, or base64_data, and not both");
    body.Take(reader);
  }
}

}  // namespace

std::optional<std::string> ReadProxyBody(std::string_view body, const json::Limits& limits, ProxyBody* out) {
  Tape tape;
  if (!IsObject(tape, body, limits)) return std::string(kNotJson);
  Reader reader(tape, &tape.root());
  reader.Text("query", &out->query)
      .Text("client_id", &out->client_id)
      .Text("request_type", &out->request_type)
      .Text("user_token", &out->user_token)
      .Flag("skip_llm", &out->skip_llm)
      .Flag("stream", &out->stream);
  ReadContext(tape, reader, out);
  ReadMedia(tape, reader, out);
  if (auto error = reader.error()) return error;
  return Required("query", out->query);
}

std::optional<std::string> ReadPreCheckBody(std::string_view body, const json::Limits& limits,
                                            PreCheckBody* out) {
  Tape tape;
  if (!IsObject(tape, body, limits)) return std::string(kNotJson);
  Reader reader(tape, &tape.root());
  reader.Text("query", &out->query)
      .Text("client_id", &out->client_id)
      .Text("user_token", &out->user_token)
      .Texts("data_sources", &out->data_sources);
  reader.Find("context", Kind::kObject, "an object");
  if (auto error = reader.error()) return error;
  return Required("query", out->query);
}

std::optional<std::string> ReadLlmCallBody(std::string_view body, const json::Limits& limits,
                                           LlmCallBody* out) {
  Tape tape;
  if (!IsObject(tape, body, limits)) return std::string(kNotJson);
  Reader reader(tape, &tape.root());
  reader.Text("context_id", &out->context_id)
      .Text("client_id", &out->client_id)
      .Text("provider", &out->provider)
      .Text("model", &out->model)
      .Count("latency_ms", &out->latency_ms);
  Reader usage(tape, reader.Find("token_usage", Kind::kObject, "an object"), "token_usage.");
  uint64_t total = 0;
  usage.Count("prompt_tokens", &out->prompt_tokens)
      .Count("completion_tokens", &out->completion_tokens)
      .Count("total_tokens", &total);
  reader.Take(usage);
  if (auto error = reader.error()) return error;
  for (const auto& [name, value] :
       {std::pair<std::string_view, const std::string*>{"context_id", &out->context_id},
        {"provider", &out->provider},
        {"model", &out->model}}) {
    if (auto error = Required(name, *value)) return error;
  }
  return std::nullopt;
}

}  // namespace portcullis::edge
