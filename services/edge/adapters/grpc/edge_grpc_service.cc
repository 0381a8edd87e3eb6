#include "services/edge/adapters/grpc/edge_grpc_service.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <memory>
#include <utility>

#include "libs/rpc/status_map.h"
#include "services/edge/adapters/grpc/edge_translate.h"
#include "services/edge/adapters/grpc/stream_reactor.h"
#include "services/edge/adapters/grpc/unary_sink.h"

namespace portcullis::edge {

using boost::asio::awaitable;

namespace {

// A unary RPC while its pipeline runs: gRPC may cancel it from its own threads.
class UnaryReactor final : public grpc::ServerUnaryReactor {
 public:
  explicit UnaryReactor(boost::asio::any_io_executor executor)
      : sink_(std::make_shared<UnarySink>(std::move(executor))) {}

  const std::shared_ptr<UnarySink>& sink() const { return sink_; }

 private:
  void OnCancel() override { sink_->Cancel(); }
  void OnDone() override { delete this; }

  const std::shared_ptr<UnarySink> sink_;
};

grpc::ServerUnaryReactor* Refuse(grpc::CallbackServerContext* context, const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(rpc::ToGrpc(status));
  return reactor;
}

awaitable<void> RunUnary(Pipeline& pipeline, std::unique_ptr<Inbound> inbound, UnaryReactor* reactor,
                         v1::CompleteResponse* response) {
  const std::shared_ptr<UnarySink> sink = reactor->sink();
  inbound->arrived = pipeline.deps().clock.Monotonic();
  audit::Record record;
  co_await pipeline.Run(std::move(*inbound), *sink, &record);
  response->set_http_status(sink->status());
  response->set_body(sink->body());
  HeadersToProto(sink->headers(), response);
  FactsToProto(record, response->mutable_facts());
  reactor->Finish(grpc::Status::OK);
}

awaitable<void> RunCheck(Pipeline& pipeline, std::unique_ptr<Inbound> inbound,
                         grpc::ServerUnaryReactor* reactor, v1::CheckResponse* response) {
  inbound->arrived = pipeline.deps().clock.Monotonic();
  auto checked = std::make_unique<CheckedRequest>();
  co_await pipeline.Check(std::move(*inbound), checked.get());
  if (checked->error) {
    const bool ours = checked->error->status >= 500;
    const std::string& message = checked->error->message;
    reactor->Finish(
        rpc::ToGrpc(ours ? absl::UnavailableError(message) : absl::InvalidArgumentError(message)));
    co_return;
  }
  CheckToProto(*checked, response);
  reactor->Finish(grpc::Status::OK);
}

}  // namespace

grpc::ServerUnaryReactor* EdgeGrpcService::Complete(grpc::CallbackServerContext* context,
                                                    const v1::CompleteRequest* request,
                                                    v1::CompleteResponse* response) {
  absl::StatusOr<Inbound> inbound =
      InboundFromProto(request->context(), *context, Now(), request->operation(), request->body());
  if (!inbound.ok()) return Refuse(context, inbound.status());
  if (const absl::Status read = HeadersFromProto(*request, &*inbound); !read.ok())
    return Refuse(context, read);
  if (AsksForStream(inbound->body)) {
    return Refuse(context, absl::InvalidArgumentError("the body asks for a stream: call CompleteStream"));
  }
  const GrpcWorker& at = NextWorker();
  auto* reactor = new UnaryReactor(at.worker->io().get_executor());
  boost::asio::co_spawn(
      at.worker->io(),
      RunUnary(*at.pipeline, std::make_unique<Inbound>(*std::move(inbound)), reactor, response),
      boost::asio::detached);
  return reactor;
}

grpc::ServerWriteReactor<v1::CompleteStreamResponse>* EdgeGrpcService::CompleteStream(
    grpc::CallbackServerContext* context, const v1::CompleteStreamRequest* request) {
  const GrpcWorker& at = NextWorker();
  absl::StatusOr<Inbound> inbound = InboundFromProto(request->context(), *context, Now(),
                                                     request->operation(), WithStream(request->body()));
  if (inbound.ok()) {
    if (absl::Status read = HeadersFromProto(*request, &*inbound); !read.ok()) inbound = std::move(read);
  }
  return StreamReactor::Start(*at.worker, *at.pipeline, std::move(inbound));
}

grpc::ServerUnaryReactor* EdgeGrpcService::Check(grpc::CallbackServerContext* context,
                                                 const v1::CheckRequest* request,
                                                 v1::CheckResponse* response) {
  absl::StatusOr<Inbound> inbound =
      InboundFromProto(request->context(), *context, Now(), request->operation(), request->body());
  if (!inbound.ok()) return Refuse(context, inbound.status());
  const GrpcWorker& at = NextWorker();
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  boost::asio::co_spawn(
      at.worker->io(),
      RunCheck(*at.pipeline, std::make_unique<Inbound>(*std::move(inbound)), reactor, response),
      boost::asio::detached);
  return reactor;
}

}  // namespace portcullis::edge
