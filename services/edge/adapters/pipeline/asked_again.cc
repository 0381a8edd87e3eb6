// Answers that a policy has asked for again: what they took is kept, and they themselves until another came.
#include <algorithm>
#include <utility>

#include "services/edge/adapters/pipeline/request_run.h"

namespace portcullis::edge {

namespace {

constexpr std::string_view kLowQuality = "low_quality";  // in place of the outcome of an attempt

}  // namespace

void RequestRun::AskAgain(policy::Again again, std::string body, size_t findings) {
  LowAnswer low;
  low.before = spent_;
  low.findings = findings;
  Spend(again, findings);
  low.upstream = std::move(upstream_);
  low.upstream->Cancel();
  low.body = std::move(body);
  low_ = std::move(low);
  if (again == policy::Again::kOtherTarget) {
    kept_request_->avoided_targets.push_back(low_->upstream->head()->target);
  }
  router::CompletionRequest request = *kept_request_;
  if (request.max_cost_nano_usd) {
    *request.max_cost_nano_usd -= std::min(spent_.cost_nano_usd, *request.max_cost_nano_usd);
  }
  usage_ = {};
  usage_.tokens.prompt = request.estimated_prompt_tokens;
  upstream_started_ = deps_.clock.Monotonic();
  upstream_ = std::make_unique<UpstreamAnswer>(deps_.router, std::move(request), signal_,
                                               options_.max_buffered_bytes);
  if (sink_.departed()) upstream_->Cancel();
}

// Adds what the answer on the tape took to spent_, its record and its target's metrics. Of its findings the
// scores stay: the rest is about a text that nobody gets.
void RequestRun::Spend(policy::Again again, size_t findings) {
  const router::ResponseHead& head = *upstream_->head();
  auto& target = instruments_.Target(head.target);
  ReadUsage(tape_, &usage_);
  router::TokenUsage& tokens = usage_.tokens;
  if (!usage_.known) tokens.completion = EstimateTokens(output_text_bytes_, 0);
  spent_.prompt_tokens += tokens.prompt;
  spent_.completion_tokens += tokens.completion;
  spent_.estimated = spent_.estimated || !usage_.known;
  spent_.upstream_us += upstream_->summary()->total_us;
  target.prompt_tokens->Add(static_cast<double>(tokens.prompt));
  target.completion_tokens->Add(static_cast<double>(tokens.completion));
  if (head.pricing) {
    const uint64_t cost = router::CostNanoUsd(*head.pricing, tokens);
    spent_.cost_nano_usd += cost;
    target.cost->Add(router::ToUsd(cost));
  } else {
    spent_.cost_known = false;
    target.cost_unknown->Add();
  }
  AppendAttempts(*upstream_->summary(), &spent_.attempts);
  if (!spent_.attempts.empty()) spent_.attempts.back().outcome = kLowQuality;
  record_.prompt_tokens = spent_.prompt_tokens;
  record_.completion_tokens = spent_.completion_tokens;
  record_.tokens_estimated = spent_.estimated;
  if (spent_.cost_known) record_.cost_usd = router::ToUsd(spent_.cost_nano_usd);
  const auto judged = record_.findings.begin() + static_cast<std::ptrdiff_t>(findings);
  record_.findings.erase(std::remove_if(judged, record_.findings.end(),
                                        [](const audit::PolicyFinding& one) { return !IsScore(one); }),
                         record_.findings.end());
  for (auto one = judged; one != record_.findings.end(); ++one) {
    one->action = again == policy::Again::kOtherTarget ? "fallback" : "retry";
    instruments_.Quality(head.target).Observe(one->score);
  }
}

// The answer that was too low after all, as no other came: back on the tape, to be judged for good.
void RequestRun::TakeLowAnswer(std::string* body) {
  std::vector<audit::AttemptRecord> attempts = std::move(spent_.attempts);
  if (const auto& failed = upstream_->summary()) AppendAttempts(*failed, &attempts);
  const uint64_t waited = UpstreamMicros() - spent_.upstream_us;
  spent_ = std::move(low_->before);
  spent_.attempts = std::move(attempts);
  spent_.upstream_us += waited;
  attempts_known_ = true;
  record_.findings.resize(low_->findings);
  upstream_ = std::move(low_->upstream);
  *body = std::move(low_->body);
  low_.reset();
  usage_ = {};
  usage_.tokens.prompt = kept_request_->estimated_prompt_tokens;
  kept_request_.reset();
  (void)tape_.Parse(*body);  // it was on the tape before
}

}  // namespace portcullis::edge
