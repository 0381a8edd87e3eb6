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

std::vector<policy::Header> FieldsNamed(const std::vector<std::string>& names, const http::Headers& headers) {
  std::vector<policy::Header> found;
  for (size_t i = 0; i < headers.size() && !names.empty(); ++i) {
    const auto [field, value] = headers[i];
    for (const std::string& name : names) {
      if (http::EqualsIgnoringCase(name, field)) found.push_back({name, std::string(value)});
    }
  }
  return found;
}

boost::asio::awaitable<absl::Status> HttpSink::Send(int status, AnswerHeaders headers, std::string body) {
  return writer_.Send({status, ToHttpHeaders(headers), std::move(body)});
}

boost::asio::awaitable<absl::Status> HttpSink::StartStream(AnswerHeaders headers) {
  return writer_.StartStream(200, ToHttpHeaders(headers));
}

}  // namespace portcullis::edge
