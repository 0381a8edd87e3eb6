#include "services/policy/adapters/grpc/exchange_steps.h"

#include <optional>
#include <utility>
#include <vector>

#include "libs/base/late_value.h"
#include "libs/base/status_macros.h"
#include "services/policy/adapters/grpc/policy_translate.h"

namespace portcullis::policy {
namespace {

// Calls `start` with a callback. Returns the answer if it comes inside the call; else `later` gets it, from
// another thread.
template <typename T, typename Start, typename Later>
std::optional<absl::StatusOr<T>> Begin(Start start, Later later) {
  typename base::LateValue<absl::StatusOr<T>>::Later waits = std::move(later);
  auto answer = std::make_shared<base::LateValue<absl::StatusOr<T>>>();
  start([answer](absl::StatusOr<T> value) { answer->Set(std::move(value)); });
  return answer->TakeOr(waits);
}

}  // namespace

using Next = ExchangeSteps::Next;

// Guarded by the slot's mutex.
struct ExchangeSteps::Core : std::enable_shared_from_this<ExchangeSteps::Core> {
  // A step's result; nothing when it comes later.
  struct Result {
    absl::StatusOr<Next> next;
    v1::ExchangeResponse response;
  };

  Core(PolicySlot& where, ReleaseForm how) : slot(where), form(how) {}

  std::optional<Result> Take(const v1::ExchangeRequest& request, const base::RequestContext& context,
                             Done* done);
  template <typename T, typename Start, typename Fill>
  std::optional<Result> Step(Start start, Fill fill, Done* done);
  std::optional<Result> Open(const v1::ExchangeOpen& open, const base::RequestContext& context, Done* done);
  std::optional<Result> Output(const v1::ExchangeOutput& output, Done* done);
  std::optional<Result> Guard(const v1::ExchangeGuard& guard, Done* done);

  PolicySlot& slot;
  const ReleaseForm form;
  bool opened = false;
  bool waits = false;  // for the answer to a step
  bool over = false;
  std::unique_ptr<Exchange> exchange;
  ReleaseTexts texts;
};

// Runs `start`; `fill` makes the response of what the API answers, with the slot locked.
template <typename T, typename Start, typename Fill>
std::optional<ExchangeSteps::Core::Result> ExchangeSteps::Core::Step(Start start, Fill fill, Done* done) {
  waits = true;
  const auto finish = [fill](Core& core, absl::StatusOr<T> value) {
    core.waits = false;
    if (!value.ok()) return Result{value.status(), {}};
    Result result{Next::kSend, {}};
    result.next = fill(core, *std::move(value), result.response);
    return result;
  };
  // The callback is put aside before the call, which may answer at once on another thread.
  auto kept = std::make_shared<Done>(std::move(*done));
  auto value = Begin<T>(std::move(start), [core = shared_from_this(), finish, kept](absl::StatusOr<T> late) {
    std::optional<Result> result;
    {
      const std::lock_guard lock(core->slot.mutex);
      if (core->over) return;
      result = finish(*core, std::move(late));
    }
    std::move (*kept)(std::move(result->next), std::move(result->response));
  });
  if (!value) return std::nullopt;
  *done = std::move(*kept);
  return finish(*this, *std::move(value));
}

std::optional<ExchangeSteps::Core::Result> ExchangeSteps::Core::Take(const v1::ExchangeRequest& request,
                                                                     const base::RequestContext& context,
                                                                     Done* done) {
  const auto refuse = [](absl::Status status) { return Result{std::move(status), {}}; };
  if (request.step_case() == v1::ExchangeRequest::STEP_NOT_SET) {
    return refuse(absl::InvalidArgumentError("the request names no step: open, output, guard or close"));
  }
  if (request.has_open() == opened) {
    return refuse(absl::FailedPreconditionError(opened ? "the exchange is open already"
                                                       : "the first step must be open"));
  }
  if (request.has_open()) return Open(request.open(), context, done);
  if (request.has_close() && exchange != nullptr) {
    exchange->Close(SummaryFromProto(request.close()));
    exchange.reset();
    over = true;
    return Result{Next::kEnd, {}};
  }
  if (waits) return refuse(absl::FailedPreconditionError("the step before has not been answered"));
  if (exchange == nullptr) return refuse(absl::FailedPreconditionError("the exchange is over"));
  return request.has_output() ? Output(request.output(), done) : Guard(request.guard(), done);
}

std::optional<ExchangeSteps::Core::Result> ExchangeSteps::Core::Open(const v1::ExchangeOpen& open,
                                                                     const base::RequestContext& context,
                                                                     Done* done) {
  opened = true;
  const absl::StatusOr<OpenRequest> request = OpenFromProto(open, context);
  if (!request.ok()) return Result{request.status(), {}};
  return Step<OpenResult>(
      [&](PolicyApi::OpenCallback answer) { slot.api->Open(*request, std::move(answer)); },
      [](Core& core, OpenResult result, v1::ExchangeResponse& response) {
        core.exchange = std::move(result.exchange);
        DecisionToProto(result.decision, *response.mutable_open()->mutable_decision());
        response.mutable_open()->set_bundle(result.bundle);
        return core.exchange == nullptr ? Next::kSendAndEnd : Next::kSend;
      },
      done);
}

std::optional<ExchangeSteps::Core::Result> ExchangeSteps::Core::Output(const v1::ExchangeOutput& output,
                                                                       Done* done) {
  absl::StatusOr<std::vector<Segment>> segments = SegmentsFromProto(output.segments());
  if (!segments.ok()) return Result{segments.status(), {}};
  if (absl::Status status = CheckTarget(output.target()); !status.ok()) return Result{std::move(status), {}};
  if (!output.target().empty()) exchange->SetTarget(output.target());
  exchange->SetCanAskAgain(output.can_ask_again());
  return Step<Decision>(
      [&](Exchange::DecisionCallback answer) {
        exchange->CheckOutput(*std::move(segments), std::move(answer));
      },
      [](Core&, const Decision& decision, v1::ExchangeResponse& response) {
        DecisionToProto(decision, *response.mutable_output());
        return Next::kSend;
      },
      done);
}

std::optional<ExchangeSteps::Core::Result> ExchangeSteps::Core::Guard(const v1::ExchangeGuard& guard,
                                                                      Done* done) {
  const absl::StatusOr<std::vector<Piece>> pieces = PiecesFromProto(guard);
  if (!pieces.ok()) return Result{pieces.status(), {}};
  if (absl::Status status = CheckTarget(guard.target()); !status.ok()) return Result{std::move(status), {}};
  if (!guard.target().empty()) exchange->SetTarget(guard.target());
  if (form == ReleaseForm::kTexts) texts.Add(*pieces);
  return Step<GuardResult>(
      [&](Exchange::GuardCallback answer) { exchange->Guard(*pieces, std::move(answer)); },
      [](Core& core, const GuardResult& result, v1::ExchangeResponse& response) -> absl::StatusOr<Next> {
        GuardToProto(result, *response.mutable_guard());
        if (core.form == ReleaseForm::kTexts) RETURN_IF_ERROR(core.texts.Fill(*response.mutable_guard()));
        return Next::kSend;
      },
      done);
}

ExchangeSteps::ExchangeSteps(PolicySlot& slot, ReleaseForm form)
    : core_(std::make_shared<Core>(slot, form)) {}

ExchangeSteps::~ExchangeSteps() {
  const std::lock_guard lock(core_->slot.mutex);
  core_->over = true;
  core_->exchange.reset();
}

void ExchangeSteps::Take(const v1::ExchangeRequest& request, const base::RequestContext& context, Done done) {
  std::optional<Core::Result> result;
  {
    const std::lock_guard lock(core_->slot.mutex);
    result = core_->Take(request, context, &done);
  }
  if (result) std::move(done)(std::move(result->next), std::move(result->response));
}

namespace {

// The plain Check RPC as an exchange: it opens with the request's texts, or checks them as its only answer.
class PlainCheck : public std::enable_shared_from_this<PlainCheck> {
 public:
  using Done = absl::AnyInvocable<void(absl::Status) &&>;

