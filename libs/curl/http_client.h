// HTTP requests of the suite's own from an event loop.
//
// Belongs to one thread, that of its event loop; connections are kept between requests.
#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/curl/curl_loop.h"
#include "libs/curl/http_exchange.h"

namespace portcullis::curl {

class HttpClient {
 public:
  // Errors: as HttpExchange::Answer.
  using Callback = absl::AnyInvocable<void(absl::StatusOr<HttpAnswer>) &&>;

  // `io` and `clock` outlive this.
  HttpClient(boost::asio::io_context& io, const base::Clock& clock);
  ~HttpClient();  // drops what is under way; its callbacks do not run
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // `done` runs once, later, from the event loop.
  void Start(HttpRequest request, Callback done);

 private:
  class Transfer;

  CurlLoop loop_;
  std::map<Transfer*, std::unique_ptr<Transfer>> running_;
};

}  // namespace portcullis::curl
