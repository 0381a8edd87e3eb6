#include "services/edge/adapters/grpc/stream_reactor.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <limits>
#include <utility>
#include <vector>

#include "libs/rpc/status_map.h"
#include "services/edge/adapters/grpc/edge_translate.h"
#include "services/edge/domain/sse.h"

namespace portcullis::edge {

using boost::asio::awaitable;

StreamReactor::StreamReactor(runtime::Worker& worker, Pipeline& pipeline)
    : worker_(worker),
      pipeline_(pipeline),
      departure_(std::make_shared<Departure>(worker.io().get_executor())),
      written_(worker.io().get_executor()) {}

StreamReactor* StreamReactor::Start(runtime::Worker& worker, Pipeline& pipeline, absl::StatusOr<Inbound> inbound) {
  auto* reactor = new StreamReactor(worker, pipeline);
  if (!inbound.ok()) {
    reactor->Finish(rpc::ToGrpc(inbound.status()));
    return reactor;
  }
  boost::asio::co_spawn(worker.io(), reactor->Run(std::make_unique<Inbound>(*std::move(inbound))),
                        boost::asio::detached);
  return reactor;
}

awaitable<void> StreamReactor::Run(std::unique_ptr<Inbound> inbound) {
  inbound->arrived = pipeline_.deps().clock.Monotonic();
  audit::Record record;
  co_await pipeline_.Run(std::move(*inbound), *this, &record);
  message_.Clear();
  FactsToProto(record, message_.mutable_facts());
  (void)co_await WriteMessage();
  Finish(grpc::Status::OK);
}

awaitable<absl::Status> StreamReactor::WriteMessage() {
  if (departed()) co_return absl::CancelledError("the client has gone");
  StartWrite(&message_);
  co_await written_.Wait();
  if (!write_ok_) co_return absl::CancelledError("the client has gone");
  co_return absl::OkStatus();
}

void StreamReactor::OnWriteDone(bool ok) {
  boost::asio::post(worker_.io(), [this, ok] {
    write_ok_ = ok;
    written_.Set();
  });
}

awaitable<absl::Status> StreamReactor::WriteHead(int status, const AnswerHeaders& headers) {
  message_.Clear();
  message_.mutable_head()->set_http_status(status);
  HeadersToProto(headers, message_.mutable_head());
  return WriteMessage();
}

awaitable<absl::Status> StreamReactor::StartStream(AnswerHeaders headers) {
  co_return co_await WriteHead(200, headers);
}

awaitable<absl::Status> StreamReactor::Send(int status, AnswerHeaders headers, std::string body) {
  absl::Status written = co_await WriteHead(status, headers);
  if (!written.ok()) co_return written;
  message_.Clear();
  message_.set_event(std::move(body));
  co_return co_await WriteMessage();
}

awaitable<absl::Status> StreamReactor::Write(std::string_view events) {
  SseParser parser(std::numeric_limits<size_t>::max());  // these are our own events
  std::vector<std::string> data;
  (void)parser.Feed(events, [&](std::string_view event) {
    if (event != "[DONE]") data.emplace_back(event);
    return absl::OkStatus();
  });
  for (std::string& event : data) {
    message_.Clear();
    message_.set_event(std::move(event));
    absl::Status written = co_await WriteMessage();
    if (!written.ok()) co_return written;
  }
  co_return absl::OkStatus();
}

}  // namespace portcullis::edge
