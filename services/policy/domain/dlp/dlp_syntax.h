// The syntax of DLP patterns as a tree. Language: dlp_pattern.h.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/policy/domain/dlp/dlp_pattern.h"

namespace portcullis::policy {

inline constexpr size_t kUnboundedRepeat = ~size_t{0};

struct DlpNode {
  enum class Kind : uint8_t { kBytes, kSequence, kChoice, kRepeat };

  Kind kind = Kind::kSequence;
  ByteSet bytes;               // of kBytes
  std::vector<DlpNode> parts;  // of kRepeat one
  size_t min = 0, max = 0;     // of kRepeat
};

struct DlpSyntax {
  DlpNode root;
  bool word_start = false;
  bool word_end = false;
};

// INVALID_ARGUMENT: what is wrong, and at which character.
absl::StatusOr<DlpSyntax> ParseDlpSyntax(std::string_view pattern);

}  // namespace portcullis::policy
