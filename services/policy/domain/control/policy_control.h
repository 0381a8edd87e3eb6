// What an operator can say of every policy, whatever its kind: whether it acts, when it runs, what it leaves
// alone, and what becomes of text that it could not judge.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "services/policy/api/policy_api.h"

namespace portcullis::policy {

enum class FailMode { kBlock, kAllow };

// kObserve: decides and records, and lets pass.
enum class PolicyMode : uint8_t { kEnforce, kObserve };

// How the text of a stream leaves when this policy looks at it. kExact: what is decided leaves, byte by byte.
// kSentence: whole sentences leave. kBuffer: nothing leaves before the text is complete. kObserve: nothing is
// held back, and findings are recorded alone.
enum class StreamMode : uint8_t { kExact, kSentence, kBuffer, kObserve };

// Every list that is not empty must hold one that fits. Texts are patterns in which `*` stands for any run of
// characters and `?` for one.
struct PolicyCondition {
  std::vector<std::string> models;             // as the client asked
  std::vector<std::string> tenants;            // "default" for the default tenant
  std::map<std::string, std::string> headers;  // name in lower case -> pattern; all must fit
  std::vector<std::string> modalities;         // kModalityNames: what the request holds
  std::vector<std::string> targets;            // which target answered; of answers alone

  bool empty() const {
    return models.empty() && tenants.empty() && headers.empty() && modalities.empty() && targets.empty();
  }
};

// Findings that are recorded and left alone until a day. Every list that is not empty must hold one that
// fits.
struct PolicyException {
  std::string reason;                     // why, for the record
  std::string expires;                    // "2026-12-31": the last day, UTC
  std::vector<std::string> rules;         // patterns of rule names
  std::vector<std::string> values;        // patterns of the text that was found
  std::vector<std::string> value_sha256;  // of the text that was found, 64 hexadecimal digits
  std::vector<std::string> tenants;
};

struct PolicyControl {
  PolicyMode mode = PolicyMode::kEnforce;
  StreamMode stream = StreamMode::kExact;
  std::vector<std::string> roles;  // kRoleNames: whose texts of a request are judged; empty = the kind's own
  PolicyCondition when;
  std::optional<FailMode> fail_mode;     // absent = that of the gateway
  std::chrono::milliseconds timeout{0};  // for one request, whole answer or stream; 0 = none
  std::vector<PolicyException> exceptions;

  // Whether nothing was said.
  bool plain() const {
    return mode == PolicyMode::kEnforce && stream == StreamMode::kExact && roles.empty() && when.empty() &&
           !fail_mode && timeout.count() == 0 && exceptions.empty();
  }
};

inline constexpr std::string_view kRoleNames[] = {"system", "user", "assistant", "tool"};
inline constexpr std::string_view kModalityNames[] = {"text", "image", "audio", "tools"};

// The first moment after the day "2026-12-31" (UTC); nothing if there is no such day.
std::optional<base::SystemTime> AfterDay(std::string_view day);

}  // namespace portcullis::policy
