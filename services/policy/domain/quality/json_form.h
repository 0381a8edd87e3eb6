// Whether a text is JSON, and fits a JSON schema. Parsing by nlohmann-json (RFC 8259), schemas by valijson
// (draft 7).
#pragma once

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"

namespace portcullis::policy {

inline constexpr size_t kMaxJsonDepth = 200;

// Whether the whole text is one JSON value. Text nested deeper than kMaxJsonDepth is none.
bool IsJson(std::string_view text);

// The outermost {...} or [...] of a text, or "": models wrap their JSON into prose and code fences.
std::string_view JsonInside(std::string_view text);

// Immutable; thread-safe.
class JsonSchema {
 public:
  // INVALID_ARGUMENT: the text is no JSON, no schema, or uses pattern, patternProperties or format (the
  // library's regular expressions backtrack).
  static absl::StatusOr<std::unique_ptr<const JsonSchema>> Parse(std::string_view schema);
  ~JsonSchema();

  // False if the text is no JSON.
  bool Fits(std::string_view text) const;

 private:
  struct Impl;
  explicit JsonSchema(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::policy
