#include "apps/portcullis/targets/admin_client.h"

#include <curl/curl.h>

#include <memory>

#include "libs/base/strings.h"

namespace portcullis::targets {
namespace {

constexpr size_t kMaxAnswer = 64 << 20;

size_t OnBytes(char* bytes, size_t size, size_t count, void* out) {
  auto& body = *static_cast<std::string*>(out);
  if (body.size() + size * count > kMaxAnswer) return 0;
  body.append(bytes, size * count);
  return size * count;
}

}  // namespace

absl::StatusOr<AdminAnswer> AskAdmin(const std::string& address, const std::string& method,
                                     const std::string& path, const std::string& user,
                                     std::chrono::milliseconds patience) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(), &curl_easy_cleanup);
  if (easy == nullptr) return absl::InternalError("libcurl could not be initialised");
  curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
  list = curl_slist_append(list, base::StrCat("X-Portcullis-Operator: ", user).c_str());
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(list, &curl_slist_free_all);
  AdminAnswer answer;
  const std::string url = base::StrCat("http://", address, path);
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count()));
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &OnBytes);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &answer.body);
  if (method == "POST") {
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, "{}");
    curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  }
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) {
    return absl::UnavailableError(base::StrCat("no answer from the admin port at ", address, ": ",
                                               curl_easy_strerror(code),
                                               "; name another with --admin HOST:PORT"));
  }
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace portcullis::targets
