#include "services/policy/adapters/grpc/policy_grpc_service.h"

#include <utility>

#include "libs/rpc/context_translate.h"
#include "libs/rpc/status_map.h"

namespace portcullis::policy {
namespace {

absl::Status Unreadable() { return absl::InvalidArgumentError("the message is no ExchangeRequest"); }

// One exchange on a lane.
class LaneExchangeCall final : public rpc::LaneServerCall {
 public:
  LaneExchangeCall(PolicySlot& slot, base::RequestContext context, rpc::LaneReply reply)
      : steps_(slot, ReleaseForm::kPositions), context_(std::move(context)), reply_(std::move(reply)) {}

  // False when the call is over.
  bool Take(const std::string& message);

  void OnMessage(std::string message) override { Take(message); }
  void OnWritable() override {}

 private:
  ExchangeSteps steps_;
  const base::RequestContext context_;
  const rpc::LaneReply reply_;
};

// False when that ends the call.
bool Reply(const rpc::LaneReply& reply, const absl::StatusOr<ExchangeSteps::Next>& next,
           const v1::ExchangeResponse& response) {
  if (!next.ok()) {
    reply.End(next.status());
    return false;
  }
  switch (*next) {
    case ExchangeSteps::Next::kSend:
      reply.Send(response.SerializeAsString());
      return true;
    case ExchangeSteps::Next::kSendAndEnd:
      reply.SendLast(response.SerializeAsString());
      return false;
    case ExchangeSteps::Next::kEnd:
      reply.End(absl::OkStatus());
      return false;
  }
  return false;
}

bool LaneExchangeCall::Take(const std::string& message) {
  v1::ExchangeRequest request;
  if (!request.ParseFromString(message)) {
    reply_.End(Unreadable());
    return false;
  }
  // Shared with an answer that comes later, when this call may be gone.
  const auto goes_on = std::make_shared<std::atomic<bool>>(true);
  steps_.Take(request, context_,
              [reply = reply_, goes_on](absl::StatusOr<ExchangeSteps::Next> next,
                                        const v1::ExchangeResponse& response) {
                *goes_on = Reply(reply, next, response);
              });
  return *goes_on;
}

// One exchange as a plain stream. Deletes itself when gRPC is done with it.
class ExchangeStream final : public grpc::ServerBidiReactor<v1::ExchangeRequest, v1::ExchangeResponse> {
 public:
  ExchangeStream(PolicySlot& slot, const base::Clock& clock, const grpc::CallbackServerContext& call)
      : steps_(slot, ReleaseForm::kTexts), clock_(clock), call_(call) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    if (request_.has_open()) {
      auto context = rpc::ContextFromCall(request_.open().context(), call_, clock_.Monotonic());
      if (!context.ok()) return Finish(rpc::ToGrpc(context.status()));
      context_ = *std::move(context);
    }
    // Nothing else is under way until the step is answered, so that this lives.
    steps_.Take(request_, context_,
                [this](const absl::StatusOr<ExchangeSteps::Next>& next, v1::ExchangeResponse response) {
                  Answer(next, std::move(response));
                });
  }

  void OnWriteDone(bool ok) override {
    if (ok)
      StartRead(&request_);
    else
      Finish(grpc::Status::CANCELLED);
  }

  void OnDone() override { delete this; }

 private:
  void Answer(const absl::StatusOr<ExchangeSteps::Next>& next, v1::ExchangeResponse response) {
    response_ = std::move(response);
    if (!next.ok()) return Finish(rpc::ToGrpc(next.status()));
    if (*next == ExchangeSteps::Next::kEnd) return Finish(grpc::Status::OK);
    if (*next == ExchangeSteps::Next::kSend) return StartWrite(&response_);
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  }

  ExchangeSteps steps_;
  const base::Clock& clock_;
  const grpc::CallbackServerContext& call_;
  base::RequestContext context_;
  v1::ExchangeRequest request_;
  v1::ExchangeResponse response_;
};

}  // namespace

class PolicyGrpcService::Handler final : public rpc::LaneHandler {
 public:
  explicit Handler(PolicySlot& slot) : slot_(slot) {}

  std::unique_ptr<rpc::LaneServerCall> OnOpen(base::RequestContext context, std::string message,
                                              rpc::LaneReply reply) override {
    auto call = std::make_unique<LaneExchangeCall>(slot_, std::move(context), std::move(reply));
    if (!call->Take(message)) return nullptr;
    return call;
  }

 private:
  PolicySlot& slot_;
};

PolicyGrpcService::PolicyGrpcService(const std::vector<PolicyApi*>& apis, const base::Clock& clock,
                                     const rpc::LaneServerOptions& options)
    : clock_(clock) {
  std::vector<rpc::LaneBinding> bindings;
  for (PolicyApi* api : apis) {
    slots_.push_back(std::make_unique<PolicySlot>());
    slots_.back()->api = api;
    handlers_.push_back(std::make_unique<Handler>(*slots_.back()));
    bindings.push_back({nullptr, handlers_.back().get()});
  }
  lanes_ = std::make_unique<rpc::LaneServer>(options, clock, std::move(bindings));
}

PolicyGrpcService::~PolicyGrpcService() = default;

PolicySlot& PolicyGrpcService::NextSlot() {
  return *slots_[next_slot_.fetch_add(1, std::memory_order_relaxed) % slots_.size()];
}

grpc::ServerBidiReactor<common::v1::LaneBatch, common::v1::LaneBatch>* PolicyGrpcService::Lane(
    grpc::CallbackServerContext*) {
  return lanes_->Accept();
}

grpc::ServerUnaryReactor* PolicyGrpcService::Check(grpc::CallbackServerContext* context,
                                                   const v1::CheckRequest* request,
                                                   v1::CheckResponse* response) {
  absl::StatusOr<base::RequestContext> who =
      rpc::ContextFromCall(request->context(), *context, clock_.Monotonic());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (!who.ok()) {
    reactor->Finish(rpc::ToGrpc(who.status()));
  } else {
    policy::Check(NextSlot(), *request, *who, *response,
                  [reactor](const absl::Status& status) { reactor->Finish(rpc::ToGrpc(status)); });
  }
  return reactor;
}

grpc::ServerBidiReactor<v1::ExchangeRequest, v1::ExchangeResponse>* PolicyGrpcService::Exchange(
    grpc::CallbackServerContext* context) {
  return new ExchangeStream(NextSlot(), clock_, *context);
}

}  // namespace portcullis::policy
