#include "services/policy/app/traced_policy.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"

namespace portcullis::policy {
namespace {

using telemetry::ActiveSpan;

// Kinds of policies that found something, each once.
void AddKinds(const std::vector<Finding>& findings, std::vector<std::string>* kinds) {
  for (const Finding& finding : findings) {
    const bool known = std::find(kinds->begin(), kinds->end(), finding.policy) != kinds->end();
    if (!known) kinds->push_back(finding.policy);
  }
}

// What a check of one direction came to. Never what was found.
struct Result {
  Action action = Action::kAllow;
  std::string policy;
  std::string reason_code;
  std::vector<std::string> kinds;
  uint64_t scanned_bytes = 0;

  template <typename Outcome>  // Decision or GuardResult
  void Add(const Outcome& outcome) {
    action = std::max(action, outcome.action);
    if (!outcome.policy.empty()) policy = outcome.policy;
    if (!outcome.reason_code.empty()) reason_code = outcome.reason_code;
    AddKinds(outcome.findings, &kinds);
    scanned_bytes += outcome.scanned_bytes;
  }
};

void End(Result result, const absl::Status& status, ActiveSpan* span) {
  if (!*span) return;
  if (!status.ok()) span->Fail(absl::StatusCodeToString(status.code()));
  span->SetText("portcullis.policy.action", ActionName(result.action));
  span->SetText("portcullis.policy.decided_by", result.policy);
  span->SetText("portcullis.policy.reason_code", result.reason_code);
  if (!result.kinds.empty()) span->Set("portcullis.policy.acted", std::move(result.kinds));
  span->SetNumber("portcullis.policy.scanned_bytes", result.scanned_bytes);
  span->End();
}

class TracedExchange final : public Exchange {
 public:
  // `make_span` makes that of a check of an answer.
  TracedExchange(std::unique_ptr<Exchange> inner, const base::Clock& clock,
                 absl::AnyInvocable<ActiveSpan()> make_span)
      : inner_(std::move(inner)), clock_(clock), make_span_(std::move(make_span)) {}

  ~TracedExchange() override { Finish(absl::OkStatus()); }

  void SetTarget(std::string_view target) override { inner_->SetTarget(target); }
  void SetCanAskAgain(bool can) override { inner_->SetCanAskAgain(can); }

  void CheckOutput(std::vector<Segment> segments, DecisionCallback done) override {
    Begin();
    inner_->CheckOutput(std::move(segments),
                        [this, done = std::move(done)](absl::StatusOr<Decision> decision) mutable {
                          if (decision.ok()) {
                            result_.Add(*decision);
                            if (decision->again != Again::kNo) span_.Set("portcullis.policy.again", true);
                          }
                          Finish(decision.status());
                          std::move(done)(std::move(decision));
                        });
  }

  void Guard(const std::vector<Piece>& pieces, GuardCallback done) override {
    Begin();
    inner_->Guard(pieces, [this, done = std::move(done)](absl::StatusOr<GuardResult> result) mutable {
      if (result.ok()) result_.Add(*result);
      const bool final = !result.ok() || result->action >= Action::kEscalate;
      if (final) Finish(result.status());
      std::move(done)(std::move(result));
    });
  }

  void Close(const ExchangeSummary& summary) override {
    Finish(absl::OkStatus());
    inner_->Close(summary);
  }

 private:
  // The pieces of a stream have one span, an answer that was asked for again has its own.
  void Begin() {
    if (span_) return;
    span_ = make_span_();
    span_.Start(clock_);
  }

  // An answer that was not checked has no span.
  void Finish(const absl::Status& status) { End(std::exchange(result_, {}), status, &span_); }

  const std::unique_ptr<Exchange> inner_;
  const base::Clock& clock_;
  absl::AnyInvocable<ActiveSpan()> make_span_;
  ActiveSpan span_;
  Result result_;
};

}  // namespace

void TracedPolicy::Open(const OpenRequest& request, OpenCallback done) {
  if (!tracing_.Wants(request.context.traceparent)) return inner_->Open(request, std::move(done));
  const auto make_span = [tracing = tracing_, rng = rng_,
                          parent = request.context.traceparent](std::string name) {
    return ActiveSpan::Below(parent, tracing, *rng, tracing.entry, std::move(name));
  };
  ActiveSpan input = make_span("policy input");
  input.Start(clock_);
  inner_->Open(request, [&clock = clock_, make_span, input = std::move(input),
                         done = std::move(done)](absl::StatusOr<OpenResult> opened) mutable {
    Result result;
    if (opened.ok()) {
      result.Add(opened->decision);
      input.SetText("portcullis.policy.bundle", opened->bundle);
      if (opened->exchange != nullptr) {
        opened->exchange = std::make_unique<TracedExchange>(
            std::move(opened->exchange), clock, [make_span] { return make_span("policy output"); });
      }
    }
    End(std::move(result), opened.status(), &input);
    std::move(done)(std::move(opened));
  });
}

}  // namespace portcullis::policy
