#include "services/audit/domain/record_json.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "absl/time/time.h"
#include "libs/base/strings.h"
#include "services/audit/domain/merge.h"

namespace portcullis::audit {
namespace {

using Json = nlohmann::ordered_json;

std::string_view KindName(LeafKind kind) {
  switch (kind) {
    case LeafKind::kIntent:
      return "intent";
    case LeafKind::kOutcome:
      return "outcome";
    case LeafKind::kAmendment:
      return "amendment";
  }
  return "unknown";
}

Json Attempts(const Record& r) {
  Json list = Json::array();
  for (const AttemptRecord& a : r.attempts) {
    list.push_back({{"target", a.target},
                    {"model", a.model},
                    {"outcome", a.outcome},
                    {"http_status", a.http_status},
                    {"latency_us", a.latency_us}});
  }
  return list;
}

Json Findings(const Record& r) {
  Json list = Json::array();
  for (const PolicyFinding& f : r.findings) {
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

Json Contents(const Record& r) {
  Json list = Json::array();
  for (const ContentCommitment& c : r.contents) {
    list.push_back({{"part", c.part},
                    {"form", c.form},
                    {"sha256", c.sha256},
                    {"bytes", c.bytes},
                    {"truncated", c.truncated}});
  }
  return list;
}

void AddDecision(Json& json, const Record& r) {
  json["event_type"] = r.reason_code.starts_with(kOperatorReason) ? "operator_action" : "decision";
  json["timestamp"] = TimeText(EventTime(r));
  json["verdict"] = r.verdict;
  json["reason_code"] = r.reason_code;
  json["model"] = r.model;
  json["provider"] = r.provider;
  json["config_version"] = r.config_version;
  json["request_id"] = r.request_id;
  json["kind"] = KindName(r.kind);
}

void AddRequest(Json& json, const Record& r) {
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

void AddResult(Json& json, const Record& r) {
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

}  // namespace

std::string RecordId(const LeafId& root) { return base::StrCat(root.spool, "-", root.sequence); }

std::string TimeText(int64_t time_us) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::FromUnixMicros(time_us), absl::UTCTimeZone());
}

Json RecordJson(const LeafId& root, const Record& record) {
  Json json;
  json["id"] = RecordId(root);
  AddDecision(json, record);
  AddRequest(json, record);
  AddResult(json, record);
  return json;
}

std::string RecordJsonText(const LeafId& root, const Record& record) {
  return JsonText(RecordJson(root, record));
}

std::string JsonText(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace portcullis::audit
