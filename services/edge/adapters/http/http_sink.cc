#include "services/edge/adapters/http/http_sink.h"

#include <utility>

namespace portcullis::edge {
namespace {

constexpr std::string_view kContentType = "content-type", kJson = "application/json";

}  // namespace

http::Headers ToHttpHeaders(const AnswerHeaders& headers) {
  http::Headers out;
  size_t bytes = kContentType.size() + kJson.size();
  for (const auto& [name, value] : headers) bytes += name.size() + value.size();
  out.Reserve(headers.size() + 1, bytes);
  for (const auto& [name, value] : headers) out.Add(name, value);
  if (!out.Contains(kContentType)) out.Add(kContentType, kJson);
  return out;
}

boost::asio::awaitable<absl::Status> HttpSink::Send(int status, AnswerHeaders headers, std::string body) {
  return writer_.Send({status, ToHttpHeaders(headers), std::move(body)});
}

boost::asio::awaitable<absl::Status> HttpSink::StartStream(AnswerHeaders headers) {
  return writer_.StartStream(200, ToHttpHeaders(headers));
}

}  // namespace portcullis::edge
