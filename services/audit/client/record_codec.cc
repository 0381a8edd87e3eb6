#include "services/audit/client/record_codec.h"

#include <cmath>
#include <utility>

#include "libs/spool/format.h"
#include "libs/wire/wire_reader.h"
#include "libs/wire/wire_writer.h"
#include "portcullis/audit/v1/record.pb.h"
#include "services/audit/api/findings_text.h"

namespace portcullis::audit {
namespace {

using wire::WireReader;
using wire::WireWriter;
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

void WriteCommitment(WireWriter& out, const ContentCommitment& commitment) {
  using C = v1::ContentCommitment;
  out.Message(Pb::kContentsFieldNumber, [&] {
    out.Text(C::kPartFieldNumber, commitment.part);
    out.Text(C::kFormFieldNumber, commitment.form);
    out.Text(C::kSha256FieldNumber, commitment.sha256);
    out.Number(C::kBytesFieldNumber, commitment.bytes);
    out.Number(C::kTruncatedFieldNumber, commitment.truncated);
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
  out.Text(Pb::kContextIdFieldNumber, r.context_id);
  for (const ContentCommitment& commitment : r.contents) WriteCommitment(out, commitment);
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
  for (auto& c : *pb.mutable_contents()) {
    r->contents.push_back({std::move(*c.mutable_part()), std::move(*c.mutable_form()),
                           std::move(*c.mutable_sha256()), c.bytes(), c.truncated()});
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
  r->context_id = std::move(*pb.mutable_context_id());
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

constexpr auto NumberTag = WireReader::NumberTag;
constexpr auto TextTag = WireReader::TextTag;

// Calls `field(in, tag)` for each field until it answers false or the bytes end; true if they ended well.
template <typename Field>
bool ForEachField(std::string_view bytes, Field&& field) {
  WireReader in(bytes);
  while (!in.done()) {
    uint32_t tag = 0;
    if (!in.Tag(&tag) || !field(in, tag)) return false;
  }
  return true;
}

bool ReadIntent(std::string_view bytes, std::string_view* spool, uint64_t* sequence) {
  return ForEachField(bytes, [&](WireReader& in, uint32_t tag) {
    if (tag == TextTag(v1::LeafId::kSpoolFieldNumber)) return in.View(spool);
    if (tag == NumberTag(v1::LeafId::kSequenceFieldNumber)) return in.Varint(sequence);
    return in.Skip(tag);
  });
}

struct RawLink {
  int64_t kind = 0;
  RecordLink link;
};

bool ReadLinkField(WireReader& in, uint32_t tag, RawLink* raw) {
  RecordLink& link = raw->link;
  std::string_view intent;
  switch (tag) {
    case NumberTag(Pb::kKindFieldNumber):
      return in.Number(&raw->kind);
    case TextTag(Pb::kRequestIdFieldNumber):
      return in.View(&link.request_id);
    case TextTag(Pb::kIntentFieldNumber):
      return in.View(&intent) && ReadIntent(intent, &link.intent_spool, &link.intent_sequence);
    case NumberTag(Pb::kTimeUsFieldNumber):
      return in.Number(&link.time_us);
    case NumberTag(Pb::kStartedUsFieldNumber):
      return in.Number(&link.started_us);
    default:
      return in.Skip(tag);
  }
}

bool ReadFinding(std::string_view bytes, std::string* text) {
  using F = v1::PolicyFinding;
  std::string_view policy, rule, reason;
  const bool read = ForEachField(bytes, [&](WireReader& in, uint32_t tag) {
    if (tag == TextTag(F::kPolicyFieldNumber)) return in.View(&policy);
    if (tag == TextTag(F::kRuleFieldNumber)) return in.View(&rule);
    if (tag == TextTag(F::kReasonFieldNumber)) return in.View(&reason);
    return in.Skip(tag);
  });
  AddFinding(policy, rule, reason, text);
  return read;
}

// The field of kDimensions that a tag is of; -1 = none.
int DimensionOf(uint32_t tag) {
  switch (tag) {
    case TextTag(Pb::kTenantFieldNumber):
      return 0;
    case TextTag(Pb::kUserFieldNumber):
      return 1;
    case TextTag(Pb::kPrincipalFieldNumber):
      return 2;
    case TextTag(Pb::kVerdictFieldNumber):
      return 3;
    case TextTag(Pb::kOutcomeFieldNumber):
      return 4;
    case TextTag(Pb::kPolicyFieldNumber):
      return 5;
    case TextTag(Pb::kReasonCodeFieldNumber):
      return 6;
    case TextTag(Pb::kTargetFieldNumber):
      return 7;
    case TextTag(Pb::kProviderFieldNumber):
      return 8;
    case TextTag(Pb::kModelFieldNumber):
      return 9;
    case TextTag(Pb::kEndpointFieldNumber):
      return 10;
    default:
      return -1;
  }
}
static_assert(kDimensions.size() == 11 && kDimensions[10].name == "endpoint", "as DimensionOf has them");

bool ReadCost(WireReader& in, int64_t* nano_usd) {
  double usd = 0;
  if (!in.Double(&usd)) return false;
  const double nano = usd * 1e9;
  if (nano >= 0 && nano < 9e18) *nano_usd = std::llround(nano);
  return true;
}

bool ReadIndexField(WireReader& in, uint32_t tag, RawLink* raw, LeafIndex* index) {
  std::string_view finding;
  switch (tag) {
    case TextTag(Pb::kFindingsFieldNumber):
      return in.View(&finding) && ReadFinding(finding, &index->findings);
    case NumberTag(Pb::kHttpStatusFieldNumber):
      return in.Number(&index->http_status);
    case NumberTag(Pb::kPromptTokensFieldNumber):
      return in.Number(&index->prompt_tokens);
    case NumberTag(Pb::kCompletionTokensFieldNumber):
      return in.Number(&index->completion_tokens);
    case NumberTag(Pb::kTotalUsFieldNumber):
      return in.Number(&index->total_us);
    case WireReader::DoubleTag(Pb::kCostUsdFieldNumber):
      return ReadCost(in, &index->cost_nano_usd);
    default:
      break;
  }
  const int dimension = DimensionOf(tag);
  if (dimension < 0) return ReadLinkField(in, tag, raw);
  return in.View(&index->names[static_cast<size_t>(dimension)]);
}

absl::Status NoRecord() { return absl::InvalidArgumentError("bytes that are no audit record"); }

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

absl::StatusOr<RecordLink> DecodeLink(std::string_view bytes) {
  RawLink raw;
  WireReader in(bytes);
  for (uint32_t tag = 0; !in.done();) {
    if (!in.Tag(&tag)) return NoRecord();
    if (WireReader::FieldOf(tag) > Pb::kStartedUsFieldNumber) break;
    if (!ReadLinkField(in, tag, &raw)) return NoRecord();
  }
  if (absl::Status status = CheckKey(raw.kind, raw.link.request_id); !status.ok()) return status;
  raw.link.kind = static_cast<LeafKind>(raw.kind);
  return raw.link;
}

absl::StatusOr<LeafIndex> DecodeIndex(const Leaf& leaf) {
  RawLink raw;
  LeafIndex index;
  const bool read = ForEachField(
      leaf.bytes, [&](WireReader& in, uint32_t tag) { return ReadIndexField(in, tag, &raw, &index); });
  if (!read) return NoRecord();
  if (absl::Status status = CheckKey(raw.kind, raw.link.request_id); !status.ok()) return status;
  index.kind = static_cast<LeafKind>(raw.kind);
  index.request_id = raw.link.request_id;
  index.time_us = raw.link.started_us != 0 ? raw.link.started_us : raw.link.time_us;
  const bool has_root =
      spool::IsValidId(raw.link.intent_spool) && raw.link.intent_sequence - 1 < kMaxSequence;
  index.root_spool = has_root ? raw.link.intent_spool : std::string_view(leaf.id.spool);
  index.root_sequence = has_root ? raw.link.intent_sequence : leaf.id.sequence;
  return index;
}

}  // namespace portcullis::audit
