#include "apps/portcullis/targets/admin_client.h"

#include <utility>

#include "libs/base/strings.h"
#include "libs/curl/http_exchange.h"

namespace portcullis::targets {
namespace {

constexpr size_t kMaxAnswer = 64 << 20;

}  // namespace

absl::StatusOr<AdminAnswer> AskAdmin(const std::string& address, const std::string& method,
                                     const std::string& path, const std::string& user,
                                     std::chrono::milliseconds patience, const std::string& body) {
  curl::HttpRequest request;
  request.url = base::StrCat("http://", address, path);
  request.timeout = patience;
  request.max_answer_bytes = kMaxAnswer;
  if (method == "POST") {
    request.body = body;
    request.headers = {base::StrCat("X-Portcullis-Operator: ", user)};
  } else {
    request.method = curl::HttpMethod::kGet;
  }
  absl::StatusOr<curl::HttpAnswer> answer = curl::Perform(std::move(request));
  if (!answer.ok()) {
    return absl::UnavailableError(base::StrCat("no answer from the admin port at ",
                                               base::Message(answer.status()),
                                               "; name another with --admin HOST:PORT"));
  }
  return AdminAnswer{answer->http_status, std::move(answer->body)};
}

}  // namespace portcullis::targets
