// What the doctor found: one thing that was looked at, how it is, and what to do about it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace portcullis::doctor {

enum class Level : uint8_t { kOk, kWarning, kError };

struct Finding {
  std::string check;    // "config", "keys", "provider", "peer", "redis", "postgresql", "certificate", "disk",
                        // "clock", "limits"
  std::string subject;  // a target, an address, a file
  Level level = Level::kOk;
  std::string message;  // what is so; never a secret
  std::string fix;      // what to do; "" when it is fine
};

using Findings = std::vector<Finding>;

}  // namespace portcullis::doctor
