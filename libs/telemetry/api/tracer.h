// Traces without a backend: what code that is traced may know.
//
// A trace is a tree of spans over all services; a request's place in it travels as a W3C traceparent
// (base::RequestContext). Whether a request is traced is decided once, where it enters the suite: as its
// caller's traceparent says, else by chance. Everybody behind goes by the sampled flag.
//
//   ActiveSpan span =
//       ActiveSpan::Below(context.traceparent, tracing, rng, SpanKind::kInternal, "policy input");
//   span.Start(clock);
//   ...
//   if (span) span.Set("portcullis.policy.action", "allow");
//   span.End();   // or its destruction
//
// What nobody wants costs a virtual call and no memory: such a span is empty. Spans never hold text of
// requests or answers, keys, or values of headers.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/rng.h"

namespace portcullis::telemetry {

// kServer: serves a call of another process; kClient: waits for one.
enum class SpanKind : uint8_t { kInternal, kServer, kClient };

using AttributeValue = std::variant<std::string, int64_t, double, bool, std::vector<std::string>>;

struct SpanEvent {
  std::string_view name;  // a literal
  base::SystemTime time;
};

// A span that has ended.
struct Span {
  std::array<uint8_t, 16> trace_id{};
  std::array<uint8_t, 8> id{};
  std::array<uint8_t, 8> parent_id{};  // all zero: the root of its trace
  SpanKind kind = SpanKind::kInternal;
  bool failed = false;
  std::string name;
  base::SystemTime start;
  base::SystemTime end;
  std::vector<std::pair<std::string_view, AttributeValue>> attributes;  // names are literals
  std::vector<SpanEvent> events;
};

// Thread-safe; never waits.
class Tracer {
 public:
  virtual ~Tracer() = default;

  // Whether spans of the trace of `traceparent` are recorded: it is well-formed and its sampled flag is set.
  virtual bool Wants(std::string_view traceparent) const = 0;

  // Whether a trace that begins here is recorded, by its id: the 32 digits of a traceparent.
  virtual bool Samples(std::string_view trace_id) const = 0;

  // Takes a span that has ended. It may be dropped, and then is counted.
  virtual void Record(Span span) = 0;
};

// Whether `traceparent` is well-formed and its sampled flag is set.
bool IsSampled(std::string_view traceparent);

// Where the spans of a part of a process go. What it refers to outlives whoever has a copy.
struct Tracing {
  Tracer* tracer = nullptr;              // null: nowhere
  SpanKind entry = SpanKind::kInternal;  // of calls that come in: kServer if other processes send them

  bool Wants(std::string_view traceparent) const { return tracer != nullptr && tracer->Wants(traceparent); }
};

// The traceparent of the span of a request that enters the suite with `incoming`; "" or malformed: a new
// trace.
std::string EnterTrace(std::string_view incoming, const Tracing& tracing, base::Rng& rng);

// A span under way. Movable; used by one thread at a time.
class ActiveSpan {
 public:
  ActiveSpan();  // empty

  // A child of the span that `parent` names. Draws its id.
  static ActiveSpan Below(std::string_view parent, const Tracing& tracing, base::Rng& rng, SpanKind kind,
                          std::string name);

  // The span that `own` names; its parent is that of `incoming`, if they are of one trace.
  static ActiveSpan At(std::string_view own, std::string_view incoming, const Tracing& tracing, SpanKind kind,
                       std::string name);

  ~ActiveSpan();  // End()
  ActiveSpan(ActiveSpan&& other) noexcept;
  ActiveSpan& operator=(ActiveSpan&& other) noexcept;

  // False: nobody wants it, and nothing below does anything.
  explicit operator bool() const { return state_ != nullptr; }

  // Now is when it begins. `clock` outlives the span. One that was never started is not recorded.
  void Start(const base::Clock& clock);
  bool started() const;

  // For children: names this span. "" when empty.
  std::string traceparent() const;

  void Set(std::string_view name, AttributeValue value);
  void SetText(std::string_view name, std::string_view value);  // "" is left out
  void SetNumber(std::string_view name, uint64_t value);
  void Event(std::string_view name);

  // It did not do what it was for: `error.type`, one of few values.
  void Fail(std::string_view error_type);

  // Records it. What follows does nothing.
  void End();

 private:
  struct State;
  static ActiveSpan Make(std::string_view place, const Tracing& tracing, SpanKind kind, std::string name);

  std::unique_ptr<State> state_;
};

}  // namespace portcullis::telemetry
