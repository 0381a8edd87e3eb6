#include "apps/portcullis/events/siem_lines.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "libs/base/strings.h"
#include "services/audit/domain/merge.h"

namespace portcullis::events {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kVendor = "Portcullis", kProduct = "Portcullis gateway";
constexpr int64_t kMicrosPerMilli = 1000;

// What both formats say of a verdict.
struct Verdict {
  std::string_view name;
  std::string_view title;
  int cef_severity;      // 0..10
  int ocsf_severity;     // 1 informational, 2 low, 3 medium, 4 high
  int ocsf_action;       // 1 allowed, 2 denied, 0 unknown
  int ocsf_disposition;  // 1 allowed, 2 blocked, 27 error, 99 other
};

constexpr Verdict kVerdicts[] = {
    {"allow", "Request allowed", 1, 1, 1, 1},       {"redact", "Request redacted", 4, 2, 1, 99},
    {"escalate", "Request escalated", 6, 3, 0, 99}, {"block", "Request blocked", 7, 4, 2, 2},
    {"error", "Request failed", 3, 2, 0, 27},
};
constexpr Verdict kUnknown = {"", "Request interrupted", 3, 2, 0, 0};

const Verdict& VerdictOf(const audit::Record& record) {
  const auto found = std::find_if(std::begin(kVerdicts), std::end(kVerdicts),
                                  [&](const Verdict& v) { return v.name == record.verdict; });
  return found == std::end(kVerdicts) ? kUnknown : *found;
}

int64_t Millis(int64_t micros) { return micros / kMicrosPerMilli; }

// Policies and rules that found something, "pii-detector/email, ...", each once.
std::string Rules(const audit::Record& record) {
  std::string list;
  for (const audit::PolicyFinding& finding : record.findings) {
    const std::string rule = base::StrCat(finding.policy, "/", finding.rule);
    if (list.find(rule) == std::string::npos) list += list.empty() ? rule : ", " + rule;
  }
  return list;
}

// Control characters become spaces: a line is one event.
std::string Escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return out;
}

