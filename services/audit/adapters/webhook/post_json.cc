#include "services/audit/adapters/webhook/post_json.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/curl/http_exchange.h"

namespace portcullis::audit {

absl::Status PostJson(const std::string& url, const std::string& body, base::Duration timeout) {
  curl::HttpRequest request;
  request.url = url;
  request.body = body;
  request.timeout = std::chrono::ceil<std::chrono::milliseconds>(timeout);
  ASSIGN_OR_RETURN(const curl::HttpAnswer answer, curl::Perform(std::move(request)));
  if (answer.http_status >= 200 && answer.http_status < 300) return absl::OkStatus();
  return absl::UnavailableError(
      base::StrCat(curl::Origin(url), " answered with status ", answer.http_status));
}

}  // namespace portcullis::audit
