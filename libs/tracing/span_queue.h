// Spans on their way from many threads to one. Bounded; nobody waits for anybody: a push is two additions and
// a compare-and-swap, all that is there is taken with one exchange.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "libs/telemetry/api/tracer.h"

namespace portcullis::tracing {

class SpanQueue {
 public:
  explicit SpanQueue(size_t bound) : bound_(bound) {}
  ~SpanQueue() { (void)TakeAll(); }
  SpanQueue(const SpanQueue&) = delete;
  SpanQueue& operator=(const SpanQueue&) = delete;

  // How many now wait to be taken; nothing: it is full, and the span is lost. Any thread.
  std::optional<size_t> Push(telemetry::Span span) {
    if (held_.fetch_add(1, std::memory_order_relaxed) >= bound_) {
      held_.fetch_sub(1, std::memory_order_relaxed);
      return std::nullopt;
    }
    auto* const node = new Node{std::move(span), last_.load(std::memory_order_relaxed)};
    while (!last_.compare_exchange_weak(node->before, node, std::memory_order_release,
                                        std::memory_order_relaxed)) {
    }
    return fresh_.fetch_add(1, std::memory_order_relaxed) + 1;
  }

  // What has been pushed, oldest first. It takes room until it is released. One thread.
  std::vector<telemetry::Span> TakeAll() {
    std::vector<telemetry::Span> spans;
    Node* next = last_.exchange(nullptr, std::memory_order_acquire);
    Node* oldest = nullptr;
    while (next != nullptr) {
      Node* const before = next->before;
      next->before = oldest;
      oldest = std::exchange(next, before);
    }
    while (oldest != nullptr) {
      const std::unique_ptr<Node> node(oldest);
      spans.push_back(std::move(node->span));
      oldest = node->before;
    }
    fresh_.fetch_sub(spans.size(), std::memory_order_relaxed);
    return spans;
  }

  // So many of those that were taken are gone.
  void Release(size_t count) { held_.fetch_sub(count, std::memory_order_relaxed); }

  // Pushed and not yet released.
  size_t held() const { return held_.load(std::memory_order_relaxed); }

 private:
  struct Node {
    telemetry::Span span;
    Node* before;  // in the list that was not taken yet: the one pushed before it
  };

  const size_t bound_;
  alignas(64) std::atomic<size_t> held_{0};
  alignas(64) std::atomic<size_t> fresh_{0};  // of them not yet taken
  alignas(64) std::atomic<Node*> last_{nullptr};
};

}  // namespace portcullis::tracing
