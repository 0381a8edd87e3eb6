// A tracer that remembers, so that a test can read what was traced.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/telemetry/api/tracer.h"

namespace portcullis::testing {

// Thread-safe.
class RecordingTracer final : public telemetry::Tracer {
 public:
  bool Wants(std::string_view traceparent) const override { return telemetry::IsSampled(traceparent); }
  bool Samples(std::string_view) const override { return samples; }
  void Record(telemetry::Span span) override {
    const std::lock_guard lock(mutex_);
    spans_.push_back(std::move(span));
  }

  // In the order in which they ended.
  std::vector<telemetry::Span> spans() const {
    const std::lock_guard lock(mutex_);
    return spans_;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const telemetry::Span& span : spans()) names.push_back(span.name);
    return names;
  }

  bool samples = true;

 private:
  mutable std::mutex mutex_;
  std::vector<telemetry::Span> spans_;
};

// An attribute of a span; nullopt = it has none of this name.
inline std::optional<telemetry::AttributeValue> AttributeOf(const telemetry::Span& span,
                                                            std::string_view name) {
  for (const auto& [key, value] : span.attributes) {
    if (key == name) return value;
  }
  return std::nullopt;
}

// A text attribute; "" = there is none.
inline std::string TextOf(const telemetry::Span& span, std::string_view name) {
  const auto value = AttributeOf(span, name);
  const std::string* text = value ? std::get_if<std::string>(&*value) : nullptr;
  return text != nullptr ? *text : "";
}

// An integer attribute; -1 = there is none.
inline int64_t NumberOf(const telemetry::Span& span, std::string_view name) {
  const auto value = AttributeOf(span, name);
  const int64_t* number = value ? std::get_if<int64_t>(&*value) : nullptr;
  return number != nullptr ? *number : -1;
}

}  // namespace portcullis::testing