  PlainCheck(PolicySlot& slot, const v1::CheckRequest& request, const base::RequestContext& context,
             v1::CheckResponse& response, Done done)
      : steps_(std::in_place, slot, ReleaseForm::kPositions),
        request_(request),
        context_(context),
        response_(response),
        done_(std::move(done)) {}

  void Open() {
    v1::ExchangeRequest step;
    v1::ExchangeOpen& open = *step.mutable_open();
    open.set_model(request_.model());
    open.set_only_input(true);
    *open.mutable_headers() = request_.headers();
    *open.mutable_modalities() = request_.modalities();
    if (!of_output()) *open.mutable_input() = request_.segments();
    Take(step, [](PlainCheck& check, Next next, v1::ExchangeResponse response) {
      check.response_.set_bundle(response.open().bundle());
      if (check.of_output() && next == Next::kSend) return check.CheckOutput();
      check.Judged(next, *response.mutable_open()->mutable_decision());
    });
  }

 private:
  bool of_output() const { return request_.direction() == v1::DIRECTION_OUTPUT; }

  void CheckOutput() {
    v1::ExchangeRequest step;
    *step.mutable_output()->mutable_segments() = request_.segments();
    step.mutable_output()->set_target(request_.target());
    Take(step, [](PlainCheck& check, Next next, v1::ExchangeResponse response) {
      check.Judged(next, *response.mutable_output());
    });
  }

  void Judged(Next next, v1::Decision& decision) {
    response_.mutable_decision()->Swap(&decision);
    if (next == Next::kSendAndEnd) return End(absl::OkStatus());
    v1::ExchangeRequest step;
    step.mutable_close()->set_completed(true);
    Take(step, [](PlainCheck& check, Next, v1::ExchangeResponse) { check.End(absl::OkStatus()); });
  }

  // One step; `then` gets its answer, an error ends the check.
  void Take(const v1::ExchangeRequest& step, void (*then)(PlainCheck&, Next, v1::ExchangeResponse)) {
    steps_->Take(step, context_,
                 [self = shared_from_this(), then](absl::StatusOr<Next> next, v1::ExchangeResponse response) {
                   if (!next.ok()) return self->End(next.status());
                   then(*self, *next, std::move(response));
                 });
  }

  // The slot may be gone once `done` has run.
  void End(absl::Status status) {
    steps_.reset();
    std::move(done_)(std::move(status));
  }

  std::optional<ExchangeSteps> steps_;
  const v1::CheckRequest& request_;
  const base::RequestContext context_;
  v1::CheckResponse& response_;
  Done done_;
};

}  // namespace

void Check(PolicySlot& slot, const v1::CheckRequest& request, const base::RequestContext& context,
           v1::CheckResponse& response, absl::AnyInvocable<void(absl::Status) &&> done) {
  if (!v1::Direction_IsValid(request.direction())) {
    return std::move(done)(absl::InvalidArgumentError("direction is not known"));
  }
  if (absl::Status status = CheckTarget(request.target()); !status.ok()) {
    return std::move(done)(std::move(status));
  }
  std::make_shared<PlainCheck>(slot, request, context, response, std::move(done))->Open();
}

}  // namespace portcullis::policy
