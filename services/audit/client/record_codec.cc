#include "services/audit/client/record_codec.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <utility>

#include "portcullis/audit/v1/record.pb.h"
#include "services/audit/client/wire_writer.h"

namespace portcullis::audit {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using Pb = v1::Record;

void WriteLeafId(WireWriter& out, int field, const LeafId& id) {
  out.Message(field, [&] {
    out.Text(v1::LeafId::kSpoolFieldNumber, id.spool);
    out.Number(v1::LeafId::kSequenceFieldNumber, id.sequence);
  });
}

void WriteAttempt(WireWriter& out, const AttemptRecord& attempt) {
  using A = v1::Attempt;
  out.Message(Pb::kAttemptsFieldNumber, [&] {
    out.Text(A::kTargetFieldNumber, attempt.target);
    out.Text(A::kModelFieldNumber, attempt.model);
    out.Text(A::kOutcomeFieldNumber, attempt.outcome);
    out.Number(A::kHttpStatusFieldNumber, static_cast<uint64_t>(int64_t{attempt.http_status}));
    out.Number(A::kLatencyUsFieldNumber, attempt.latency_us);
  });
}

void WriteFinding(WireWriter& out, const PolicyFinding& finding) {
  using F = v1::PolicyFinding;
  out.Message(Pb::kFindingsFieldNumber, [&] {
    out.Text(F::kPolicyFieldNumber, finding.policy);
    out.Text(F::kRuleFieldNumber, finding.rule);
    out.Text(F::kActionFieldNumber, finding.action);
    out.Text(F::kDirectionFieldNumber, finding.direction);
    out.Text(F::kReasonFieldNumber, finding.reason);
    out.Text(F::kPathFieldNumber, finding.path);
    out.Double(F::kScoreFieldNumber, finding.score);
    out.Number(F::kBeginFieldNumber, finding.begin);
    out.Number(F::kEndFieldNumber, finding.end);
  });
}

void WriteIdentity(WireWriter& out, const Record& r) {
  out.Number(Pb::kKindFieldNumber, static_cast<uint64_t>(r.kind));
  out.Text(Pb::kRequestIdFieldNumber, r.request_id);
  if (r.intent) WriteLeafId(out, Pb::kIntentFieldNumber, *r.intent);
  out.Number(Pb::kTimeUsFieldNumber, static_cast<uint64_t>(r.time_us));
  out.Number(Pb::kStartedUsFieldNumber, static_cast<uint64_t>(r.started_us));
  out.Text(Pb::kTenantFieldNumber, r.tenant);
  out.Text(Pb::kPrincipalFieldNumber, r.principal);
  out.Text(Pb::kUserFieldNumber, r.user);
  out.Text(Pb::kClientAddressFieldNumber, r.client_address);
  out.Text(Pb::kTraceparentFieldNumber, r.traceparent);
}

void WriteOperation(WireWriter& out, const Record& r) {
  out.Text(Pb::kEndpointFieldNumber, r.endpoint);
  out.Text(Pb::kMethodFieldNumber, r.method);
  out.Text(Pb::kModelFieldNumber, r.model);
  out.Number(Pb::kStreamFieldNumber, r.stream);
  out.Text(Pb::kTargetFieldNumber, r.target);
  out.Text(Pb::kProviderFieldNumber, r.provider);
  out.Text(Pb::kUpstreamModelFieldNumber, r.upstream_model);
  for (const AttemptRecord& attempt : r.attempts) WriteAttempt(out, attempt);
}

void WriteResult(WireWriter& out, const Record& r) {
  out.Text(Pb::kVerdictFieldNumber, r.verdict);
  out.Text(Pb::kPolicyFieldNumber, r.policy);
  out.Text(Pb::kReasonCodeFieldNumber, r.reason_code);
  out.Text(Pb::kOutcomeFieldNumber, r.outcome);
  out.Number(Pb::kHttpStatusFieldNumber, static_cast<uint64_t>(int64_t{r.http_status}));
  out.Text(Pb::kFinishReasonFieldNumber, r.finish_reason);
  for (const PolicyFinding& finding : r.findings) WriteFinding(out, finding);
}

void WriteFigures(WireWriter& out, const Record& r) {
  out.Number(Pb::kPromptTokensFieldNumber, r.prompt_tokens);
  out.Number(Pb::kCompletionTokensFieldNumber, r.completion_tokens);
  out.Number(Pb::kTokensEstimatedFieldNumber, r.tokens_estimated);
  if (r.cost_usd) out.DoubleAlways(Pb::kCostUsdFieldNumber, *r.cost_usd);
  out.Number(Pb::kRequestBytesFieldNumber, r.request_bytes);
  out.Number(Pb::kResponseBytesFieldNumber, r.response_bytes);
  out.Text(Pb::kRequestSha256FieldNumber, r.request_sha256);
  out.Text(Pb::kResponseSha256FieldNumber, r.response_sha256);
  out.Text(Pb::kBundleFieldNumber, r.bundle);
  out.Text(Pb::kConfigVersionFieldNumber, r.config_version);
  out.Number(Pb::kPolicyUsFieldNumber, r.policy_us);
  out.Number(Pb::kFirstByteUsFieldNumber, r.first_byte_us);
  out.Number(Pb::kTotalUsFieldNumber, r.total_us);
  out.Number(Pb::kOverheadUsFieldNumber, r.overhead_us);
  out.Text(Pb::kVariantFieldNumber, r.variant);
}

void ReadLists(Pb& pb, Record* r) {
  for (auto& a : *pb.mutable_attempts()) {
    r->attempts.push_back({std::move(*a.mutable_target()), std::move(*a.mutable_model()),
                           std::move(*a.mutable_outcome()), a.http_status(), a.latency_us()});
  }
  for (auto& f : *pb.mutable_findings()) {
    r->findings.push_back({std::move(*f.mutable_policy()), std::move(*f.mutable_rule()),
                           std::move(*f.mutable_action()), std::move(*f.mutable_direction()),
                           std::move(*f.mutable_reason()), std::move(*f.mutable_path()), f.score(), f.begin(),
                           f.end()});
  }
}

void ReadTexts(Pb& pb, Record* r) {
  r->request_id = std::move(*pb.mutable_request_id());
  r->tenant = std::move(*pb.mutable_tenant());
  r->principal = std::move(*pb.mutable_principal());
  r->user = std::move(*pb.mutable_user());
  r->client_address = std::move(*pb.mutable_client_address());
  r->traceparent = std::move(*pb.mutable_traceparent());
  r->endpoint = std::move(*pb.mutable_endpoint());
  r->method = std::move(*pb.mutable_method());
  r->model = std::move(*pb.mutable_model());
  r->target = std::move(*pb.mutable_target());
  r->provider = std::move(*pb.mutable_provider());
  r->upstream_model = std::move(*pb.mutable_upstream_model());
  r->variant = std::move(*pb.mutable_variant());
  r->verdict = std::move(*pb.mutable_verdict());
  r->policy = std::move(*pb.mutable_policy());
  r->reason_code = std::move(*pb.mutable_reason_code());
  r->outcome = std::move(*pb.mutable_outcome());
  r->finish_reason = std::move(*pb.mutable_finish_reason());
  r->request_sha256 = std::move(*pb.mutable_request_sha256());
  r->response_sha256 = std::move(*pb.mutable_response_sha256());
  r->bundle = std::move(*pb.mutable_bundle());
  r->config_version = std::move(*pb.mutable_config_version());
}

void ReadNumbers(const Pb& pb, Record* r) {
  r->kind = static_cast<LeafKind>(pb.kind());
  if (pb.has_intent()) r->intent = LeafId{pb.intent().spool(), pb.intent().sequence()};
  r->time_us = pb.time_us();
  r->started_us = pb.started_us();
  r->stream = pb.stream();
  r->http_status = pb.http_status();
  r->prompt_tokens = pb.prompt_tokens();
  r->completion_tokens = pb.completion_tokens();
  r->tokens_estimated = pb.tokens_estimated();
  if (pb.has_cost_usd()) r->cost_usd = pb.cost_usd();
  r->request_bytes = pb.request_bytes();
  r->response_bytes = pb.response_bytes();
  r->policy_us = pb.policy_us();
  r->first_byte_us = pb.first_byte_us();
  r->total_us = pb.total_us();
  r->overhead_us = pb.overhead_us();
}

absl::Status CheckKey(int64_t kind, std::string_view request_id) {
  if (kind < v1::LEAF_KIND_INTENT || kind > v1::LEAF_KIND_AMENDMENT) {
    return absl::InvalidArgumentError("an audit record without a kind that is known");
  }
  if (request_id.empty()) return absl::InvalidArgumentError("an audit record without a request id");
  return absl::OkStatus();
}

constexpr uint32_t NumberTag(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_VARINT);
}