// The extension of a CEF line: "key=value key=value".
class CefFields {
 public:
  void Add(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    if (!text_.empty()) text_ += ' ';
    text_ += base::StrCat(key, "=", Escaped(value, "\\="));
  }
  void Add(std::string_view key, uint64_t value) { Add(key, base::StrCat(value)); }
  // One of the numbered fields, whose label says what it is.
  void Labelled(std::string_view key, std::string_view label, std::string_view value) {
    if (value.empty()) return;
    Add(base::StrCat(key, "Label"), label);
    Add(key, value);
  }
  void Labelled(std::string_view key, std::string_view label, uint64_t value) {
    if (value != 0) Labelled(key, label, base::StrCat(value));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void AddCaller(CefFields& fields, const audit::Record& r) {
  const bool v6 = r.client_address.find(':') != std::string::npos;
  if (v6) fields.Labelled("c6a2", "Source IPv6 Address", r.client_address);
  if (!v6) fields.Add("src", r.client_address);
  fields.Add("suser", r.user);
  fields.Add("suid", r.principal);
}

Json OcsfActor(const audit::Record& r) {
  Json user = Json::object();
  if (!r.user.empty()) user["name"] = r.user;
  if (!r.principal.empty()) user["uid"] = r.principal;
  if (user.empty()) user["name"] = "unknown";
  return {{"user", std::move(user)}};
}

Json OcsfMetadata(const Event& event, std::string_view version) {
  Json metadata = {{"version", "1.3.0"},
                   {"product", {{"name", kProduct}, {"vendor_name", kVendor}, {"version", version}}},
                   {"profiles", {"security_control"}},
                   {"uid", EventId(event)},
                   {"correlation_uid", event.record.request_id},
                   {"event_code", event.record.reason_code}};
  if (!event.record.tenant.empty()) metadata["tenant_uid"] = event.record.tenant;
  return metadata;
}

// Everything of the record, for which the class has no place, as the JSON export names it.
Json OcsfUnmapped(const Event& event) {
  Json rest = Json::parse(ToJsonLine(event));
  for (const char* mapped :
       {"id", "timestamp", "verdict", "reason_code", "request_id", "tenant", "principal", "user",
        "client_address", "endpoint", "method", "http_status", "started_us", "time_us"}) {
    rest.erase(mapped);
  }
  return rest;
}

}  // namespace

std::string ToCefLine(const Event& event, std::string_view version) {
  const audit::Record& r = event.record;
  const Verdict& verdict = VerdictOf(r);
  CefFields fields;
  fields.Add("rt", static_cast<uint64_t>(Millis(audit::EventTime(r))));
  fields.Add("externalId", EventId(event));
  fields.Add("act", r.verdict);
  fields.Add("outcome", r.outcome);
  fields.Add("reason", r.reason_code);
  fields.Add("request", r.endpoint);
  fields.Add("requestMethod", r.method);
  AddCaller(fields, r);
  fields.Add("in", r.request_bytes);
  fields.Add("out", r.response_bytes);
  fields.Labelled("cs1", "requestId", r.request_id);
  fields.Labelled("cs2", "tenant", r.tenant);
  fields.Labelled("cs3", "target", r.target);
  fields.Labelled("cs4", "model", r.model);
  fields.Labelled("cs5", "policy", r.policy);
  fields.Labelled("cs6", "rules", Rules(r));
  fields.Labelled("cn1", "promptTokens", r.prompt_tokens);
  fields.Labelled("cn2", "completionTokens", r.completion_tokens);
  fields.Labelled("cn3", "httpStatus", static_cast<uint64_t>(r.http_status));
  if (r.cost_usd) fields.Labelled("cfp1", "costUsd", Json(*r.cost_usd).dump());
  return base::StrCat("CEF:0|", kVendor, "|", kProduct, "|", Escaped(version, "\\|"), "|",
                      Escaped(r.reason_code.empty() ? "none" : r.reason_code, "\\|"), "|", verdict.title, "|",
                      verdict.cef_severity, "|", fields.text(), "\n");
}

std::string ToOcsfLine(const Event& event, std::string_view version) {
  constexpr int kClass = 6003, kCategory = 6, kCreate = 1, kRead = 2, kSuccess = 1, kFailure = 2;
  const audit::Record& r = event.record;
  const Verdict& verdict = VerdictOf(r);
  const int activity = r.method == "GET" ? kRead : kCreate;
  const int64_t begin = r.started_us != 0 ? r.started_us : audit::EventTime(r);
  Json json = {
      {"class_uid", kClass},
      {"class_name", "API Activity"},
      {"category_uid", kCategory},
      {"category_name", "Application Activity"},
      {"activity_id", activity},
      {"type_uid", kClass * 100 + activity},
      {"time", Millis(audit::EventTime(r))},
      {"start_time", Millis(begin)},
      {"duration", Millis(static_cast<int64_t>(r.total_us))},
      {"severity_id", verdict.ocsf_severity},
      {"status_id", r.outcome == "ok" ? kSuccess : kFailure},
      {"status_detail", r.outcome},
      {"message", verdict.title},
      {"action_id", verdict.ocsf_action},
      {"disposition_id", verdict.ocsf_disposition},
      {"disposition", r.verdict.empty() ? "unknown" : r.verdict},
      {"metadata", OcsfMetadata(event, version)},
      {"actor", OcsfActor(r)},
      {"api",
       {{"operation", base::StrCat(r.method, " ", r.endpoint)}, {"request", {{"uid", r.request_id}}}}}};
  if (r.client_address.empty()) {
    json["src_endpoint"] = {{"name", "unknown"}};
  } else {
    json["src_endpoint"] = {{"ip", r.client_address}};
  }
  if (!r.target.empty()) json["dst_endpoint"] = {{"svc_name", r.target}};
  json["http_request"] = {{"http_method", r.method}, {"url", {{"path", r.endpoint}}}};
  if (r.http_status != 0) json["http_response"] = {{"code", r.http_status}};
  json["unmapped"] = OcsfUnmapped(event);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace portcullis::events
