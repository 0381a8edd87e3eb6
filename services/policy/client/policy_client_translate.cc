#include "services/policy/client/policy_client_translate.h"

#include <algorithm>
#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::policy {
namespace {

v1::Role ToProto(Role role) {
  switch (role) {
    case Role::kUnknown:
      return v1::ROLE_UNSPECIFIED;
    case Role::kSystem:
      return v1::ROLE_SYSTEM;
    case Role::kUser:
      return v1::ROLE_USER;
    case Role::kAssistant:
      return v1::ROLE_ASSISTANT;
    case Role::kTool:
      return v1::ROLE_TOOL;
  }
  return v1::ROLE_UNSPECIFIED;
}

v1::SegmentKind ToProto(SegmentKind kind) {
  return kind == SegmentKind::kJson ? v1::SEGMENT_KIND_JSON : v1::SEGMENT_KIND_TEXT;
}

void ToProto(const Segment& segment, v1::Segment& out) {
  out.set_text(segment.text.data(), segment.text.size());
  out.set_kind(ToProto(segment.kind));
  if (segment.role != Role::kUnknown) out.set_role(ToProto(segment.role));
  if (!segment.path.empty()) out.set_path(segment.path);
}

absl::Status Impossible(std::string_view what) {
  return absl::InternalError(base::StrCat("the policy service answered ", what));
}

absl::StatusOr<Action> ActionFromProto(v1::Action action) {
  switch (action) {
    case v1::ACTION_ALLOW:
      return Action::kAllow;
    case v1::ACTION_REDACT:
      return Action::kRedact;
    case v1::ACTION_ESCALATE:
      return Action::kEscalate;
    case v1::ACTION_BLOCK:
      return Action::kBlock;
    default:
      return Impossible("an action that this version does not know");
  }
}

absl::StatusOr<Finding> FindingFromProto(v1::Finding& proto) {
  Finding finding;
  ASSIGN_OR_RETURN(finding.action, ActionFromProto(proto.action()));
  finding.policy = std::move(*proto.mutable_policy());
  finding.rule = std::move(*proto.mutable_rule());
  finding.reason = std::move(*proto.mutable_reason());
  finding.score = proto.score();
  finding.segment = proto.segment();
  finding.begin = proto.begin();
  finding.end = proto.end();
  finding.observed = proto.observed();
  if (finding.begin > finding.end) return Impossible("a finding whose end is before its begin");
  return finding;
}

Edit EditFromProto(v1::Edit& proto) {
  return {proto.segment(), proto.begin(), proto.end(), std::move(*proto.mutable_replacement())};
}

// Edits must be sorted by (segment, begin), not overlap, and lie within [low, high) of their segment.
absl::Status CheckEdit(const Edit& edit, const std::vector<Edit>& before, uint64_t low, uint64_t high) {
  if (edit.begin > edit.end || edit.begin < low || edit.end > high)
    return Impossible("an edit outside of its text");
  if (before.empty()) return absl::OkStatus();
  const Edit& last = before.back();
  if (edit.segment < last.segment || (edit.segment == last.segment && edit.begin < last.end)) {
    return Impossible("edits that overlap or are not in order");
  }
  return absl::OkStatus();
}

absl::StatusOr<Release> ReleaseFromProto(v1::Release& proto, Channels& channels) {
  Release release;
  release.channel = proto.channel();
  release.end = proto.end();
  const auto it = channels.find(release.channel);
  if (it == channels.end()) return Impossible("a release for a channel without text");
  ChannelProgress& progress = it->second;
  if (release.end < progress.released || release.end > progress.sent) {
    return Impossible("a release outside of its channel's text");
  }
  release.edits.reserve(static_cast<size_t>(proto.edits_size()));
  for (v1::Edit& edit_proto : *proto.mutable_edits()) {
    Edit edit = EditFromProto(edit_proto);
    if (edit.segment != release.channel) return Impossible("an edit of another channel");
    RETURN_IF_ERROR(CheckEdit(edit, release.edits, progress.released, release.end));
    release.edits.push_back(std::move(edit));
  }
  progress.released = release.end;
  return release;
}

}  // namespace

