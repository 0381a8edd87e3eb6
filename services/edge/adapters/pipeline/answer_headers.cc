// The headers of an answer.
#include <algorithm>
#include <utility>

#include "libs/base/strings.h"
#include "services/edge/adapters/pipeline/request_run.h"

namespace portcullis::edge {
namespace {

constexpr size_t kUsualHeaders = 12;

}  // namespace

AnswerHeaders RequestRun::Headers(bool stream) const {
  AnswerHeaders headers;
  headers.reserve(kUsualHeaders);
  headers.emplace_back("x-request-id", context_.request_id);
  headers.emplace_back("x-portcullis-verdict", record_.verdict);
  if (!receipt_.empty()) headers.emplace_back("x-portcullis-receipt", receipt_);
  std::string policies;
  for (const audit::PolicyFinding& finding : record_.findings) {
    if (finding.action.starts_with("would_")) continue;
    if (policies.find(finding.policy) == std::string::npos) {
      policies += base::StrCat(policies.empty() ? "" : ",", finding.policy);
    }
  }
  if (!policies.empty()) headers.emplace_back("x-portcullis-policies", std::move(policies));
  if (upstream_ && upstream_->head()) {
    headers.emplace_back("x-portcullis-target", upstream_->head()->target);
    headers.emplace_back("x-portcullis-attempts",
                         std::to_string(upstream_->head()->attempts + EarlierAttempts()));
    std::string dropped;
    for (const std::string& field : upstream_->head()->dropped) {
      dropped += base::StrCat(dropped.empty() ? "" : ",", field);
    }
    if (!dropped.empty()) headers.emplace_back("x-portcullis-dropped", std::move(dropped));
  } else if (upstream_ && upstream_->summary()) {
    headers.emplace_back("x-portcullis-target", upstream_->summary()->target);
    headers.emplace_back("x-portcullis-attempts",
                         std::to_string(upstream_->summary()->attempts.size() + EarlierAttempts()));
  }
  if (!record_.variant.empty()) headers.emplace_back("x-portcullis-variant", record_.variant);
  if (!stream && upstream_ && upstream_->head()) AppendCost(&headers);
  const uint64_t since = SinceArrival();
  headers.emplace_back("x-portcullis-overhead-us", std::to_string(since - std::min(since, UpstreamMicros())));
  return headers;
}

void RequestRun::AppendCost(AnswerHeaders* headers) const {
  headers->emplace_back("x-portcullis-cost-usd",
                        cost_nano_usd_ ? router::FormatUsd(*cost_nano_usd_) : "unknown");
  if (cost_nano_usd_ && record_.tokens_estimated)
    headers->emplace_back("x-portcullis-cost-estimated", "true");
}

}  // namespace portcullis::edge
