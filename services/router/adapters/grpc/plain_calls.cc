#include "services/router/adapters/grpc/plain_calls.h"

#include <boost/asio/post.hpp>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "libs/rpc/context_translate.h"
#include "libs/rpc/lane_limits.h"
#include "libs/rpc/status_map.h"
#include "services/router/adapters/grpc/router_translate.h"

namespace portcullis::router {
namespace {

// One completion as a server stream. gRPC's events are posted to the worker, where everything else happens.
// Lives until gRPC is done with it and the worker has seen that.
class PlainCompletion final : public grpc::ServerWriteReactor<v1::CompleteResponse>,
                              public CallObserver,
                              public std::enable_shared_from_this<PlainCompletion> {
 public:
  explicit PlainCompletion(RouterWorker at) : at_(at) {}

  void Begin(v1::CompleteRequest request, absl::StatusOr<base::RequestContext> context) {
    self_ = shared_from_this();
    Post([request = std::move(request), context = std::move(context)](PlainCompletion& call) mutable {
      call.Run(request, std::move(context));
    });
  }

  void OnHead(const ResponseHead& head) override {
    HeadToProto(head, *Append().mutable_head());
    Pump();
  }
  void OnData(std::string_view bytes) override;
  void OnDone(const CallSummary& summary) override {
    SummaryToProto(summary, *Append().mutable_summary());
    Pump();
    End(absl::OkStatus());
  }

  void OnWriteDone(bool ok) override {
    Post([ok](PlainCompletion& call) { call.Written(ok); });
  }
  void OnCancel() override {
    Post([](PlainCompletion& call) { call.Cancelled(); });
  }
  void OnDone() override {
    Post([](PlainCompletion& call) { call.call_.reset(); });
    self_.reset();  // the posted handler holds the last reference
  }

 private:
  template <typename F>
  void Post(F work) {
    boost::asio::post(at_.worker->io(),
                      [self = shared_from_this(), work = std::move(work)]() mutable { work(*self); });
  }

  void Run(v1::CompleteRequest& proto, absl::StatusOr<base::RequestContext> context);
  v1::CompleteResponse& Append() { return queue_.emplace_back(); }
  void Pump();
  void End(const absl::Status& status);  // after what is queued
  void Written(bool ok);
  void Cancelled();

  const RouterWorker at_;
  std::shared_ptr<PlainCompletion> self_;  // until gRPC is done
  // On the worker.
  std::unique_ptr<Call> call_;
  std::deque<v1::CompleteResponse> queue_;  // the first is being written while writing_
  size_t queued_bytes_ = 0;
  bool writing_ = false;
  bool paused_ = false;
  bool ended_ = false;
  bool finished_ = false;
  absl::Status end_;
};

void PlainCompletion::Run(v1::CompleteRequest& proto, absl::StatusOr<base::RequestContext> context) {
  if (!context.ok()) return End(context.status());
  if (ended_) return;  // cancelled already
  absl::StatusOr<CompletionRequest> request = CompletionFromProto(proto, *std::move(context));
  if (!request.ok()) return End(request.status());
  call_ = at_.api->Start(*std::move(request), *this);
}

void PlainCompletion::OnData(std::string_view bytes) {
  const bool joins = queue_.size() > (writing_ ? 1 : 0) && queue_.back().has_data() &&
                     queue_.back().data().size() + bytes.size() <= rpc::kMaxFrameBytes;
  std::string& data = joins ? *queue_.back().mutable_data() : *Append().mutable_data();
  data.append(bytes);
  queued_bytes_ += bytes.size();
  if (queued_bytes_ > rpc::kHighWaterBytes && !paused_) {
    paused_ = true;
    call_->Pause();
  }
  Pump();
}

void PlainCompletion::Pump() {
  if (writing_ || finished_) return;
  if (!queue_.empty()) {
    writing_ = true;
    StartWrite(&queue_.front());
  } else if (ended_) {
    finished_ = true;
    Finish(rpc::ToGrpc(end_));
  }
}

void PlainCompletion::End(const absl::Status& status) {
  if (ended_) return;
  ended_ = true;
  end_ = status;
  Pump();
}

void PlainCompletion::Written(bool ok) {
  writing_ = false;
  queued_bytes_ -= queue_.front().data().size();
  queue_.pop_front();
  if (!ok) return Cancelled();
  Pump();
  if (paused_ && call_ != nullptr && queued_bytes_ <= rpc::kLowWaterBytes) {
    paused_ = false;
    call_->Resume();
  }
}

void PlainCompletion::Cancelled() {
  call_.reset();
  while (queue_.size() > (writing_ ? 1 : 0)) queue_.pop_back();
  queued_bytes_ = queue_.empty() ? 0 : queue_.front().data().size();
  End(absl::CancelledError("the caller has gone"));
  Pump();
}

}  // namespace

grpc::ServerWriteReactor<v1::CompleteResponse>* Complete(RouterWorker at,
                                                         grpc::CallbackServerContext& context,
                                                         const v1::CompleteRequest& request,
                                                         const base::Clock& clock) {
  auto call = std::make_shared<PlainCompletion>(at);
  call->Begin(request, rpc::ContextFromCall(request.context(), context, clock.Monotonic()));
  return call.get();
}

grpc::ServerUnaryReactor* ListTargets(RouterWorker at, grpc::CallbackServerContext& context,
                                      v1::ListTargetsResponse& response) {
  grpc::ServerUnaryReactor* reactor = context.DefaultReactor();
  boost::asio::post(at.worker->io(), [at, reactor, &response] {
    at.api->Targets([reactor, &response](absl::StatusOr<std::vector<TargetStatus>> targets) {
      if (targets.ok()) TargetsToProto(*targets, response);
      reactor->Finish(rpc::ToGrpc(targets.status()));
    });
  });
  return reactor;
}

}  // namespace portcullis::router
