#include "services/router/domain/completion_call.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/base/strings.h"
#include "services/router/domain/dialect/provider_error.h"
#include "services/router/domain/pricing/price_table.h"

namespace portcullis::router {
namespace {

UpstreamPath PathOf(Operation operation) {
  switch (operation) {
    case Operation::kFimCompletions:
      return UpstreamPath::kFimCompletions;
    case Operation::kEmbeddings:
      return UpstreamPath::kEmbeddings;
    case Operation::kChatCompletions:
      break;
  }
  return UpstreamPath::kChatCompletions;
}

// Outcomes that say something about the target.
bool IsTargetFault(Outcome outcome) {
  return outcome != Outcome::kOk && outcome != Outcome::kBadRequest && outcome != Outcome::kContextTooLong &&
         outcome != Outcome::kContentFiltered && outcome != Outcome::kCostTooHigh;
}

std::string ForOperator(const AttemptVerdict& verdict, const TargetOptions& target) {
  if (verdict.outcome != Outcome::kUpstreamAuth || target.api_key_source.empty()) return verdict.message;
  return base::StrCat(verdict.message, "; the key is that of ", target.api_key_source);
}

}  // namespace

CompletionCall::CompletionCall(CompletionRequest request, CallObserver& observer,
                               const CallEnvironment& environment)
    : request_(std::move(request)),
      observer_(observer),
      env_(environment),
      started_(environment.clock.Monotonic()) {
  env_.in_flight.fetch_add(1, std::memory_order_relaxed);
}

CompletionCall::~CompletionCall() {
  if (permit_) {
    target_->circuit().Report(*permit_, CircuitResult::kNeutral, "");
    target_->AttemptEnded(Outcome::kCancelled);
  }
  if (!ended_) env_.in_flight.fetch_sub(1, std::memory_order_relaxed);
}

void CompletionCall::Begin() {
  inside_start_ = true;
  auto slot = ModelSlot::Find(request_.body, request_.model_begin, request_.model_end);
  if (slot.ok()) {
    slot_ = *std::move(slot);
    candidates_ = env_.selector.Candidates(request_);
    Advance();
  } else {
    End({Outcome::kBadRequest, std::string(base::Message(slot.status())), 0});
  }
  inside_start_ = false;
}

void CompletionCall::Reject(Outcome outcome, std::string message) {
  inside_start_ = true;
  End({outcome, std::move(message), 0});
  inside_start_ = false;
}

void CompletionCall::Pause() {
  paused_ = true;
  if (attempt_) attempt_->Pause();
}

void CompletionCall::Resume() {
  paused_ = false;
  if (attempt_) attempt_->Resume();
}

// Makes an attempt at the next usable candidate, or ends the call when there is none.
void CompletionCall::Advance() {
  while (next_candidate_ < candidates_.size()) {
    if (DeadlinePassed()) return EndUntried();
    tries_ = 0;
    if (StartAttempt(candidates_[next_candidate_++])) return;
  }
  EndUntried();
}

bool CompletionCall::StartAttempt(uint32_t target) {
  TargetState& state = *env_.targets[target];
  SkipReason reason = env_.selector.Check(target, request_);
  if (reason == SkipReason::kNone) {
    permit_ = state.circuit().Admit();
    if (!permit_) reason = SkipReason::kCircuitOpen;
  }
  if (reason != SkipReason::kNone) {
    skipped_.emplace_back(target, reason);
    return false;
  }
  if (!CheckCost(state) || !AdaptBody(state)) {
    state.circuit().Report(*permit_, CircuitResult::kNeutral, "");
    permit_.reset();
    return false;
  }
  target_ = &state;
  target_index_ = target;
  ++tries_;
  attempt_latency_us_ = 0;
  attempt_started_ = env_.clock.Monotonic();
  state.AttemptStarted();
  attempt_ = env_.upstream.Start(MakeRequest(state), *this);
  if (paused_) attempt_->Pause();
  return true;
}

// False when the request may cost more than a limit allows: another target may be cheaper.
bool CompletionCall::CheckCost(const TargetState& target) {
  const TargetOptions& options = target.options();
  std::optional<uint64_t> limit = options.max_cost_nano_usd;
  if (request_.max_cost_nano_usd) limit = std::min(limit.value_or(UINT64_MAX), *request_.max_cost_nano_usd);
  if (!limit) return true;
  const std::optional<Pricing> price = PriceAt(target);
  if (!price) {
    refused_ = {Outcome::kCostTooHigh,
                base::StrCat("target ", options.id, ": the price of ", ModelSent(target),
                             " is not known, so that the limit of cost cannot be kept; set `pricing`"),
                0};
    return false;
  }
  const uint64_t cost = GreatestCostNanoUsd(*price, request_, options.dialect.default_max_tokens);
  if (cost <= *limit) return true;
  refused_ = {Outcome::kCostTooHigh,
              base::StrCat("target ", options.id, ": the request may cost up to ", FormatUsd(cost),
                           " USD, and the limit is ", FormatUsd(*limit), "; shorten it or lower max_tokens"),
              0};
  return false;
}

// Makes the body what the target takes. False when it cannot: then another target may.
bool CompletionCall::AdaptBody(const TargetState& target) {
  const TargetOptions& options = target.options();
  if (options.passthrough_model) {
    slot_->Restore(request_.body);
  } else {
    slot_->Set(target.model_literal(), request_.body);
  }
  adapted_ = AdaptedRequest();
  Refusal refusal;
  if (!AdaptRequest(options.dialect, request_.operation, request_.stream, request_.body, &env_.tape,
                    &adapted_, &refusal)) {
    refused_ = {Outcome::kBadRequest, base::StrCat("target ", options.id, ": ", refusal.message), 0,
                std::move(refusal.param)};
    return false;
  }
  const auto now = env_.clock.Now().time_since_epoch();
  answer_ = MakeAnswerAdapter(options.dialect, request_.stream,
                              std::chrono::duration_cast<std::chrono::seconds>(now).count());
  return true;
}

UpstreamRequest CompletionCall::MakeRequest(const TargetState& target) {
  const TargetOptions& options = target.options();
  UpstreamRequest request;
  request.target = target_index_;
  request.path = PathOf(request_.operation);
  request.stream = request_.stream;
  request.timeout = request_.stream ? options.stream_timeout : options.timeout;
  const std::optional<base::Duration> remaining = Remaining();
  deadline_cut_ = remaining && *remaining < request.timeout;
  if (deadline_cut_) request.timeout = *remaining;
  // An answer that an adapter gives up on does not wait for the attempt's end, so that its body is a copy.
  body_lent_ = !adapted_.changed && answer_ == nullptr;
  if (body_lent_) {
    request.body = std::move(request_.body);
  } else {
    request.body = adapted_.changed ? std::move(adapted_.body) : request_.body;
  }
  return request;
}

void CompletionCall::OnUpstreamHead(int http_status, std::string_view content_type) {
  attempt_latency_us_ = MicrosSince(attempt_started_);
  first_byte_us_ = MicrosSince(started_);
  const TargetOptions& options = target_->options();
  head_.http_status = http_status;
  head_.content_type = content_type;
  head_.target = options.id;
  head_.provider = options.provider;
  head_.model = ModelSent(*target_);
  head_.attempts = static_cast<uint32_t>(attempts_.size()) + 1;
  head_.pricing = PriceAt(*target_);
  head_.dropped = adapted_.dropped;
  if (answer_ == nullptr) return SendHead();
  if (absl::Status begun = answer_->Begin(content_type); !begun.ok()) FailAnswer(begun);
}

void CompletionCall::SendHead() {
  if (head_sent_) return;
  head_sent_ = true;
  observer_.OnHead(head_);
}

void CompletionCall::OnUpstreamData(std::string_view bytes) {
  if (answer_ == nullptr) return observer_.OnData(bytes);
  translated_.clear();
  const absl::Status fed = answer_->Feed(bytes, &translated_);
  PassTranslated();
  if (!fed.ok()) FailAnswer(fed);
}

// In pieces such as a provider sends: transports bound their messages.
void CompletionCall::PassTranslated() {
  constexpr size_t kPiece = 32 * 1024;
  if (!translated_.empty()) SendHead();
  for (std::string_view rest = translated_; !rest.empty();
       rest.remove_prefix(std::min(kPiece, rest.size()))) {
    observer_.OnData(rest.substr(0, kPiece));
  }
}

// The provider answered 2xx with something that is no answer.
void CompletionCall::FailAnswer(const absl::Status& problem) {
  UpstreamResult result;
  result.error = TransportError::kMalformed;
  result.error_text = HideSecrets(base::Message(problem), target_->options().api_key);
  result.http_status = head_.http_status;
  OnUpstreamDone(std::move(result));
}

// What an adapter still holds when the provider's body is complete.
void CompletionCall::FinishAnswer(UpstreamResult& result) {
  const bool complete = result.error == TransportError::kNone && result.http_status / 100 == 2;
  if (answer_ == nullptr || !complete) return;
  translated_.clear();
  const absl::Status finished = answer_->Finish(&translated_);
  if (!finished.ok()) {
    result.error = TransportError::kMalformed;
    result.error_text = HideSecrets(base::Message(finished), target_->options().api_key);
    return;
  }
  SendHead();
  PassTranslated();
}

void CompletionCall::OnUpstreamDone(UpstreamResult result) {
  FinishAnswer(result);
  if (body_lent_) request_.body = std::move(result.request_body);
  attempt_.reset();
  AttemptVerdict verdict = JudgeAttempt(result, target_->options(), deadline_cut_);
  RecordAttempt(verdict, result.http_status);
  ending_ = {verdict.outcome, std::move(verdict.message), result.retry_after_seconds};
  if (head_sent_ || verdict.next == NextStep::kEnd) return Deliver();
  if (verdict.next == NextStep::kRetry && RetryLater(result.retry_after_seconds)) return;
  Advance();
}

void CompletionCall::RecordAttempt(const AttemptVerdict& verdict, int http_status) {
  target_->circuit().Report(*permit_, verdict.circuit, verdict.cause);
  permit_.reset();
  target_->AttemptEnded(verdict.outcome);
  if (IsTargetFault(verdict.outcome)) target_->SetLastError(ForOperator(verdict, target_->options()));
  Attempt& attempt = attempts_.emplace_back();
  attempt.target = target_->options().id;
  attempt.model = ModelSent(*target_);
  attempt.outcome = verdict.outcome;
  attempt.http_status = http_status;
  attempt.latency_us = attempt_latency_us_ != 0 ? attempt_latency_us_ : MicrosSince(attempt_started_);
}

// False when the policy says that this target has had its tries.
bool CompletionCall::RetryLater(int64_t retry_after_seconds) {
  const auto wait = env_.retry.Wait(tries_, retry_after_seconds, Remaining(), env_.rng);
  if (!wait) return false;
  timer_ = env_.timers.RunAfter(*wait, [this] { Retry(); });
  return true;
}

void CompletionCall::Retry() {
  if (DeadlinePassed()) return EndUntried();
  if (!StartAttempt(target_index_)) return Advance();
  target_->instruments().retries->Add();
}

// Ends the call because nothing more can be tried: with the last attempt's failure, if there was one.
void CompletionCall::EndUntried() {
  if (!attempts_.empty()) return End(std::move(ending_));
  if (refused_) return End(*std::move(refused_));
  if (DeadlinePassed())
    return End({Outcome::kTimeout, "the request's deadline passed before a target was asked", 0});
  NoTarget none = env_.selector.Explain(request_, skipped_);
  End({none.outcome, std::move(none.message), 0});
}

void CompletionCall::End(Ending ending) {
  ending_ = std::move(ending);
  if (!inside_start_) return Deliver();
  timer_ = env_.timers.RunAfter(base::Duration::zero(), [this] { Deliver(); });
}

void CompletionCall::Deliver() {
  ended_ = true;
  env_.in_flight.fetch_sub(1, std::memory_order_relaxed);
  CallSummary summary;
  summary.outcome = ending_.outcome;
  summary.message = std::move(ending_.message);
  summary.param = std::move(ending_.param);
  summary.retry_after_seconds = static_cast<int>(std::min<int64_t>(ending_.retry_after_seconds, 86'400));
  if (target_ != nullptr) summary.target = target_->options().id;
  summary.attempts = std::move(attempts_);
  summary.first_byte_us = first_byte_us_;
  summary.total_us = MicrosSince(started_);
  observer_.OnDone(summary);
}

std::optional<base::Duration> CompletionCall::Remaining() const {
  if (request_.context.deadline == base::MonotonicTime{}) return std::nullopt;
  return request_.context.deadline - env_.clock.Monotonic();
}

bool CompletionCall::DeadlinePassed() const {
  const auto remaining = Remaining();
  return remaining && *remaining <= base::Duration::zero();
}

const std::string& CompletionCall::ModelSent(const TargetState& target) const {
  return target.options().passthrough_model ? request_.model : target.options().model;
}

std::optional<Pricing> CompletionCall::PriceAt(const TargetState& target) const {
  const TargetOptions& options = target.options();
  return options.pricing ? options.pricing : FindListPrice(options.provider, ModelSent(target));
}

uint64_t CompletionCall::MicrosSince(base::MonotonicTime start) const {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(env_.clock.Monotonic() - start).count());
}

}  // namespace portcullis::router
