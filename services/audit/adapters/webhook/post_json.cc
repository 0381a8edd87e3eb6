#include "services/audit/adapters/webhook/post_json.h"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>

#include "libs/base/strings.h"

namespace portcullis::audit {
namespace {

size_t Ignore(char*, size_t size, size_t count, void*) { return size * count; }

// "https://host:port" of a URL.
std::string_view Origin(std::string_view url) {
  const size_t host = url.find("://");
  return host == std::string_view::npos ? url.substr(0, 0) : url.substr(0, url.find('/', host + 3));
}

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

}  // namespace

absl::Status PostJson(const std::string& url, const std::string& body, base::Duration timeout) {
  const std::unique_ptr<CURL, FreeHandle> handle(curl_easy_init());
  const std::unique_ptr<curl_slist, FreeList> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"));
  if (!handle || !headers) return absl::ResourceExhaustedError("no memory for an HTTP request");
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(millis));
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, Ignore);
  const CURLcode result = curl_easy_perform(handle.get());
  if (result != CURLE_OK) {
    return absl::UnavailableError(base::StrCat(Origin(url), ": ", curl_easy_strerror(result)));
  }
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300) return absl::OkStatus();
  return absl::UnavailableError(base::StrCat(Origin(url), " answered with status ", status));
}

}  // namespace portcullis::audit
