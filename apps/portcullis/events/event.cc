#include "apps/portcullis/events/event.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "apps/portcullis/events/time_text.h"
#include "libs/base/strings.h"
#include "services/audit/domain/merge.h"

namespace portcullis::events {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kTimeWidth = 29, kIdWidth = 28, kVerdictWidth = 10;

std::string_view KindName(audit::LeafKind kind) {
  switch (kind) {
    case audit::LeafKind::kIntent:
      return "intent";
    case audit::LeafKind::kOutcome:
      return "outcome";
    case audit::LeafKind::kAmendment:
      return "amendment";
  }
  return "unknown";
}

Json Attempts(const audit::Record& r) {
  Json list = Json::array();
  for (const audit::AttemptRecord& a : r.attempts) {
    list.push_back({{"target", a.target},
                    {"model", a.model},
                    {"outcome", a.outcome},
                    {"http_status", a.http_status},
                    {"latency_us", a.latency_us}});
  }
  return list;
}

Json Findings(const audit::Record& r) {
  Json list = Json::array();
  for (const audit::PolicyFinding& f : r.findings) {
    list.push_back({{"policy", f.policy},
                    {"rule", f.rule},
                    {"action", f.action},
                    {"direction", f.direction},
                    {"reason", f.reason},
                    {"path", f.path},
                    {"score", f.score},
                    {"begin", f.begin},
                    {"end", f.end}});
  }
  return list;
}

Json Contents(const audit::Record& r) {
  Json list = Json::array();
  for (const audit::ContentCommitment& c : r.contents) {
    list.push_back({{"part", c.part},
                    {"form", c.form},
                    {"sha256", c.sha256},
                    {"bytes", c.bytes},
                    {"truncated", c.truncated}});
  }
  return list;
}

void AddDecision(Json& json, const Event& event) {
  const audit::Record& r = event.record;
  json["id"] = EventId(event);
  json["event_type"] = r.reason_code.starts_with(audit::kOperatorReason) ? "operator_action" : "decision";
  json["timestamp"] = FormatTime(audit::EventTime(r));
  json["verdict"] = r.verdict;
  json["reason_code"] = r.reason_code;
  json["model"] = r.model;
  json["provider"] = r.provider;
  json["config_version"] = r.config_version;
  json["request_id"] = r.request_id;
  json["kind"] = KindName(r.kind);
}

void AddRequest(Json& json, const audit::Record& r) {
  json["intent"] = r.intent ? base::StrCat(r.intent->spool, "-", r.intent->sequence) : "";
  json["time_us"] = r.time_us;
  json["started_us"] = r.started_us;
  json["tenant"] = r.tenant;
  json["principal"] = r.principal;
  json["user"] = r.user;
  json["client_address"] = r.client_address;
  json["traceparent"] = r.traceparent;
  json["endpoint"] = r.endpoint;
  json["method"] = r.method;
  json["stream"] = r.stream;
  json["target"] = r.target;
  json["upstream_model"] = r.upstream_model;
  json["attempts"] = Attempts(r);
}

void AddResult(Json& json, const audit::Record& r) {
  json["policy"] = r.policy;
  json["outcome"] = r.outcome;
  json["http_status"] = r.http_status;
  json["finish_reason"] = r.finish_reason;
  json["findings"] = Findings(r);
  json["prompt_tokens"] = r.prompt_tokens;
  json["completion_tokens"] = r.completion_tokens;
  json["tokens_estimated"] = r.tokens_estimated;
  json["cost_usd"] = r.cost_usd ? Json(*r.cost_usd) : Json(nullptr);
  json["request_bytes"] = r.request_bytes;
  json["response_bytes"] = r.response_bytes;
  json["request_sha256"] = r.request_sha256;
  json["response_sha256"] = r.response_sha256;
  json["bundle"] = r.bundle;
  json["policy_us"] = r.policy_us;
  json["first_byte_us"] = r.first_byte_us;
  json["total_us"] = r.total_us;
  json["overhead_us"] = r.overhead_us;
  json["variant"] = r.variant;
  json["context_id"] = r.context_id;
  json["contents"] = Contents(r);
}

Json ToJson(const Event& event) {
  Json json;
  AddDecision(json, event);
  AddRequest(json, event.record);
  AddResult(json, event.record);
  return json;
}

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string CsvCell(const Json& value) {
  if (value.is_null()) return "";
  if (!value.is_string() && !value.is_structured()) return Dump(value);
  std::string text = value.is_string() ? value.get<std::string>() : Dump(value);
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos)
    text.insert(0, "'");
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string Column(std::string text, size_t width) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

}  // namespace

std::string EventId(const Event& event) { return base::StrCat(event.root.spool, "-", event.root.sequence); }

std::string ToJsonLine(const Event& event) { return Dump(ToJson(event)) + "\n"; }

std::string CsvHeader() {
  const Json json = ToJson({});
  std::string line;
  for (const auto& field : json.items()) line += (line.empty() ? "" : ",") + field.key();
  return line + "\r\n";
}

std::string ToCsvLine(const Event& event) {
  const Json json = ToJson(event);
  std::string line;
  bool first = true;
  for (const auto& field : json.items()) {
    if (!first) line += ',';
    first = false;
    line += CsvCell(field.value());
  }
  return line + "\r\n";
}

std::string TableHeader() {
  return Column("TIME", kTimeWidth) + Column("ID", kIdWidth) + Column("VERDICT", kVerdictWidth) + "REASON\n";
}

std::string ToTableLine(const Event& event) {
  const audit::Record& r = event.record;
  std::string line = Column(FormatTime(audit::EventTime(r)), kTimeWidth) + Column(EventId(event), kIdWidth) +
                     Column(r.verdict.empty() ? "-" : r.verdict, kVerdictWidth) + Column(r.reason_code, 0);
  line.back() = '\n';
  return line;
}

}  // namespace portcullis::events
