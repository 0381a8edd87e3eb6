#include "libs/telemetry/api/tracer.h"

#include <chrono>
#include <utility>

#include "libs/base/ids.h"
#include "libs/telemetry/api/gen_ai.h"

namespace portcullis::telemetry {
namespace {

// Where a traceparent has its trace id, its span id and its flags, all in lower-case hexadecimal digits.
constexpr size_t kTraceAt = 3;
constexpr size_t kTraceDigits = 32;
constexpr size_t kSpanAt = 36;
constexpr size_t kSpanDigits = 16;

uint8_t Digit(char c) { return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); }

template <size_t kSize>
void ReadHex(std::string_view digits, std::array<uint8_t, kSize>* bytes) {
  for (size_t i = 0; i < kSize; ++i) {
    (*bytes)[i] = static_cast<uint8_t>(Digit(digits[2 * i]) << 4 | Digit(digits[2 * i + 1]));
  }
}

template <size_t kSize>
void AppendHex(const std::array<uint8_t, kSize>& bytes, std::string* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const uint8_t byte : bytes) {
    *out += kDigits[byte >> 4];
    *out += kDigits[byte & 15];
  }
}

std::string_view TraceOf(std::string_view traceparent) { return traceparent.substr(kTraceAt, kTraceDigits); }
std::string_view SpanOf(std::string_view traceparent) { return traceparent.substr(kSpanAt, kSpanDigits); }

}  // namespace

bool IsSampled(std::string_view traceparent) {
  const bool flagged = !traceparent.empty() && (Digit(traceparent.back()) & 1) != 0;  // the cheaper question
  return flagged && base::IsValidTraceparent(traceparent);
}

struct ActiveSpan::State {
  // Points in time follow the monotonic clock from the start on: no span ends before it began, though the
  // system's clock be set meanwhile.
  base::SystemTime Now() const {
    return span.start + std::chrono::floor<std::chrono::microseconds>(clock->Monotonic() - began);
  }

  Tracer& tracer;
  const base::Clock* clock = nullptr;  // null: not started
  base::MonotonicTime began{};
  Span span;
};

ActiveSpan::ActiveSpan() = default;
ActiveSpan::ActiveSpan(ActiveSpan&& other) noexcept = default;
ActiveSpan::~ActiveSpan() { End(); }

std::string EnterTrace(std::string_view incoming, const Tracing& tracing, base::Rng& rng) {
  std::string own = base::ChildTraceparent(incoming, rng);
  const bool new_trace = !base::IsValidTraceparent(incoming);
  if (new_trace && tracing.tracer != nullptr && tracing.tracer->Samples(TraceOf(own))) own.back() = '1';
  return own;
}

ActiveSpan ActiveSpan::Make(std::string_view place, const Tracing& tracing, SpanKind kind, std::string name) {
  ActiveSpan active;
  if (!tracing.Wants(place)) return active;
  active.state_.reset(new State{*tracing.tracer, nullptr, {}, {}});
  Span& span = active.state_->span;
  ReadHex(TraceOf(place), &span.trace_id);
  span.kind = kind;
  span.name = std::move(name);
  return active;
}

ActiveSpan ActiveSpan::Below(std::string_view parent, const Tracing& tracing, base::Rng& rng, SpanKind kind,
                             std::string name) {
  ActiveSpan active = Make(parent, tracing, kind, std::move(name));
  if (!active) return active;
  Span& span = active.state_->span;
  ReadHex(SpanOf(parent), &span.parent_id);
  const uint64_t id = rng.Next() | 1;  // never all zero
  for (size_t i = 0; i < span.id.size(); ++i) span.id[i] = static_cast<uint8_t>(id >> (8 * i));
  return active;
}

ActiveSpan ActiveSpan::At(std::string_view own, std::string_view incoming, const Tracing& tracing,
                          SpanKind kind, std::string name) {
  ActiveSpan active = Make(own, tracing, kind, std::move(name));
  if (!active) return active;
  Span& span = active.state_->span;
  ReadHex(SpanOf(own), &span.id);
  if (base::IsValidTraceparent(incoming) && TraceOf(incoming) == TraceOf(own)) {
    ReadHex(SpanOf(incoming), &span.parent_id);
  }
  return active;
}

ActiveSpan& ActiveSpan::operator=(ActiveSpan&& other) noexcept {
  if (this == &other) return *this;
  End();
  state_ = std::move(other.state_);
  return *this;
}

void ActiveSpan::Start(const base::Clock& clock) {
  if (!state_) return;
  state_->clock = &clock;
  state_->began = clock.Monotonic();
  state_->span.start = clock.Now();
}

bool ActiveSpan::started() const { return state_ != nullptr && state_->clock != nullptr; }

std::string ActiveSpan::traceparent() const {
  std::string text;
  if (!state_) return text;
  text = "00-";
  AppendHex(state_->span.trace_id, &text);
  text += '-';
  AppendHex(state_->span.id, &text);
  text += "-01";
  return text;
}

void ActiveSpan::Set(std::string_view name, AttributeValue value) {
  if (state_) state_->span.attributes.emplace_back(name, std::move(value));
}

void ActiveSpan::SetText(std::string_view name, std::string_view value) {
  if (state_ && !value.empty()) state_->span.attributes.emplace_back(name, std::string(value));
}

void ActiveSpan::SetNumber(std::string_view name, uint64_t value) {
  if (state_) state_->span.attributes.emplace_back(name, static_cast<int64_t>(value));
}

void ActiveSpan::Event(std::string_view name) {
  if (started()) state_->span.events.push_back({name, state_->Now()});
}

void ActiveSpan::Fail(std::string_view error_type) {
  if (!state_) return;
  state_->span.failed = true;
  SetText(kErrorType, error_type);
}

void ActiveSpan::End() {
  const std::unique_ptr<State> state = std::move(state_);
  if (!state || state->clock == nullptr) return;
  state->span.end = state->Now();
  state->tracer.Record(std::move(state->span));
}

}  // namespace portcullis::telemetry
