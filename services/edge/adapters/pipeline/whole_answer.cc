// Answers that come in one piece.
#include <utility>

#include "libs/base/strings.h"
#include "services/edge/adapters/pipeline/request_run.h"
#include "services/edge/adapters/pipeline/request_span.h"

namespace portcullis::edge {

using boost::asio::awaitable;
using policy::Action;

namespace {

ApiError BadAnswer(std::string_view what) {
  ApiError error;
  error.status = 502;
  error.type = "upstream_error";
  error.code = "upstream_malformed";
  error.message = base::StrCat("the provider's answer cannot be passed on: ", what);
  return error;
}

}  // namespace

awaitable<void> RequestRun::AnswerWhole() {
  std::string body;
  Next next = Next::kAgain;
  while (next == Next::kAgain) {
    if (!co_await ReceiveWhole(&body)) co_return;
    next = co_await JudgeWhole(&body);
  }
  if (next == Next::kSend) co_await SendWhole(std::move(body));
}

// The next answer, on the tape; when none comes, the one before. False: there is none, and the client knows.
awaitable<bool> RequestRun::ReceiveWhole(std::string* body) {
  const Came came = co_await CollectWhole(body);
  if (sink_.departed()) {
    co_await RecordDeparture("upstream");
    co_return false;
  }
  if (low_) instruments_.AskedAgain(low_->upstream->head()->target, came == Came::kWhole).Add();
  if (came == Came::kWhole) {
    low_.reset();
    co_return true;
  }
  if (low_) {
    TakeLowAnswer(body);
    co_return true;
  }
  co_await RefuseAnswer(came);
  co_return false;
}

awaitable<RequestRun::Came> RequestRun::CollectWhole(std::string* body) {
  body->clear();
  while (!upstream_->summary() && !sink_.departed()) {
    co_await signal_.Wait();
    if (upstream_->has_data()) *body += upstream_->TakeData();
    if (body->size() > options_.max_response_bytes) {
      upstream_->Cancel();
      co_return Came::kTooLarge;
    }
  }
  if (upstream_->has_data()) *body += upstream_->TakeData();
  if (sink_.departed() || upstream_->summary()->outcome != router::Outcome::kOk) co_return Came::kFailed;
  const absl::Status parsed = tape_.Parse(*body);
  co_return parsed.ok() && tape_.root().kind == json::Kind::kObject ? Came::kWhole : Came::kMalformed;
}

awaitable<void> RequestRun::RefuseAnswer(Came came) {
  if (came == Came::kFailed) co_return co_await FailUpstream();
  const bool too_large = came == Came::kTooLarge;
  record_.reason_code = too_large ? "upstream_too_large" : "upstream_malformed";
  co_await Refuse(BadAnswer(too_large ? "it exceeds the size limit" : "it is no JSON object"),
                  "upstream_failed", "error");
}

// Has the policies judge the answer on the tape, and does to it what they say.
awaitable<RequestRun::Next> RequestRun::JudgeWhole(std::string* body) {
  record_.first_byte_us = upstream_->summary()->first_byte_us;
  places_ = AnswerText(tape_);
  std::vector<policy::Segment> segments = ToSegments(tape_, places_, &scratch_);
  output_text_bytes_ = 0;
  for (const policy::Segment& segment : segments) output_text_bytes_ += segment.text.size();
  if (policy_skipped_) instruments_.unscanned_output.Add(static_cast<double>(output_text_bytes_));
  if (exchange_ == nullptr) {
    TakeUsage();
    co_return Next::kSend;
  }
  const size_t findings = record_.findings.size();
  absl::StatusOr<policy::Decision> decision = co_await CheckAnswer(std::move(segments));
  if (sink_.departed()) {
    co_await RecordDeparture("guard");
    co_return Next::kNothing;
  }
  if (!decision.ok() && !live_->serve_without_policy) {
    record_.reason_code = "policy_unavailable";
    co_await Refuse(PolicyUnavailable(decision.status()), "rejected", "error");
    co_return Next::kNothing;
  }
  if (!decision.ok()) instruments_.unscanned_output.Add(static_cast<double>(output_text_bytes_));
  if (decision.ok() && decision->again != policy::Again::kNo) {
    AskAgain(decision->again, std::move(*body), findings);
    co_return Next::kAgain;
  }
  TakeUsage();
  if (decision.ok() && decision->action >= Action::kEscalate) {
    co_await Refuse(PolicyViolation(*decision, true, live_->block_status), "blocked",
                    policy::ActionName(decision->action));
    co_return Next::kNothing;
  }
  if (decision.ok() && !decision->edits.empty()) {
    std::vector<Splice> splices = ToSplices(tape_, places_, decision->edits);
    AppendLogprobSplices(tape_, places_, decision->edits, &splices);
    *body = ApplySplices(*body, std::move(splices));
  }
  co_return Next::kSend;
}

awaitable<absl::StatusOr<policy::Decision>> RequestRun::CheckAnswer(std::vector<policy::Segment> segments) {
  std::optional<absl::StatusOr<policy::Decision>> result;
  const base::MonotonicTime before = deps_.clock.Monotonic();
  if (upstream_ != nullptr && upstream_->head()) exchange_->SetTarget(upstream_->head()->target);
  exchange_->SetCanAskAgain(kept_request_.has_value());
  exchange_->CheckOutput(std::move(segments), [&](absl::StatusOr<policy::Decision> decision) {
    result = std::move(decision);
    signal_.Set();
  });
  while (!result) co_await signal_.Wait();
  record_.policy_us += static_cast<uint64_t>((deps_.clock.Monotonic() - before).count() / 1000);
  if (result->ok()) TakeOutputDecision(**result);
  co_return *std::move(result);
}

void RequestRun::TakeOutputDecision(const policy::Decision& decision) {
  AddFindings(decision.findings, true, &tape_, &places_, nullptr);
  if (decision.required_bytes > decision.scanned_bytes) {
    instruments_.unscanned_output.Add(static_cast<double>(decision.required_bytes - decision.scanned_bytes));
  }
  if (decision.action == Action::kAllow || decision.again != policy::Again::kNo) return;
  TakeVerdict(decision.action, decision.policy, decision.reason_code);
}

// Reads usage and cost from the answer on the tape.
void RequestRun::TakeUsage() {
  ReadUsage(tape_, &usage_);
  record_.finish_reason = ReadFinishReason(tape_);
  DescribeAnswer(tape_, &span_);
  PriceUsage();
}

void RequestRun::PriceUsage() {
  router::TokenUsage& tokens = usage_.tokens;
  if (!usage_.known) tokens.completion = EstimateTokens(output_text_bytes_, 0);
  record_.prompt_tokens = spent_.prompt_tokens + tokens.prompt;
  record_.completion_tokens = spent_.completion_tokens + tokens.completion;
  record_.tokens_estimated = spent_.estimated || !usage_.known;
  const auto& head = upstream_->head();
  if (head && head->pricing && spent_.cost_known) {
    cost_nano_usd_ = spent_.cost_nano_usd + router::CostNanoUsd(*head->pricing, tokens);
    record_.cost_usd = router::ToUsd(*cost_nano_usd_);
  }
  if (exchange_ != nullptr) exchange_->Close({record_.prompt_tokens, record_.completion_tokens, true});
}

awaitable<void> RequestRun::SendWhole(std::string body) {
  record_.http_status = 200;
  record_.outcome = "ok";
  record_.response_bytes = body.size();
  record_.response_sha256 = pipeline_.HashOf(body);
  capture_.Sent(body);
  if (!co_await WriteOutcome()) {
    record_.reason_code = "audit_unavailable";
    co_return co_await Refuse(AuditUnavailable(), "rejected", "error");
  }
  instruments_.forwarded_output.Add(static_cast<double>(output_text_bytes_));
  CountAnswer();
  AnswerHeaders headers = Headers(false);
  headers.emplace_back("content-type", "application/json");
  if (!(co_await sink_.Send(200, std::move(headers), std::move(body))).ok()) {
    instruments_.Departures("answer").Add();
    WriteAmendment("client_departed");
  }
}

}  // namespace portcullis::edge
