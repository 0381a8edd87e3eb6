#include "libs/curl/http_exchange.h"

#include <strings.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "libs/base/strings.h"
#include "libs/curl/easy.h"

namespace portcullis::curl {
namespace {

constexpr long kMaxRetryAfter = 86'400;  // seconds

constexpr std::string_view kBlanks = " \t\r\n";

// The text without blanks at its ends.
std::string Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  return begin == text.npos ? ""
                            : std::string(text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin));
}

// What follows `name` ("date:") in a header line; null: it is another header.
const char* ValueOf(const std::string& line, std::string_view name) {
  const bool same = line.size() > name.size() && strncasecmp(line.c_str(), name.data(), name.size()) == 0;
  return same ? line.c_str() + name.size() : nullptr;
}

absl::Status FailureOf(CURLcode code, std::string_view origin) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return absl::DeadlineExceededError(base::StrCat(origin, ": no answer in time"));
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
      return absl::UnauthenticatedError(base::StrCat(origin, ": ", curl_easy_strerror(code)));
    default:
      return absl::UnavailableError(base::StrCat(origin, ": ", curl_easy_strerror(code)));
  }
}

}  // namespace

std::string_view Origin(std::string_view url) {
  const size_t host = url.find("://");
  return host == std::string_view::npos ? std::string_view() : url.substr(0, url.find('/', host + 3));
}

HttpExchange::HttpExchange(HttpRequest request) : request_(std::move(request)), easy_(curl_easy_init()) {
  if (easy_ == nullptr) throw std::bad_alloc();
  SetUp();
}

void HttpExchange::AddHeader(const char* line) {
  curl_slist* const longer = curl_slist_append(headers_.get(), line);
  if (longer == nullptr) throw std::bad_alloc();
  headers_.release();
  headers_.reset(longer);
}

void HttpExchange::SetUp() {
  CURL* const easy = easy_.get();
  SetCommonOptions(easy, std::min(request_.timeout, request_.connect_timeout), true);
  if (!request_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, request_.ca_file.c_str());
  AddHeader(base::StrCat("Accept: ", request_.content_type).c_str());
  if (request_.method == HttpMethod::kPost || request_.method == HttpMethod::kPut) {
    AddHeader(base::StrCat("Content-Type: ", request_.content_type).c_str());
    AddHeader("Expect:");  // libcurl would wait for "100 Continue" before a large body
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  }
  if (request_.method == HttpMethod::kPut) curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PUT");
  if (request_.method == HttpMethod::kDelete) curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE");
  for (const std::string& line : request_.headers) AddHeader(line.c_str());
  const auto millis = std::max<int64_t>(request_.timeout.count(), 1);
  curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(millis));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &HttpExchange::OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &HttpExchange::OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
}

size_t HttpExchange::OnBody(char* bytes, size_t size, size_t count, void* self) {
  auto& exchange = *static_cast<HttpExchange*>(self);
  const size_t length = size * count;
  exchange.too_large_ = exchange.answer_.body.size() + length > exchange.request_.max_answer_bytes;
  if (exchange.too_large_) return 0;  // ends the transfer
  exchange.answer_.body.append(bytes, length);
  return length;
}

size_t HttpExchange::OnHeader(char* bytes, size_t size, size_t count, void* self) {
  HttpAnswer& answer = static_cast<HttpExchange*>(self)->answer_;
  const std::string line(bytes, size * count);
  if (const char* const value = ValueOf(line, "date:")) {
    const time_t date = curl_getdate(value, nullptr);
    if (date > 0) answer.date = base::SystemTime(std::chrono::seconds(date));
  } else if (const char* const tag = ValueOf(line, "etag:")) {
    answer.etag = Trimmed(tag);
  } else if (const char* const wait = ValueOf(line, "retry-after:")) {
    answer.retry_after = std::chrono::seconds(std::clamp(std::strtol(wait, nullptr, 10), 0L, kMaxRetryAfter));
  }
  return size * count;
}

absl::StatusOr<HttpAnswer> HttpExchange::Answer(CURLcode code) {
  const std::string_view origin = Origin(request_.url);
  if (too_large_) {
    return absl::ResourceExhaustedError(
        base::StrCat(origin, ": the answer is over ", request_.max_answer_bytes, " bytes"));
  }
  if (code != CURLE_OK) return FailureOf(code, origin);
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  answer_.http_status = static_cast<int>(status);
  return std::move(answer_);
}

absl::StatusOr<HttpAnswer> Perform(HttpRequest request) {
  HttpExchange exchange(std::move(request));
  const CURLcode code = curl_easy_perform(exchange.easy());
  return exchange.Answer(code);
}

}  // namespace portcullis::curl