constexpr uint32_t TextTag(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}

// The text that follows, as a view of `bytes`.
bool ReadView(CodedInputStream& in, std::string_view bytes, std::string_view* view) {
  uint32_t length = 0;
  if (!in.ReadVarint32(&length)) return false;
  const size_t at = static_cast<size_t>(in.CurrentPosition());
  if (length > bytes.size() - at) return false;
  *view = bytes.substr(at, length);
  return in.Skip(static_cast<int>(length));
}

bool ReadIntent(std::string_view bytes, RecordKey* key) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  while (const uint32_t tag = in.ReadTag()) {
    const bool read = tag == TextTag(v1::LeafId::kSpoolFieldNumber) ? ReadView(in, bytes, &key->intent_spool)
                      : tag == NumberTag(v1::LeafId::kSequenceFieldNumber)
                          ? in.ReadVarint64(&key->intent_sequence)
                          : WireFormatLite::SkipField(&in, tag);
    if (!read) return false;
  }
  return in.ConsumedEntireMessage();
}

struct RawKey {
  uint64_t kind = 0;
  uint64_t time_us = 0;
  uint64_t started_us = 0;
  RecordKey key;
};

bool ReadKeyField(CodedInputStream& in, uint32_t tag, std::string_view bytes, RawKey* raw) {
  std::string_view intent;
  switch (tag) {
    case NumberTag(Pb::kKindFieldNumber):
      return in.ReadVarint64(&raw->kind);
    case NumberTag(Pb::kTimeUsFieldNumber):
      return in.ReadVarint64(&raw->time_us);
    case NumberTag(Pb::kStartedUsFieldNumber):
      return in.ReadVarint64(&raw->started_us);
    case TextTag(Pb::kRequestIdFieldNumber):
      return ReadView(in, bytes, &raw->key.request_id);
    case TextTag(Pb::kTenantFieldNumber):
      return ReadView(in, bytes, &raw->key.tenant);
    case TextTag(Pb::kVerdictFieldNumber):
      return ReadView(in, bytes, &raw->key.verdict);
    case TextTag(Pb::kIntentFieldNumber):
      return ReadView(in, bytes, &intent) && ReadIntent(intent, &raw->key);
    default:
      return WireFormatLite::SkipField(&in, tag);
  }
}

}  // namespace

