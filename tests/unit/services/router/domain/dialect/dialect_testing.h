// Helpers for the tests of dialects.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "services/router/domain/dialect/dialect.h"

namespace portcullis::router::test {

struct Adapted {
  std::string body;
  std::vector<std::string> dropped;
  std::optional<Refusal> refusal;
  bool changed = false;

  nlohmann::json json() const { return nlohmann::json::parse(body); }
};

inline Adapted Adapt(const DialectOptions& options, std::string_view body,
                     Operation operation = Operation::kChatCompletions, bool stream = false) {
  json::Tape tape;
  AdaptedRequest adapted;
  Refusal refusal;
  Adapted out;
  if (!AdaptRequest(options, operation, stream, body, &tape, &adapted, &refusal)) {
    out.refusal = refusal;
    return out;
  }
  out.changed = adapted.changed;
  out.body = adapted.changed ? adapted.body : std::string(body);
  out.dropped = adapted.dropped;
  return out;
}

// What an adapter passes on of `bytes`, given in the pieces that `cuts` make; the status is that of the first
// step that failed.
struct PassedOn {
  std::string bytes;
  absl::Status status;
};

inline PassedOn Pass(AnswerAdapter& adapter, std::string_view type, std::string_view bytes,
                     const std::vector<size_t>& cuts = {}) {
  PassedOn out;
  out.status = adapter.Begin(type);
  size_t at = 0;
  for (size_t i = 0; i <= cuts.size() && out.status.ok(); ++i) {
    const size_t end = i < cuts.size() ? cuts[i] : bytes.size();
    out.status = adapter.Feed(bytes.substr(at, end - at), &out.bytes);
    at = end;
  }
  if (out.status.ok()) out.status = adapter.Finish(&out.bytes);
  return out;
}

}  // namespace portcullis::router::test
