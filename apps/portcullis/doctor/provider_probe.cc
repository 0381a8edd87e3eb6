#include "apps/portcullis/doctor/provider_probe.h"

#include <utility>

#include "libs/base/strings.h"
#include "libs/curl/http_exchange.h"
#include "services/router/domain/upstream_url.h"

namespace portcullis::doctor {

ProviderAnswer AskProvider(const router::TargetOptions& target, const std::string& key,
                           std::chrono::milliseconds patience) {
  ProviderAnswer answer;
  answer.url = router::UpstreamUrl(target, router::UpstreamPath::kModels);
  curl::HttpRequest request;
  request.method = curl::HttpMethod::kGet;
  request.url = answer.url;
  request.timeout = patience;
  if (!key.empty()) {
    request.headers.push_back(base::StrCat(target.api_key_header, ": ", target.api_key_prefix, key));
  }
  for (const std::string& line : router::UpstreamHeaders(target)) request.headers.push_back(line);
  absl::StatusOr<curl::HttpAnswer> heard = curl::Perform(std::move(request));
  if (absl::IsResourceExhausted(heard.status())) {
    answer.status = 200;  // a list longer than anybody reads here
    return answer;
  }
  if (!heard.ok()) {
    std::string_view problem = base::Message(heard.status());
    const std::string origin = base::StrCat(curl::Origin(answer.url), ": ");  // of which the whole URL tells
    if (problem.starts_with(origin)) problem.remove_prefix(origin.size());
    answer.problem = problem;
    answer.tls_problem = absl::IsUnauthenticated(heard.status());
    return answer;
  }
  answer.status = heard->http_status;
  answer.date = heard->date;
  return answer;
}

}  // namespace portcullis::doctor
