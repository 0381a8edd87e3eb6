#include "services/edge/adapters/pipeline/upstream_answer.h"

#include <utility>

namespace portcullis::edge {

UpstreamAnswer::UpstreamAnswer(router::RouterApi& api, router::CompletionRequest request,
                               runtime::Signal& signal, size_t max_buffered_bytes)
    : signal_(signal), max_buffered_bytes_(max_buffered_bytes) {
  call_ = api.Start(std::move(request), *this);
}

std::string UpstreamAnswer::TakeData() {
  std::string data = std::exchange(buffer_, {});
  if (paused_ && call_ != nullptr) {
    paused_ = false;
    call_->Resume();
  }
  return data;
}

void UpstreamAnswer::OnHead(const router::ResponseHead& head) {
  head_ = head;
  signal_.Set();
}

void UpstreamAnswer::OnData(std::string_view bytes) {
  buffer_.append(bytes);
  if (!paused_ && buffer_.size() > max_buffered_bytes_ && call_ != nullptr) {
    paused_ = true;
    call_->Pause();
  }
  signal_.Set();
}

void UpstreamAnswer::OnDone(const router::CallSummary& summary) {
  summary_ = summary;
  signal_.Set();
}

}  // namespace portcullis::edge
