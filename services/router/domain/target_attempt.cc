#include "services/router/domain/target_attempt.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/base/strings.h"
#include "libs/telemetry/api/gen_ai.h"

namespace portcullis::router {
namespace {

// Outcomes that say something about the target.
bool IsTargetFault(Outcome outcome) {
  return outcome != Outcome::kOk && outcome != Outcome::kBadRequest && outcome != Outcome::kContextTooLong &&
         outcome != Outcome::kContentFiltered && outcome != Outcome::kCostTooHigh;
}

std::string ForOperator(const AttemptVerdict& verdict, const TargetOptions& target, uint32_t key) {
  const std::string& source = key < target.keys.size() ? target.keys[key].source : target.api_key_source;
  if (verdict.outcome != Outcome::kUpstreamAuth || source.empty()) return verdict.message;
  return base::StrCat(verdict.message, "; the key is that of ", source);
}

int64_t Millis(base::Duration time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

}  // namespace

TargetAttempt::TargetAttempt(Owner& owner, const AttemptPorts& ports, TargetState& target,
                             CircuitBreaker::Permit permit, const std::string& model, bool deadline_cut)
    : owner_(owner),
      ports_(ports),
      target_(target),
      permit_(permit),
      model_(model),
      started_(ports.clock.Monotonic()),
      deadline_cut_(deadline_cut) {
  target_.AttemptStarted();
}

TargetAttempt::~TargetAttempt() {
  if (running_) Cancel();
}

Attempt TargetAttempt::Cancel() {
  running_ = false;
  timer_.reset();
  attempt_.reset();
  target_.circuit().Report(permit_, CircuitResult::kNeutral, "");
  target_.AttemptEnded(Outcome::kCancelled);
  Attempt record = Record(Outcome::kCancelled, 0);
  EndSpan(record);
  return record;
}

void TargetAttempt::Adapt(std::unique_ptr<AnswerAdapter> answer, std::vector<std::string> dropped) {
  answer_ = std::move(answer);
  dropped_ = std::move(dropped);
}

void TargetAttempt::Trace(telemetry::ActiveSpan span) {
  span_ = std::move(span);
  span_.Start(ports_.clock);
}

void TargetAttempt::Start(UpstreamRequest request) {
  index_ = request.target;
  key_ = request.key;
  stream_ = request.stream;
  attempt_ = ports_.upstream.Start(std::move(request), *this);
  if (target_.options().first_byte_timeout) WatchFirstByte();
}

void TargetAttempt::Pause() {
  paused_ = true;
  if (attempt_) attempt_->Pause();
}

void TargetAttempt::Resume() {
  paused_ = false;
  if (timer_) heard_ = ports_.clock.Monotonic();
  if (attempt_) attempt_->Resume();
}

void TargetAttempt::WatchFirstByte() {
  timer_ = ports_.timers.RunAfter(*target_.options().first_byte_timeout, [this] {
    TimeOut(base::StrCat("no first byte within ", Millis(*target_.options().first_byte_timeout), " ms"));
  });
}

void TargetAttempt::WatchSilence(base::Duration time) {
  timer_ = ports_.timers.RunAfter(time, [this] { OnSilence(); });
}

// The timer is not moved with each part: when it fires it looks at when the last one came.
void TargetAttempt::OnSilence() {
  const base::Duration limit = *target_.options().idle_timeout;
  const base::Duration silence = ports_.clock.Monotonic() - heard_;
  if (paused_) return WatchSilence(limit);
  if (silence < limit) return WatchSilence(limit - silence);
  TimeOut(base::StrCat("nothing came for ", Millis(limit), " ms"));
}

void TargetAttempt::TimeOut(std::string text) {
  UpstreamResult result;
  result.request_body = attempt_->CopyBody();
  attempt_.reset();
  result.error = TransportError::kTimeout;
  result.error_text = std::move(text);
  OnUpstreamDone(std::move(result));
}

void TargetAttempt::OnUpstreamHead(int http_status, std::string_view content_type) {
  first_byte_us_ = std::max<uint64_t>(Micros(), 1);
  span_.Event("first byte");
  timer_.reset();
  if (stream_ && target_.options().idle_timeout) {
    heard_ = ports_.clock.Monotonic();
    WatchSilence(*target_.options().idle_timeout);
  }
  http_status_ = http_status;
  content_type_ = content_type;
  if (answer_ == nullptr) return TellHead();
  if (absl::Status begun = answer_->Begin(content_type); !begun.ok()) FailAnswer(begun);
}

void TargetAttempt::TellHead() {
  if (std::exchange(head_told_, true)) return;
  owner_.OnAttemptHead(*this, http_status_, content_type_);
}

void TargetAttempt::OnUpstreamData(std::string_view bytes) {
  if (timer_) heard_ = ports_.clock.Monotonic();
  if (answer_ == nullptr) return owner_.OnAttemptData(*this, bytes);
  translated_.clear();
  const absl::Status fed = answer_->Feed(bytes, &translated_);
  PassTranslated();
  if (!fed.ok()) FailAnswer(fed);
}

// In pieces such as a provider sends: transports bound their messages.
void TargetAttempt::PassTranslated() {
  constexpr size_t kPiece = 32 * 1024;
  if (!translated_.empty()) TellHead();
  for (std::string_view rest = translated_; !rest.empty();
       rest.remove_prefix(std::min(kPiece, rest.size()))) {
    owner_.OnAttemptData(*this, rest.substr(0, kPiece));
  }
}

// The provider answered 2xx with something that is no answer.
void TargetAttempt::FailAnswer(const absl::Status& problem) {
  answer_.reset();
  UpstreamResult result = Malformed(problem);
  result.request_body = attempt_->CopyBody();
  OnUpstreamDone(std::move(result));
}

UpstreamResult TargetAttempt::Malformed(const absl::Status& problem) const {
  UpstreamResult result;
  result.error = TransportError::kMalformed;
  result.error_text = base::Message(problem);
  result.http_status = http_status_;
  return result;
}

// What the adapter still holds when the provider's body is complete.
void TargetAttempt::FinishAnswer(UpstreamResult& result) {
  const bool complete = result.error == TransportError::kNone && result.http_status / 100 == 2;
  if (answer_ == nullptr || !complete) return;
  translated_.clear();
  if (const absl::Status finished = answer_->Finish(&translated_); !finished.ok()) {
    std::string body = std::move(result.request_body);
    result = Malformed(finished);
    result.request_body = std::move(body);
    return;
  }
  TellHead();
  PassTranslated();
}

void TargetAttempt::OnUpstreamDone(UpstreamResult result) {
  FinishAnswer(result);
  running_ = false;
  timer_.reset();
  attempt_.reset();
  AttemptEnd end;
  end.verdict = JudgeAttempt(result, target_.options(), deadline_cut_);
  Learn(end.verdict, result);
  end.http_status = result.http_status;
  end.retry_after = result.retry_after;
  end.body = std::move(result.request_body);
  end.record = Record(end.verdict.outcome, result.http_status);
  EndSpan(end.record);
  owner_.OnAttemptDone(*this, std::move(end));
}

void TargetAttempt::Learn(const AttemptVerdict& verdict, const UpstreamResult& result) {
  const base::MonotonicTime now = ports_.clock.Monotonic();
  target_.circuit().Report(permit_, verdict.circuit, verdict.cause);
  target_.LearnOfKey(key_, verdict, result.http_status, result.retry_after, now);
  target_.AttemptEnded(verdict.outcome);
  if (IsTargetFault(verdict.outcome)) target_.SetLastError(ForOperator(verdict, target_.options(), key_));
  if (verdict.outcome == Outcome::kOk) {
    target_.latency(stream_).Record(first_byte_us_, now);
    if (ports_.learn_p95) target_.first_byte_p95(stream_).Record(first_byte_us_, now);
  } else if (verdict.outcome == Outcome::kTimeout && verdict.circuit == CircuitResult::kFailure) {
    target_.latency(stream_).Record(Micros(), now);  // it would have taken at least that long
  }
}

Attempt TargetAttempt::Record(Outcome outcome, int http_status) const {
  Attempt attempt;
  attempt.target = target_.options().id;
  attempt.model = model_;
  attempt.outcome = outcome;
  attempt.http_status = http_status;
  attempt.latency_us = first_byte_us_ != 0 ? first_byte_us_ : Micros();
  return attempt;
}

void TargetAttempt::EndSpan(const Attempt& record) {
  if (!span_) return;
  span_.SetText("portcullis.target", record.target);
  span_.SetText("portcullis.outcome", OutcomeName(record.outcome));
  span_.SetText(telemetry::gen_ai::kProvider, telemetry::gen_ai::ProviderOf(target_.options().provider));
  span_.SetText(telemetry::gen_ai::kRequestModel, record.model);
  const int status = record.http_status != 0 ? record.http_status : http_status_;
  if (status != 0) span_.SetNumber(telemetry::kHttpStatus, static_cast<uint64_t>(status));
  if (record.outcome != Outcome::kOk) span_.Fail(OutcomeName(record.outcome));
  span_.End();
}

uint64_t TargetAttempt::Micros() const {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(ports_.clock.Monotonic() - started_).count());
}

}  // namespace portcullis::router
