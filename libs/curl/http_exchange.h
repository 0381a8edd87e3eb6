// One HTTP request of the suite's own to another service, and its answer as a whole.
//
// No redirects are followed and no proxy of the environment is used. An exchange belongs to one thread.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"

namespace portcullis::curl {

enum class HttpMethod { kGet, kPost, kPut, kDelete };

struct HttpRequest {
  HttpMethod method = HttpMethod::kPost;
  std::string url;
  std::vector<std::string> headers;               // "Name: value", besides the types of the contents
  std::string content_type = "application/json";  // of the body, and what is accepted
  std::string body;                               // of a POST or PUT
  std::chrono::milliseconds timeout{10'000};      // for all of it
  std::chrono::milliseconds connect_timeout{10'000};
  std::string ca_file;  // PEM: whom to trust in place of the system's CAs; "" = those
  size_t max_answer_bytes = 1 << 20;
};

struct HttpAnswer {
  int http_status = 0;
  std::optional<base::SystemTime> date;  // by the server's clock, when it said so
  std::chrono::seconds retry_after{0};   // when it said so, as a number
  std::string etag;                      // as it was sent, with its quotes
  std::string body;
};

// A request as a libcurl handle, for whoever drives it: curl_easy_perform or a loop.
class HttpExchange {
 public:
  explicit HttpExchange(HttpRequest request);
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  CURL* easy() const { return easy_.get(); }

  // After the transfer has ended with `code`; once. Errors: DEADLINE_EXCEEDED; RESOURCE_EXHAUSTED (the answer
  // is too large); UNAUTHENTICATED (TLS: the other side is not who it should be); UNAVAILABLE. Their texts
  // name neither path nor headers, which may hold secrets.
  absl::StatusOr<HttpAnswer> Answer(CURLcode code);

 private:
  struct EasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  static size_t OnBody(char* bytes, size_t size, size_t count, void* self);
  static size_t OnHeader(char* bytes, size_t size, size_t count, void* self);
  void AddHeader(const char* line);
  void SetUp();

  const HttpRequest request_;
  std::unique_ptr<curl_slist, ListDeleter> headers_;
  std::unique_ptr<CURL, EasyDeleter> easy_;
  HttpAnswer answer_;
  bool too_large_ = false;
};

// "https://host:port" of a URL; "" of what is none. The part of it that may be told.
std::string_view Origin(std::string_view url);

// Sends the request and waits for the answer, at most request.timeout. Errors: as HttpExchange::Answer.
// Thread-safe.
absl::StatusOr<HttpAnswer> Perform(HttpRequest request);

}  // namespace portcullis::curl
