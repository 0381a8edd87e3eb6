// What the router's replicas tell each other: that an API key, or a target as a whole, is to be left alone.
#pragma once

#include <cstdint>

#include "libs/base/clock.h"

namespace portcullis::router {

enum class CooldownKind : uint8_t {
  kKeyRefused,  // 401, 403
  kKeyLimited,  // 429, of a target with several keys
  kTarget,      // 429 with a time, of a target with one key: its circuit is held open
};

struct Cooldown {
  CooldownKind kind = CooldownKind::kKeyRefused;
  uint32_t target = 0;  // its place in the TargetTable
  uint32_t key = 0;     // its place in the target's list
  base::Duration time{};
};

class CooldownShare {
 public:
  virtual ~CooldownShare() = default;

  // This replica has seen it. Any thread; never blocks for long.
  virtual void Tell(const Cooldown& cooldown) = 0;

  // A key that cooled down has worked.
  virtual void TellOver(uint32_t target, uint32_t key) = 0;
};

}  // namespace portcullis::router
