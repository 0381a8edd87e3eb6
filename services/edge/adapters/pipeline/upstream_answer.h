// A router call as a coroutine reads it: head, then bytes, then the summary.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "libs/runtime/signal.h"
#include "services/router/api/router_api.h"

namespace portcullis::edge {

// Belongs to one worker. Destroying it, or Cancel, ends the upstream call at once.
class UpstreamAnswer final : public router::CallObserver {
 public:
  // `signal` is set whenever something arrived.
  UpstreamAnswer(router::RouterApi& api, router::CompletionRequest request, runtime::Signal& signal,
                 size_t max_buffered_bytes);

  void Cancel() { call_.reset(); }

  const std::optional<router::ResponseHead>& head() const { return head_; }
  const std::optional<router::CallSummary>& summary() const { return summary_; }
  bool has_data() const { return !buffer_.empty(); }

  // What has arrived since the last call; reads on if the provider was paused.
  std::string TakeData();

 private:
  void OnHead(const router::ResponseHead& head) override;
  void OnData(std::string_view bytes) override;
  void OnDone(const router::CallSummary& summary) override;

  runtime::Signal& signal_;
  const size_t max_buffered_bytes_;
  std::optional<router::ResponseHead> head_;
  std::optional<router::CallSummary> summary_;
  std::string buffer_;
  bool paused_ = false;
  std::unique_ptr<router::Call> call_;
};

}  // namespace portcullis::edge