void OpenToProto(const OpenRequest& request, v1::ExchangeOpen& out) {
  out.set_model(request.model);
  out.set_stream(request.stream);
  out.set_only_input(request.only_input);
  out.set_request_type(request.request_type);
  for (const Segment& segment : request.input) ToProto(segment, *out.add_input());
  for (const Header& header : request.headers) {
    v1::Header& proto = *out.add_headers();
    proto.set_name(header.name);
    proto.set_value(header.value);
  }
  if (request.modalities == kModalityText) return;
  if ((request.modalities & kModalityText) != 0) out.add_modalities(v1::MODALITY_TEXT);
  if ((request.modalities & kModalityImage) != 0) out.add_modalities(v1::MODALITY_IMAGE);
  if ((request.modalities & kModalityAudio) != 0) out.add_modalities(v1::MODALITY_AUDIO);
  if ((request.modalities & kModalityTools) != 0) out.add_modalities(v1::MODALITY_TOOLS);
}

void SegmentsToProto(const std::vector<Segment>& segments, v1::ExchangeOutput& out) {
  for (const Segment& segment : segments) ToProto(segment, *out.add_segments());
}

void PiecesToProto(const std::vector<Piece>& pieces, v1::ExchangeGuard& out) {
  for (const Piece& piece : pieces) {
    v1::Piece& proto = *out.add_pieces();
    proto.set_channel(piece.channel);
    proto.set_kind(ToProto(piece.kind));
    proto.set_text(piece.text.data(), piece.text.size());
    proto.set_last(piece.last);
  }
}

void SummaryToProto(const ExchangeSummary& summary, v1::ExchangeClose& out) {
  out.set_prompt_tokens(summary.prompt_tokens);
  out.set_completion_tokens(summary.completion_tokens);
  out.set_completed(summary.completed);
}

std::vector<uint32_t> LengthsOf(const std::vector<Segment>& segments) {
  std::vector<uint32_t> lengths;
  lengths.reserve(segments.size());
  for (const Segment& segment : segments) lengths.push_back(static_cast<uint32_t>(segment.text.size()));
  return lengths;
}

absl::StatusOr<Decision> DecisionFromProto(v1::Decision& proto, const std::vector<uint32_t>& lengths) {
  Decision decision;
  ASSIGN_OR_RETURN(decision.action, ActionFromProto(proto.action()));
  decision.policy = std::move(*proto.mutable_policy());
  decision.reason_code = std::move(*proto.mutable_reason_code());
  decision.message = std::move(*proto.mutable_message());
  decision.scanned_bytes = proto.scanned_bytes();
  decision.required_bytes = std::max(proto.required_bytes(), proto.scanned_bytes());
  if (proto.has_max_cost_nano_usd()) decision.max_cost_nano_usd = proto.max_cost_nano_usd();
  if (proto.again() != v1::AGAIN_UNSPECIFIED) {
    decision.again = proto.again() == v1::AGAIN_OTHER_TARGET ? Again::kOtherTarget : Again::kAnyTarget;
  }
  decision.edits.reserve(static_cast<size_t>(proto.edits_size()));
  for (v1::Edit& edit_proto : *proto.mutable_edits()) {
    Edit edit = EditFromProto(edit_proto);
    if (edit.segment >= lengths.size()) return Impossible("an edit of a segment that was not sent");
    RETURN_IF_ERROR(CheckEdit(edit, decision.edits, 0, lengths[edit.segment]));
    decision.edits.push_back(std::move(edit));
  }
  decision.findings.reserve(static_cast<size_t>(proto.findings_size()));
  for (v1::Finding& finding_proto : *proto.mutable_findings()) {
    ASSIGN_OR_RETURN(Finding finding, FindingFromProto(finding_proto));
    if (finding.segment < lengths.size() && finding.end > lengths[finding.segment]) {
      return Impossible("a finding outside of its text");
    }
    decision.findings.push_back(std::move(finding));
  }
  return decision;
}

absl::StatusOr<GuardResult> GuardFromProto(v1::GuardVerdict& proto, Channels& channels) {
  GuardResult result;
  ASSIGN_OR_RETURN(result.action, ActionFromProto(proto.action()));
  result.policy = std::move(*proto.mutable_policy());
  result.reason_code = std::move(*proto.mutable_reason_code());
  result.message = std::move(*proto.mutable_message());
  result.scanned_bytes = proto.scanned_bytes();
  result.required_bytes = std::max(proto.required_bytes(), proto.scanned_bytes());
  result.held_bytes = proto.held_bytes();
  for (v1::Release& release_proto : *proto.mutable_releases()) {
    ASSIGN_OR_RETURN(Release release, ReleaseFromProto(release_proto, channels));
    result.releases.push_back(std::move(release));
  }
  for (v1::Finding& finding_proto : *proto.mutable_findings()) {
    ASSIGN_OR_RETURN(Finding finding, FindingFromProto(finding_proto));
    result.findings.push_back(std::move(finding));
  }
  return result;
}

}  // namespace portcullis::policy
