// Requests and answers that are only to be checked.
#include <utility>

#include "services/edge/adapters/pipeline/request_run.h"

namespace portcullis::edge {

using boost::asio::awaitable;
using policy::Action;

awaitable<void> RequestRun::Check(CheckedRequest* checked) {
  checked->error = Parse();
  absl::Status asked;
  if (!checked->error) {
    const policy::OpenRequest question = QuestionOfRequest(true);
    absl::StatusOr<policy::OpenResult> opened = co_await OpenExchange(question);
    asked = opened.status();
    if (opened.ok()) {
      const policy::Decision& decision = opened->decision;
      record_.bundle = opened->bundle;
      ApplyInput(decision);
      checked->message = decision.message;
      if (decision.action < Action::kEscalate) {
        capture_.GoesOn(inbound_.body, true);
        checked->body = inbound_.body;
      }
    }
  }
  co_await EndCheck(asked, checked);
}

awaitable<void> RequestRun::CheckGivenAnswer(CheckedRequest* checked) {
  record_.request_sha256 = pipeline_.HashOf(inbound_.body);
  record_.user = context_.user = inbound_.user;
  const absl::Status asked = co_await JudgeGivenAnswer(checked);
  co_await EndCheck(asked, checked);
}

awaitable<absl::Status> RequestRun::JudgeGivenAnswer(CheckedRequest* checked) {
  if (const absl::Status parsed = tape_.Parse(inbound_.body); !parsed.ok()) co_return parsed;
  const policy::OpenRequest question = Question();
  absl::StatusOr<policy::OpenResult> opened = co_await OpenExchange(question);
  if (!opened.ok()) co_return opened.status();
  record_.bundle = opened->bundle;
  exchange_ = std::move(opened->exchange);
  ApplyInput(opened->decision);
  checked->message = opened->decision.message;
  if (opened->decision.action >= Action::kEscalate) co_return absl::OkStatus();
  places_ = AnswerText(tape_);
  std::vector<policy::Segment> segments = ToSegments(tape_, places_, &scratch_);
  const absl::StatusOr<policy::Decision> decision = co_await CheckAnswer(std::move(segments));
  if (!decision.ok()) co_return decision.status();
  exchange_->Close({0, 0, true});
  checked->message = decision->message;
  if (decision->action < Action::kEscalate) {
    checked->body = ApplySplices(inbound_.body, ToSplices(tape_, places_, decision->edits));
    capture_.Sent(checked->body);
  }
  co_return absl::OkStatus();
}

// Leaves the record. `asked`: whether the policies could be.
awaitable<void> RequestRun::EndCheck(const absl::Status& asked, CheckedRequest* checked) {
  if (!asked.ok()) {
    checked->error = PolicyUnavailable(asked);
    record_.reason_code = "policy_unavailable";
  }
  record_.outcome = checked->error ? "rejected" : "checked";
  if (checked->error) record_.verdict = "error";
  record_.http_status = checked->error ? checked->error->status : 200;
  co_await WriteOutcome();
  CountAnswer();
  checked->record = record_;
}

}  // namespace portcullis::edge
