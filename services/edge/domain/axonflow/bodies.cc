#include "services/edge/domain/axonflow/bodies.h"

#include <algorithm>

#include "libs/base/strings.h"
#include "libs/json/text.h"
#include "services/edge/domain/axonflow/body_reader.h"

namespace portcullis::edge {
namespace {

using json::Kind;
using json::Node;
using json::Tape;

constexpr std::string_view kNotJson = "Invalid request body";
constexpr double kLeastShare = 0.001;  // of 100

bool IsObject(Tape& tape, std::string_view body, const json::Limits& limits) {
  return tape.Parse(body, limits).ok() && tape.root().kind == Kind::kObject;
}

std::optional<std::string> Required(std::string_view field, const std::string& value) {
  if (!value.empty()) return std::nullopt;
  return base::StrCat(field, " field is required");
}

void ReadContext(const Tape& tape, BodyReader& body, ProxyBody* out) {
  BodyReader context(tape, body.Find("context", Kind::kObject, "an object"), "context.");
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

void ReadMedia(const Tape& tape, BodyReader& body, ProxyBody* out) {
  const Node* list = body.Find("media", Kind::kArray, "an array");
  if (list == nullptr) return;
  for (const Node& item : tape.Children(*list)) {
    if (item.kind != Kind::kObject || out->media.size() == kMaxBodyItems) {
      body.Wrong("media", base::StrCat("an array of at most ", kMaxBodyItems, " objects"));
      return;
    }
    AxonFlowMedia& media = out->media.emplace_back();
    BodyReader reader(tape, &item, base::StrCat("media[", out->media.size() - 1, "]."));
    reader.Text("mime_type", &media.mime_type).Text("url", &media.url).Text("base64_data", &media.base64);
    if (media.url.empty() == media.base64.empty()) reader.Wrong("url", "there, or base64_data, and not both");
    body.Take(reader);
  }
}

}  // namespace

std::optional<std::string> ReadProxyBody(std::string_view body, const json::Limits& limits, ProxyBody* out) {
  Tape tape;
  if (!IsObject(tape, body, limits)) return std::string(kNotJson);
  BodyReader reader(tape, &tape.root());
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
  BodyReader reader(tape, &tape.root());
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
  BodyReader reader(tape, &tape.root());
  reader.Text("context_id", &out->context_id)
      .Text("client_id", &out->client_id)
      .Text("provider", &out->provider)
      .Text("model", &out->model)
      .Count("latency_ms", &out->latency_ms);
  BodyReader usage(tape, reader.Find("token_usage", Kind::kObject, "an object"), "token_usage.");
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

std::optional<std::string> ReadAuditSearchBody(std::string_view body, const json::Limits& limits,
                                               AuditSearchBody* out) {
  if (body.empty()) return std::nullopt;
  Tape tape;
  if (!IsObject(tape, body, limits)) return std::string(kNotJson);
  BodyReader reader(tape, &tape.root());
  std::optional<uint64_t> limit;
  reader.Text("user_email", &out->user_email)
      .Text("client_id", &out->client_id)
      .Text("start_time", &out->start_time)
      .Text("end_time", &out->end_time)
      .Text("action", &out->action)
      .Text("request_type", &out->request_type)
      .Text("decision_id", &out->decision_id)
      .Text("policy_name", &out->policy_name)
      .Text("override_id", &out->override_id)
      .Count("limit", &limit)
      .Count("offset", &out->offset);
  if (limit) out->limit = *limit;
  return reader.error();
}

std::optional<std::string> ReadDecideBody(std::string_view body, const json::Limits& limits,
                                          DecideBody* out) {
  Tape tape;
  if (!IsObject(tape, body, limits)) return std::string(kNotJson);
  BodyReader reader(tape, &tape.root());
  reader.Text("stage", &out->stage).Text("query", &out->query).Text("user_token", &out->user_token);
  reader.Find("caller_identity", Kind::kObject, "an object");
  reader.Find("context", Kind::kObject, "an object");
  BodyReader target(tape, reader.Find("target", Kind::kObject, "an object"), "target.");
  target.Text("model", &out->model);
  reader.Take(target);
  if (auto error = reader.error()) return error;
  if (out->stage != "llm" && out->stage != "tool" && out->stage != "agent") {
    return std::string("stage must be llm, tool or agent");
  }
  return Required("query", out->query);
}

std::optional<std::string> ReadCheckInputBody(std::string_view body, const json::Limits& limits,
                                              CheckInputBody* out) {
  Tape tape;
  if (!IsObject(tape, body, limits)) return std::string(kNotJson);
  BodyReader reader(tape, &tape.root());
  reader.Text("statement", &out->statement)
      .Text("client_id", &out->client_id)
      .Text("content_type", &out->content_type)
      .Text("connector_type", &out->connector_type);
  if (auto error = reader.error()) return error;
  return Required("statement", out->statement);
}

std::optional<std::string> ReadCheckOutputBody(std::string_view body, const json::Limits& limits,
                                               CheckOutputBody* out) {
  Tape tape;
  if (!IsObject(tape, body, limits)) return std::string(kNotJson);
  BodyReader reader(tape, &tape.root());
  std::string connector_type;
  uint64_t rows = 0;
  reader.Text("message", &out->message).Text("connector_type", &connector_type).Count("row_count", &rows);
  reader.Find("metadata", Kind::kObject, "an object");
  const Node* data = reader.Find("response_data");
  if (data != nullptr && data->kind != Kind::kArray && data->kind != Kind::kObject) {
    reader.Wrong("response_data", "an array or an object");
  }
  if (auto error = reader.error()) return error;
  if (data != nullptr) out->response_data = tape.Raw(*data);
  if (data == nullptr && out->message.empty())
    return std::string("response_data or message field is required");
  return std::nullopt;
}

std::optional<std::string> ReadWeightsBody(std::string_view body, const json::Limits& limits, bool fractions,
                                           router::TargetWeights* out) {
  Tape tape;
  if (!IsObject(tape, body, limits)) return std::string(kNotJson);
  const Node* weights = tape.Find(tape.root(), "weights");
  if (weights == nullptr && fractions) weights = &tape.root();
  if (weights == nullptr || weights->kind != Kind::kObject) return std::string("weights must be an object");
  const double most = fractions ? 1 : router::kMaxTargetWeight;
  const char* const range = fractions ? "a number from 0 to 1" : "a number from 0 to 1000000";
  double sum = 0;
  for (const Node& member : tape.Children(*weights)) {
    const std::string name(tape.Key(member));
    BodyReader reader(tape, weights, "weights.");
    std::optional<double> weight;
    reader.Number(name, &weight);
    if (!weight || *weight < 0 || *weight > most) return base::StrCat("weights.", name, " must be ", range);
    sum += *weight;
    out->insert_or_assign(name, std::max(kLeastShare, *weight * (fractions ? 100 : 1)));
  }
  if (!(sum > 0)) return std::string("weights must give one provider more than 0");
  if (fractions && sum > 1 + 1e-9) return std::string("weights must sum up to at most 1");
  return std::nullopt;
}

}  // namespace portcullis::edge
