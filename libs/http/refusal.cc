#include "libs/http/refusal.h"

#include "libs/base/strings.h"

namespace portcullis::http {

// Code and message are constants of the server that need no escaping.
Response PlainRefusals::OnRefused(const Refusal& refusal) {
  Response response{refusal.status, {{"content-type", "application/json"}}, {}};
  if (refusal.status == 503) response.headers.Add("retry-after", "1");
  response.body =
      base::StrCat(R"({"error":{"type":")", refusal.status < 500 ? "invalid_request_error" : "server_error",
                   R"(","code":")", refusal.code, R"(","message":")", refusal.message, R"(","param":null}})");
  return response;
}

}  // namespace portcullis::http
