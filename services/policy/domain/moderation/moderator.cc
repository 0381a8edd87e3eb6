#include "services/policy/domain/moderation/moderator.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "libs/base/strings.h"
#include "services/policy/domain/quality/quality_tap.h"

namespace portcullis::policy {
namespace {

constexpr std::string_view kFailureRule = "failure";

// The end of a part of `text` from `at` on: at most `most` bytes, between two code points.
size_t PartEnd(std::string_view text, size_t at, size_t most) {
  if (text.size() - at <= most) return text.size();
  size_t end = at + most;
  while (end > at + 1 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return end;
}

bool Empty(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace

struct Moderator::Question {
  Direction direction;
  bool streamed;
  bool observed;
  std::vector<ModerationText> texts;
};

std::string Edited(std::string_view text, uint32_t from, const std::vector<Edit>& edits) {
  std::string out;
  uint32_t at = from;
  for (const Edit& edit : edits) {
    out += text.substr(at - from, edit.begin - at);
    out += edit.replacement;
    at = edit.end;
  }
  return out += text.substr(at - from);
}

void AddVerdict(ModerationVerdict verdict, Decision* decision) {
  std::move(verdict.findings.begin(), verdict.findings.end(), std::back_inserter(decision->findings));
  decision->required_bytes = std::max(decision->required_bytes, verdict.judged_bytes + verdict.missed_bytes);
  decision->scanned_bytes = std::min(std::max(decision->scanned_bytes, verdict.judged_bytes),
                                     decision->required_bytes - verdict.missed_bytes);
  if (!verdict.block || verdict.block->action <= decision->action) return;
  decision->action = verdict.block->action;
  decision->policy = std::move(verdict.block->policy);
  decision->reason_code = std::move(verdict.block->reason_code);
  decision->message = std::move(verdict.block->message);
}

std::vector<ModerationText> Moderator::TextsOf(Direction direction, const std::vector<Segment>& segments,
                                               const std::vector<Edit>& edits) const {
  std::vector<ModerationText> texts;
  size_t next = 0;
  for (uint32_t i = 0; i < segments.size(); ++i) {
    std::vector<Edit> own;
    for (; next < edits.size() && edits[next].segment == i; ++next) own.push_back(edits[next]);
    const Segment& segment = segments[i];
    const bool input = direction == Direction::kInput;
    if (input && !policy_->gate().Judges(segment.role, segment.role != Role::kSystem)) continue;
    if (Empty(segment.text) || (!input && IsFinishReason(segment.text))) continue;
    texts.push_back({i, 0, static_cast<uint32_t>(segment.text.size()), Edited(segment.text, 0, own)});
  }
  return texts;
}

void Moderator::Judge(Direction direction, bool streamed, std::vector<ModerationText> texts, Callback done) {
  const PolicyControl& control = policy_->gate().control();
  const bool observed =
      control.mode == PolicyMode::kObserve || (streamed && policy_->stream_mode() == StreamMode::kObserve);
  Question question{direction, streamed, observed, {}};
  ModerationQuestion asked;
  asked.service = policy_->service();
  asked.abandoned = abandoned_;
  if (control.timeout.count() > 0) asked.deadline = clock_.Monotonic() + control.timeout;
  const size_t most = asked.service->max_text_bytes;
  for (ModerationText& text : texts) {
    for (size_t at = 0; at < text.text.size();) {
      const size_t end = PartEnd(text.text, at, most);
      asked.texts.push_back(text.text.substr(at, end - at));
      question.texts.push_back({text.segment, text.begin, text.end, asked.texts.back()});
      at = end;
    }
  }
  if (asked.texts.empty()) return std::move(done)({});
  auto finish = [self = shared_from_this(), question = std::move(question),
                 done = std::move(done)](std::vector<absl::StatusOr<TextScores>> answers) mutable {
    ModerationVerdict verdict = self->VerdictOf(question, answers);
    self->Report(question, verdict);
    std::move(done)(std::move(verdict));
  };
  if (port_ != nullptr) return port_->Ask(std::move(asked), std::move(finish));
  finish({asked.texts.size(), absl::UnavailableError("no service can be asked here")});
}

ModerationVerdict Moderator::VerdictOf(const Question& question,
                                       const std::vector<absl::StatusOr<TextScores>>& answers) const {
  ModerationVerdict verdict;
  for (size_t i = 0; i < question.texts.size(); ++i) {
    const ModerationText& text = question.texts[i];
    if (answers[i].ok()) {
      verdict.judged_bytes += text.text.size();
      AddFlags(question, text, *answers[i], &verdict);
    } else {
      AddFailure(question, text, answers[i].status(), &verdict);
    }
  }
  if (question.observed) verdict.block.reset();
  return verdict;
}

void Moderator::AddFlags(const Question& question, const ModerationText& text, const TextScores& scores,
                         ModerationVerdict* verdict) const {
  const std::vector<const PolicyException*> exceptions = policy_->gate().Exceptions(now_);
  for (const ModerationPolicy::Flag& flag : policy_->Judge(scores)) {
    Finding finding;
    finding.policy = kExternalModeration;
    finding.rule = flag.category;
    finding.reason = base::StrCat("the moderation service says ", flag.category);
    finding.action = policy_->action();
    finding.score = flag.score;
    finding.segment = text.segment;
    finding.begin = text.begin;
    finding.end = text.end;
    finding.observed = question.observed;
    const auto covers = [&](const PolicyException* exception) {
      return Covers(*exception, flag.category, text.text);
    };
    const auto exception = std::find_if(exceptions.begin(), exceptions.end(), covers);
    if (exception != exceptions.end()) MarkExcepted(**exception, &finding);
    if (finding.action >= Action::kEscalate && !verdict->block) {
      verdict->block = BlockReason{std::string(kExternalModeration), "moderation.flagged",
                                   base::StrCat(SideName(question.direction), Verb(finding.action),
                                                kExternalModeration, " (", flag.category, ")."),
                                   finding.action};
    }
    if (verdict->findings.size() < kMaxFindings) verdict->findings.push_back(std::move(finding));
  }
}

// One finding for all texts of a question that could not be judged.
void Moderator::AddFailure(const Question& question, const ModerationText& text, const absl::Status& status,
                           ModerationVerdict* verdict) const {
  const bool first = verdict->missed_bytes == 0;
  verdict->missed_bytes += text.text.size();
  if (!first) return;
  const bool late = absl::IsDeadlineExceeded(status);
  Finding finding;
  finding.policy = kExternalModeration;
  finding.rule = late ? kTimeoutRule : kFailureRule;
  finding.reason = base::StrCat("the moderation service did not judge the text: ", base::Message(status));
  finding.action = policy_->gate().fail_mode() == FailMode::kBlock ? Action::kBlock : Action::kAllow;
  finding.segment = text.segment;
  finding.observed = question.observed;
  // A block by a category stays; an escalation gives way to the refusal.
  if (finding.action == Action::kBlock && (!verdict->block || verdict->block->action < Action::kBlock)) {
    verdict->block =
        BlockReason{std::string(kExternalModeration), late ? "policy.timeout" : "policy.failed",
                    base::StrCat(SideName(question.direction), Verb(Action::kBlock), kExternalModeration,
                                 late ? ": it could not be checked in time." : ": it could not be checked."),
                    Action::kBlock};
  }
  verdict->findings.push_back(std::move(finding));
}

void Moderator::Report(const Question& question, const ModerationVerdict& verdict) const {
  Action action = Action::kAllow;
  for (const Finding& finding : verdict.findings) action = std::max(action, finding.action);
  if (verdict.missed_bytes > 0) {
    const bool refused = policy_->gate().fail_mode() == FailMode::kBlock && !question.observed;
    probe_.OnFailure(kExternalModeration, refused);
  }
  if (action == Action::kAllow && question.streamed) return;
  if (question.observed) {
    probe_.OnObserved(kExternalModeration, action);
  } else {
    probe_.OnDecision(kExternalModeration, action);
  }
}

}  // namespace portcullis::policy
