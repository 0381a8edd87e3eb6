#include "services/edge/adapters/http/http_sink.h"

#include <utility>

namespace portcullis::edge {

http::Headers ToHttpHeaders(const AnswerHeaders& headers) {
  http::Headers out;
  for (const auto& [name, value] : headers) out.Add(name, value);
  if (!out.Contains("content-type")) out.Add("content-type", "application/json");
  return out;
}

boost::asio::awaitable<absl::Status> HttpSink::Send(int status, AnswerHeaders headers, std::string body) {
  return writer_.Send({status, ToHttpHeaders(headers), std::move(body)});
}

boost::asio::awaitable<absl::Status> HttpSink::StartStream(AnswerHeaders headers) {
  return writer_.StartStream(200, ToHttpHeaders(headers));
}

}  // namespace portcullis::edge
