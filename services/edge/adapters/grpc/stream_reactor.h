// A streamed completion over gRPC: the pipeline writes on its worker, gRPC takes the messages one by one.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/runtime/signal.h"
#include "libs/runtime/worker.h"
#include "portcullis/edge/v1/edge_service.grpc.pb.h"
#include "services/edge/adapters/grpc/departure.h"
#include "services/edge/adapters/pipeline/pipeline.h"

namespace portcullis::edge {

// Deletes itself when gRPC is done with it, which is after the pipeline has ended.
class StreamReactor final : public grpc::ServerWriteReactor<v1::CompleteStreamResponse>, public AnswerSink {
 public:
  // Runs the request; one that is no Inbound ends with its status.
  static StreamReactor* Start(runtime::Worker& worker, Pipeline& pipeline, absl::StatusOr<Inbound> inbound);

  // AnswerSink, on the worker.
  boost::asio::awaitable<absl::Status> Send(int status, AnswerHeaders headers, std::string body) override;
  boost::asio::awaitable<absl::Status> StartStream(AnswerHeaders headers) override;
  boost::asio::awaitable<absl::Status> Write(std::string_view events) override;
  boost::asio::awaitable<absl::Status> End(std::string_view events) override { return Write(events); }
  bool departed() const override { return departure_->departed(); }
  void OnDeparture(absl::AnyInvocable<void()> callback) override { departure_->OnDeparture(std::move(callback)); }

 private:
  StreamReactor(runtime::Worker& worker, Pipeline& pipeline);

  boost::asio::awaitable<void> Run(std::unique_ptr<Inbound> inbound);
  boost::asio::awaitable<absl::Status> WriteMessage();
  boost::asio::awaitable<absl::Status> WriteHead(int status, const AnswerHeaders& headers);

  // grpc::ServerWriteReactor, on gRPC's threads.
  void OnWriteDone(bool ok) override;
  void OnCancel() override { departure_->Tell(); }
  void OnDone() override { delete this; }

  runtime::Worker& worker_;
  Pipeline& pipeline_;
  const std::shared_ptr<Departure> departure_;
  runtime::Signal written_;
  bool write_ok_ = false;
  v1::CompleteStreamResponse message_;
};

}  // namespace portcullis::edge
