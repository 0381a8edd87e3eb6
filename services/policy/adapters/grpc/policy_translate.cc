#include "services/policy/adapters/grpc/policy_translate.h"

#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::policy {
namespace {

constexpr size_t kMaxModelBytes = 1024;
constexpr size_t kMaxPathBytes = 4096;
constexpr int kMaxHeaders = 100;
constexpr size_t kMaxHeaderBytes = 16 << 10;  // name or value
constexpr size_t kMaxTargetBytes = 1024;
constexpr size_t kMaxRequestTypeBytes = 256;
constexpr int kMaxParts = 1'000'000;  // segments or pieces of one message; the chain's own limits are lower

absl::Status Invalid(std::string_view field, int index, std::string_view what) {
  return absl::InvalidArgumentError(base::StrCat(field, "[", index, "]", what));
}

bool FromProto(v1::SegmentKind kind, SegmentKind& out) {
  switch (kind) {
    case v1::SEGMENT_KIND_UNSPECIFIED:
    case v1::SEGMENT_KIND_TEXT:
      out = SegmentKind::kText;
      return true;
    case v1::SEGMENT_KIND_JSON:
      out = SegmentKind::kJson;
      return true;
    default:
      return false;
  }
}

bool FromProto(v1::Role role, Role& out) {
  switch (role) {
    case v1::ROLE_UNSPECIFIED:
      out = Role::kUnknown;
      return true;
    case v1::ROLE_SYSTEM:
      out = Role::kSystem;
      return true;
    case v1::ROLE_USER:
      out = Role::kUser;
      return true;
    case v1::ROLE_ASSISTANT:
      out = Role::kAssistant;
      return true;
    case v1::ROLE_TOOL:
      out = Role::kTool;
      return true;
    default:
      return false;
  }
}

bool AddModality(v1::Modality modality, uint8_t& out) {
  switch (modality) {
    case v1::MODALITY_TEXT:
      out |= kModalityText;
      return true;
    case v1::MODALITY_IMAGE:
      out |= kModalityImage;
      return true;
    case v1::MODALITY_AUDIO:
      out |= kModalityAudio;
      return true;
    case v1::MODALITY_TOOLS:
      out |= kModalityTools;
      return true;
    default:
      return false;
  }
}

v1::Action ToProto(Action action) {
  switch (action) {
    case Action::kAllow:
      return v1::ACTION_ALLOW;
    case Action::kRedact:
      return v1::ACTION_REDACT;
    case Action::kEscalate:
      return v1::ACTION_ESCALATE;
    case Action::kBlock:
      return v1::ACTION_BLOCK;
  }
  return v1::ACTION_UNSPECIFIED;
}

void ToProto(const Edit& edit, v1::Edit& out) {
  out.set_segment(edit.segment);
  out.set_begin(edit.begin);
  out.set_end(edit.end);
  out.set_replacement(edit.replacement);
}

void ToProto(const Finding& finding, v1::Finding& out) {
  out.set_policy(finding.policy);
  out.set_rule(finding.rule);
  out.set_reason(finding.reason);
  out.set_action(ToProto(finding.action));
  out.set_score(finding.score);
  out.set_segment(finding.segment);
  out.set_begin(finding.begin);
  out.set_end(finding.end);
  if (finding.observed) out.set_observed(true);
}

absl::Status FactsFromProto(const v1::ExchangeOpen& proto, OpenRequest& request) {
  if (proto.model().size() > kMaxModelBytes) {
    return absl::InvalidArgumentError(base::StrCat("model has more than ", kMaxModelBytes, " bytes"));
  }
  if (proto.headers_size() > kMaxHeaders) {
    return absl::InvalidArgumentError(base::StrCat("more than ", kMaxHeaders, " headers"));
  }
  request.model = proto.model();
  for (int i = 0; i < proto.headers_size(); ++i) {
    const v1::Header& header = proto.headers(i);
    if (header.name().size() > kMaxHeaderBytes || header.value().size() > kMaxHeaderBytes) {
      return Invalid("headers", i, " is too long");
    }
    request.headers.push_back({header.name(), header.value()});
  }
  if (proto.modalities_size() > 0) request.modalities = 0;
  for (int i = 0; i < proto.modalities_size(); ++i) {
    if (!AddModality(proto.modalities(i), request.modalities))
      return Invalid("modalities", i, " is not known");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<OpenRequest> OpenFromProto(const v1::ExchangeOpen& proto, base::RequestContext context) {
  OpenRequest request;
  RETURN_IF_ERROR(FactsFromProto(proto, request));
  ASSIGN_OR_RETURN(request.input, SegmentsFromProto(proto.input()));
  request.context = std::move(context);
  request.stream = proto.stream();
  request.only_input = proto.only_input();
  if (proto.request_type().size() > kMaxRequestTypeBytes) {
    return absl::InvalidArgumentError(
        base::StrCat("request_type has more than ", kMaxRequestTypeBytes, " bytes"));
  }
  request.request_type = proto.request_type();
  return request;
}

absl::Status CheckTarget(const std::string& target) {
  if (target.size() <= kMaxTargetBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(base::StrCat("target has more than ", kMaxTargetBytes, " bytes"));
}

absl::StatusOr<std::vector<Segment>> SegmentsFromProto(
    const google::protobuf::RepeatedPtrField<v1::Segment>& segments) {
  if (segments.size() > kMaxParts) return absl::ResourceExhaustedError("too many segments");
  std::vector<Segment> out(static_cast<size_t>(segments.size()));
  for (int i = 0; i < segments.size(); ++i) {
    const v1::Segment& proto = segments[i];
    Segment& segment = out[static_cast<size_t>(i)];
    if (!FromProto(proto.kind(), segment.kind)) return Invalid("segments", i, ".kind is not known");
    if (!FromProto(proto.role(), segment.role)) return Invalid("segments", i, ".role is not known");
    if (proto.path().size() > kMaxPathBytes) return Invalid("segments", i, ".path is too long");
    segment.text = proto.text();
    segment.path = proto.path();
  }
  return out;
}

absl::StatusOr<std::vector<Piece>> PiecesFromProto(const v1::ExchangeGuard& proto) {
  if (proto.pieces_size() > kMaxParts) return absl::ResourceExhaustedError("too many pieces");
  std::vector<Piece> out(static_cast<size_t>(proto.pieces_size()));
  for (int i = 0; i < proto.pieces_size(); ++i) {
    const v1::Piece& piece_proto = proto.pieces(i);
    Piece& piece = out[static_cast<size_t>(i)];
    if (!FromProto(piece_proto.kind(), piece.kind)) return Invalid("pieces", i, ".kind is not known");
    piece.channel = piece_proto.channel();
    piece.text = piece_proto.text();
    piece.last = piece_proto.last();
  }
  return out;
}

ExchangeSummary SummaryFromProto(const v1::ExchangeClose& proto) {
  return {proto.prompt_tokens(), proto.completion_tokens(), proto.completed()};
}

void DecisionToProto(const Decision& decision, v1::Decision& out) {
  out.set_action(ToProto(decision.action));
  out.set_policy(decision.policy);
  out.set_reason_code(decision.reason_code);
  out.set_message(decision.message);
  for (const Edit& edit : decision.edits) ToProto(edit, *out.add_edits());
  for (const Finding& finding : decision.findings) ToProto(finding, *out.add_findings());
  out.set_scanned_bytes(decision.scanned_bytes);
  if (decision.required_bytes != decision.scanned_bytes) out.set_required_bytes(decision.required_bytes);
  if (decision.max_cost_nano_usd) out.set_max_cost_nano_usd(*decision.max_cost_nano_usd);
  if (decision.again != Again::kNo) {
    out.set_again(decision.again == Again::kOtherTarget ? v1::AGAIN_OTHER_TARGET : v1::AGAIN_ANY_TARGET);
  }
}

void GuardToProto(const GuardResult& result, v1::GuardVerdict& out) {
  out.set_action(ToProto(result.action));
  out.set_policy(result.policy);
  out.set_reason_code(result.reason_code);
  out.set_message(result.message);
  for (const Release& release : result.releases) {
    v1::Release& proto = *out.add_releases();
    proto.set_channel(release.channel);
    proto.set_end(release.end);
    for (const Edit& edit : release.edits) ToProto(edit, *proto.add_edits());
  }
  for (const Finding& finding : result.findings) ToProto(finding, *out.add_findings());
  out.set_scanned_bytes(result.scanned_bytes);
  out.set_held_bytes(result.held_bytes);
  if (result.required_bytes != result.scanned_bytes) out.set_required_bytes(result.required_bytes);
}

}  // namespace portcullis::policy
