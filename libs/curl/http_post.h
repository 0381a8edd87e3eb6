// HTTP requests of the suite's own to other services: POST with a JSON body, the answer as a whole.
//
// Belongs to one thread, that of its event loop; connections are kept between requests. No redirects are
// followed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/curl/curl_loop.h"

namespace portcullis::curl {

struct PostRequest {
  std::string url;
  std::vector<std::string> headers;  // "Name: value", besides the content's type
  std::string body;
  std::chrono::milliseconds timeout{10'000};  // for all of it
  size_t max_answer_bytes = 1 << 20;
};

struct PostAnswer {
  int http_status = 0;
  std::string body;
};

class HttpPoster {
 public:
  // Errors: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED (the answer is too large), UNAVAILABLE. Their texts name
  // neither path nor headers, which may hold secrets.
  using Callback = absl::AnyInvocable<void(absl::StatusOr<PostAnswer>) &&>;

  // `io` and `clock` outlive this.
  HttpPoster(boost::asio::io_context& io, const base::Clock& clock);
  ~HttpPoster();  // drops what is under way; its callbacks do not run
  HttpPoster(const HttpPoster&) = delete;
  HttpPoster& operator=(const HttpPoster&) = delete;

  // `done` runs once, later, from the event loop.
  void Start(PostRequest request, Callback done);

 private:
  class Transfer;

  CurlLoop loop_;
  std::map<Transfer*, std::unique_ptr<Transfer>> running_;
};

}  // namespace portcullis::curl