void Encode(const Record& record, std::string* bytes) {
  bytes->clear();
  WireWriter out(bytes);
  WriteIdentity(out, record);
  WriteOperation(out, record);
  WriteResult(out, record);
  WriteFigures(out, record);
}

absl::StatusOr<Record> Decode(std::string_view bytes) {
  Pb pb;
  if (!pb.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("bytes that are no audit record");
  }
  if (absl::Status status = CheckKey(pb.kind(), pb.request_id()); !status.ok()) return status;
  Record record;
  ReadNumbers(pb, &record);
  ReadTexts(pb, &record);
  ReadLists(pb, &record);
  return record;
}

absl::StatusOr<RecordKey> DecodeKey(std::string_view bytes) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  RawKey raw;
  while (const uint32_t tag = in.ReadTag()) {
    if (!ReadKeyField(in, tag, bytes, &raw))
      return absl::InvalidArgumentError("bytes that are no audit record");
  }
  if (!in.ConsumedEntireMessage()) return absl::InvalidArgumentError("bytes that are no audit record");
  const int64_t kind = raw.kind > 255 ? -1 : static_cast<int64_t>(raw.kind);
  if (absl::Status status = CheckKey(kind, raw.key.request_id); !status.ok()) return status;
  raw.key.kind = static_cast<LeafKind>(kind);
  raw.key.time_us = static_cast<int64_t>(raw.time_us);
  raw.key.started_us = static_cast<int64_t>(raw.started_us);
  return raw.key;
}

}  // namespace portcullis::audit
