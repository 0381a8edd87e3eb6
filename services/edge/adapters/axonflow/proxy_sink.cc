#include "services/edge/adapters/axonflow/proxy_sink.h"

#include <utility>

namespace portcullis::edge {

int ProxySink::OnRefusal(const ApiError& error, std::string_view outcome) {
  reason_ = error.message;
  if (outcome == "blocked") {
    kind_ = Kind::kBlocked;
    return 403;
  }
  if (outcome == "upstream_failed") {
    kind_ = error.status == 402 ? Kind::kTooCostly : Kind::kUpstreamFailed;
    return error.status == 402 ? 402 : 200;
  }
  kind_ = Kind::kRejected;
  return error.status;
}

boost::asio::awaitable<absl::Status> ProxySink::Send(int status, AnswerHeaders headers, std::string body) {
  return http_.Send(status, std::move(headers), Envelope(body));
}

std::string ProxySink::Envelope(std::string_view body) const {
  const Checks& checks = live_->axonflow.checks;
  switch (kind_) {
    case Kind::kBlocked:
      return BlockedAnswer(checks, record_, reason_);
    case Kind::kTooCostly:
      return TooCostlyAnswer(checks, record_, reason_);
    case Kind::kUpstreamFailed:
      return UpstreamFailedAnswer(checks, record_, reason_);
    case Kind::kRejected:
      return FailureBody(reason_);
    case Kind::kAnswer:
      break;
  }
  return ProxyAnswer(checks, record_, body);
}

}  // namespace portcullis::edge
