#include "services/router/domain/completion_call.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/base/strings.h"
#include "libs/telemetry/api/gen_ai.h"
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

}  // namespace

CompletionCall::CompletionCall(CompletionRequest request, CallObserver& observer,
                               const CallEnvironment& environment)
    : request_(std::move(request)),
      observer_(observer),
      env_(environment),
      started_(environment.ports.clock.Monotonic()),
      span_(telemetry::ActiveSpan::Below(request_.context.traceparent, environment.tracing, environment.rng,
                                         environment.tracing.entry, "route")) {
  span_.Start(environment.ports.clock);
  env_.in_flight.fetch_add(1, std::memory_order_relaxed);
}

CompletionCall::~CompletionCall() {
  if (ended_) return;
  env_.in_flight.fetch_sub(1, std::memory_order_relaxed);
  for (auto& attempt : running_) attempt.reset();  // its span ends before that of the call
  span_.Fail(OutcomeName(Outcome::kCancelled));
}

void CompletionCall::Begin() {
  inside_start_ = true;
  auto slot = ModelSlot::Find(request_.body, request_.model_begin, request_.model_end);
  if (slot.ok()) {
    slot_ = *std::move(slot);
    env_.retry_budget.OnCall(started_);
    if (env_.options.hedge.enabled) env_.hedge_budget.OnCall(started_);
    if (env_.options.mirror.enabled) env_.mirror.Offer(request_, PathOf(request_.operation), *slot_);
    candidates_ = env_.selector.Select(request_);
    Advance();
    if (running_[kMain]) ArmHedge();
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

// A rival is not paused before it has begun to answer: of two attempts only the main one is held up.
void CompletionCall::Pause() {
  paused_ = true;
  if (running_[kMain]) return running_[kMain]->Pause();
  if (running_[kRival]) running_[kRival]->Pause();
}

void CompletionCall::Resume() {
  paused_ = false;
  if (running_[kMain]) return running_[kMain]->Resume();
  if (running_[kRival]) running_[kRival]->Resume();
}

// Makes an attempt at the next usable candidate, or ends the call when there is none.
void CompletionCall::Advance() {
  while (targets_tried_ <= env_.retry.fallback().max_attempts) {
    if (DeadlinePassed()) return EndUntried();
    const std::optional<uint32_t> target = candidates_.Next();
    if (!target) break;
    if (!FitsContext(*target)) continue;
    tries_ = 0;
    if (StartAttempt(*target)) return;
  }
  if (!AskLastResort()) EndUntried();
}

bool CompletionCall::FitsContext(uint32_t target) const {
  return context_above_ == 0 ||
         env_.targets[target]->options().max_context_tokens.value_or(0) > context_above_;
}

// When nothing was tried: what was passed over for a refused key may have it back, and if the settings want
// it, the first one whose circuit is open is asked all the same.
bool CompletionCall::AskLastResort() {
  if (!attempts_.empty() || DeadlinePassed()) return false;
  const bool despite_circuits = env_.options.circuit_breaker.when_all_open == WhenAllOpen::kLastResort;
  for (size_t i = 0, count = skipped_.size(); i < count; ++i) {
    const auto [target, reason] = skipped_[i];
    const bool worth_it =
        reason == SkipReason::kKeyRefused || (reason == SkipReason::kCircuitOpen && despite_circuits);
    if (worth_it && StartAttempt(target, kMain, true)) return true;
    skipped_.resize(count);
  }
  return false;
}

SkipReason CompletionCall::Admit(uint32_t target, bool last_resort, uint32_t* key,
                                 std::optional<CircuitBreaker::Permit>* permit) {
  TargetState& state = *env_.targets[target];
  const SkipReason reason = env_.selector.Check(target, request_);
  if (reason != SkipReason::kNone) return reason;
  const std::optional<uint32_t> ready = state.keys().Pick(env_.ports.clock.Monotonic(), env_.rng);
  if (!ready && !last_resort) return SkipReason::kKeyRefused;
  *key = ready ? *ready : state.keys().Soonest();
  *permit = state.circuit().Admit();
  const bool despite = last_resort && env_.options.circuit_breaker.when_all_open == WhenAllOpen::kLastResort;
  if (!*permit && despite) *permit = CircuitBreaker::AdmitAnyway();
  return *permit ? SkipReason::kNone : SkipReason::kCircuitOpen;
}

bool CompletionCall::StartAttempt(uint32_t target, Side side, bool last_resort) {
  TargetState& state = *env_.targets[target];
  std::optional<CircuitBreaker::Permit> permit;
  uint32_t key = 0;
  const SkipReason reason = Admit(target, last_resort, &key, &permit);
  if (reason != SkipReason::kNone) {
    skipped_.emplace_back(target, reason);
    return false;
  }
  AdaptedRequest adapted;
  if (!CheckCost(state) || !AdaptBody(state, &adapted)) {
    state.circuit().Report(*permit, CircuitResult::kNeutral, "");
    return false;
  }
  bool deadline_cut = false;
  UpstreamRequest request = MakeRequest(target, key, &deadline_cut);
  const auto now = env_.ports.clock.Now().time_since_epoch();
  std::unique_ptr<AnswerAdapter> answer =
      MakeAnswerAdapter(state.options().dialect, request_.stream,
                        std::chrono::duration_cast<std::chrono::seconds>(now).count());
  request.body = BodyFor(&adapted);
  if (side == kMain) {
    target_ = &state;
    target_index_ = target;
    if (++tries_ == 1) ++targets_tried_;
  }
  TargetAttempt::Owner& self = *this;
  TargetAttempt& attempt =
      running_[side].emplace(self, env_.ports, state, *permit, ModelSent(state), deadline_cut);
  attempt.Adapt(std::move(answer), std::move(adapted.dropped));
  if (span_) attempt.Trace(AttemptSpan(state, side));
  attempt.Start(std::move(request));
  if (paused_ && side == kMain) attempt.Pause();
  return true;
}

// Named as the GenAI conventions want: "chat mistral-small-latest".
telemetry::ActiveSpan CompletionCall::AttemptSpan(const TargetState& target, Side side) const {
  namespace gen_ai = telemetry::gen_ai;
  const std::string_view operation = gen_ai::OperationOf(OperationName(request_.operation));
  auto span = telemetry::ActiveSpan::Below(span_.traceparent(), env_.tracing, env_.rng,
                                           telemetry::SpanKind::kClient,
                                           base::StrCat(operation, " ", ModelSent(target)));
  span.SetText(gen_ai::kOperation, operation);
  span.SetNumber("portcullis.attempt", attempts_.size() + (side == kRival ? 2 : 1));
  if (side == kRival) span.Set("portcullis.hedge", true);
  return span;
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
bool CompletionCall::AdaptBody(const TargetState& target, AdaptedRequest* adapted) {
  const TargetOptions& options = target.options();
  if (options.ModelFor(request_.model) == request_.model) {
    slot_->Restore(request_.body);
  } else {
    slot_->Set(target.model_literal(), request_.body);
  }
  Refusal refusal;
  if (!AdaptRequest(options.dialect, request_.operation, request_.stream, request_.body, &env_.tape, adapted,
                    &refusal)) {
    refused_ = {Outcome::kBadRequest, base::StrCat("target ", options.id, ": ", refusal.message), 0,
                std::move(refusal.param)};
    return false;
  }
  return true;
}

UpstreamRequest CompletionCall::MakeRequest(uint32_t target, uint32_t key, bool* deadline_cut) {
  const TargetOptions& options = env_.targets[target]->options();
  UpstreamRequest request;
  request.target = target;
  request.key = key;
  request.path = PathOf(request_.operation);
  request.stream = request_.stream;
  request.timeout = request_.stream ? options.stream_timeout : options.timeout;
  const std::optional<base::Duration> remaining = Remaining();
  *deadline_cut = remaining && *remaining < request.timeout;
  if (*deadline_cut) request.timeout = *remaining;
  return request;
}

// The client's own body is lent to the attempt, which gives it back; a copy goes where a rival may need it
// meanwhile.
std::string CompletionCall::BodyFor(AdaptedRequest* adapted) {
  if (adapted->changed) return std::move(adapted->body);
  return env_.options.hedge.enabled ? request_.body : std::exchange(request_.body, {});
}

void CompletionCall::OnAttemptHead(TargetAttempt& attempt, int http_status, std::string_view content_type) {
  hedge_timer_.reset();
  DropLoser(running_[kRival] && &attempt == &*running_[kRival] ? kRival : kMain);
  if (paused_) attempt.Pause();
  head_sent_ = true;
  first_byte_us_ = MicrosSince(started_);
  target_ = &attempt.target();
  const TargetOptions& options = target_->options();
  ResponseHead head;
  head.http_status = http_status;
  head.content_type = content_type;
  head.target = options.id;
  head.provider = options.provider;
  head.model = ModelSent(*target_);
  head.attempts = static_cast<uint32_t>(attempts_.size()) + 1;
  head.pricing = PriceAt(*target_);
  head.dropped = attempt.dropped();
  head.variant = candidates_.variant();
  observer_.OnHead(head);
}

void CompletionCall::OnAttemptData(TargetAttempt&, std::string_view bytes) { observer_.OnData(bytes); }

void CompletionCall::OnAttemptDone(TargetAttempt& attempt, AttemptEnd end) {
  const bool was_rival = running_[kRival] && &attempt == &*running_[kRival];
  TargetState& target = attempt.target();
  const uint32_t index = attempt.target_index();
  if (request_.body.empty()) request_.body = std::move(end.body);  // it was lent
  attempts_.push_back(std::move(end.record));
  const std::chrono::seconds retry_after = std::chrono::ceil<std::chrono::seconds>(end.retry_after);
  ending_ = {end.verdict.outcome, end.verdict.message, retry_after.count()};
  running_[was_rival ? kRival : kMain].reset();
  if (was_rival && !head_sent_) CountHedge(false, target);
  if (head_sent_) return Deliver();
  if (running_[was_rival ? kMain : kRival]) {
    if (end.verdict.next == NextStep::kEnd) {
      DropLoser(was_rival ? kRival : kMain);
      return Deliver();
    }
    if (paused_ && !was_rival) running_[kRival]->Pause();
    return;  // the other may still answer
  }
  hedge_timer_.reset();
  target_ = &target;
  target_index_ = index;
  GoOnAfter(end);
}

void CompletionCall::GoOnAfter(const AttemptEnd& end) {
  TargetState& target = *env_.targets[target_index_];
  if (end.verdict.kind == FailureKind::kContext && env_.retry.MovesOn(end.verdict)) {
    // Unknown sizes are taken for small: 1, so that only declared ones are greater.
    context_above_ = std::max(target.options().max_context_tokens.value_or(1), context_above_);
    return Advance();
  }
  if (end.verdict.kind == FailureKind::kFiltered && env_.retry.MovesOn(end.verdict)) return Advance();
  if (end.verdict.next == NextStep::kEnd) return Deliver();
  const bool about_key = end.verdict.kind == FailureKind::kKey || end.verdict.kind == FailureKind::kRateLimit;
  const bool other_key = about_key && target.keys().size() > 1 && env_.retry.may_try_again(tries_) &&
                         target.keys().HasReady(env_.ports.clock.Monotonic());
  if (other_key && !DeadlinePassed()) return Retry();
  if (env_.retry.Repeats(end.verdict, end.http_status) && RetryLater(end)) return;
  if (!env_.retry.MovesOn(end.verdict)) return Deliver();
  Advance();
}

// False when the policy says that this target has had its tries.
bool CompletionCall::RetryLater(const AttemptEnd& end) {
  const auto wait = env_.retry.Wait(tries_, end.retry_after, Remaining(), env_.rng);
  if (!wait) return false;
  if (!env_.retry_budget.Take(env_.ports.clock.Monotonic())) {
    env_.refused_retries.Add();
    return false;
  }
  timer_ = env_.ports.timers.RunAfter(*wait, [this] { Retry(); });
  return true;
}

void CompletionCall::Retry() {
  if (DeadlinePassed()) return EndUntried();
  if (!StartAttempt(target_index_)) return Advance();
  env_.targets[target_index_]->instruments().retries->Add();
}

void CompletionCall::ArmHedge() {
  const HedgeOptions& hedge = env_.options.hedge;
  if (!hedge.enabled) return;
  base::Duration delay = hedge.delay;
  if (delay == base::Duration::zero()) {
    const LatencyEstimate& p95 = env_.targets[target_index_]->first_byte_p95(request_.stream);
    if (!p95.HasSamples(kHedgeSamples)) return;  // too little is known
    delay = std::chrono::microseconds(static_cast<int64_t>(p95.micros()));
  }
  hedge_timer_ = env_.ports.timers.RunAfter(delay, [this] { Hedge(); });
}

// Sends a rival: to the next usable target, or to the same one when there is no other.
void CompletionCall::Hedge() {
  if (hedged_ || head_sent_ || !running_[kMain] || DeadlinePassed()) return;
  hedged_ = true;
  if (!env_.hedge_budget.Take(env_.ports.clock.Monotonic())) return;
  while (const std::optional<uint32_t> target = candidates_.Next()) {
    if (StartAttempt(*target, kRival)) return;
  }
  StartAttempt(target_index_, kRival);
}

void CompletionCall::CountHedge(bool won, TargetState& rival) {
  (won ? rival.instruments().hedges_won : rival.instruments().hedges_lost)->Add();
}

void CompletionCall::DropLoser(Side winner) {
  const Side loser = winner == kMain ? kRival : kMain;
  if (running_[kRival]) CountHedge(winner == kRival, running_[kRival]->target());
  if (!running_[loser]) return;
  attempts_.push_back(running_[loser]->Cancel());
  running_[loser].reset();
}

// Ends the call because nothing more can be tried: with the last attempt's failure, if there was one.
void CompletionCall::EndUntried() {
  if (!attempts_.empty()) return End(std::move(ending_));
  if (refused_) return End(*std::move(refused_));
  if (DeadlinePassed())
    return End({Outcome::kTimeout, "the request's deadline passed before a target was asked", 0});
  NoTarget none = env_.selector.Explain(request_, skipped_);
  End({none.outcome, std::move(none.message), none.retry_after_seconds});
}

void CompletionCall::End(Ending ending) {
  ending_ = std::move(ending);
  if (!inside_start_) return Deliver();
  timer_ = env_.ports.timers.RunAfter(base::Duration::zero(), [this] { Deliver(); });
}

void CompletionCall::Deliver() {
  ended_ = true;
  env_.in_flight.fetch_sub(1, std::memory_order_relaxed);
  CallSummary summary;
  summary.outcome = ending_.outcome;
  summary.message = std::move(ending_.message);
  summary.param = std::move(ending_.param);
  summary.retry_after_seconds = static_cast<int>(std::min<int64_t>(ending_.retry_after_seconds, 86'400));
  if (target_ != nullptr) {
    summary.target = target_->options().id;
    summary.provider = target_->options().provider;
  }
  summary.variant = candidates_.variant();
  summary.attempts = std::move(attempts_);
  summary.first_byte_us = first_byte_us_;
  summary.total_us = MicrosSince(started_);
  EndSpan(summary);
  observer_.OnDone(summary);
}

void CompletionCall::EndSpan(const CallSummary& summary) {
  if (!span_) return;
  span_.SetText("portcullis.target", summary.target);
  span_.SetText("portcullis.variant", summary.variant);
  span_.SetText("portcullis.outcome", OutcomeName(summary.outcome));
  span_.SetNumber("portcullis.attempts", summary.attempts.size());
  span_.SetText(telemetry::gen_ai::kRequestModel, request_.model);
  if (summary.outcome != Outcome::kOk) span_.Fail(OutcomeName(summary.outcome));
  span_.End();
}

std::optional<base::Duration> CompletionCall::Remaining() const {
  if (request_.context.deadline == base::MonotonicTime{}) return std::nullopt;
  return request_.context.deadline - env_.ports.clock.Monotonic();
}

bool CompletionCall::DeadlinePassed() const {
  const auto remaining = Remaining();
  return remaining && *remaining <= base::Duration::zero();
}

const std::string& CompletionCall::ModelSent(const TargetState& target) const {
  return target.options().ModelFor(request_.model);
}

std::optional<Pricing> CompletionCall::PriceAt(const TargetState& target) const {
  const TargetOptions& options = target.options();
  return options.pricing ? options.pricing : FindListPrice(options.provider, ModelSent(target));
}

uint64_t CompletionCall::MicrosSince(base::MonotonicTime start) const {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(env_.ports.clock.Monotonic() - start).count());
}

}  // namespace portcullis::router
