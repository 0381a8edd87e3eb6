// What clients of AxonFlow's policy API send.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/json/tape.h"
#include "services/policy/api/catalog_api.h"

namespace portcullis::edge {

inline constexpr std::string_view kPolicyBodyNotJson = "the body is no JSON object";

// A policy or a part of one; PATCH {enabled} too.
std::optional<std::string> ReadPolicyDraft(policy::CatalogKind kind, std::string_view body,
                                           const json::Limits& limits, policy::CatalogDraft* out);

struct PatternTestBody {
  std::string pattern;
  std::vector<std::string> inputs;
};
std::optional<std::string> ReadPatternTest(std::string_view body, const json::Limits& limits,
                                           PatternTestBody* out);

// `user.email`, or `user_email`, names the user. Without tenant and id.
std::optional<std::string> ReadPolicyTest(std::string_view body, const json::Limits& limits,
                                          policy::PolicyTrialInput* out);

// What becomes of a policy whose name there is already.
enum class ImportMode { kSkip, kOverwrite, kError };

struct ImportBody {
  std::vector<policy::CatalogDraft> policies;  // each with a name
  ImportMode mode = ImportMode::kSkip;
};
std::optional<std::string> ReadImport(std::string_view body, const json::Limits& limits, ImportBody* out);

}  // namespace portcullis::edge
