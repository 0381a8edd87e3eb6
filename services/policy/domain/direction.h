// Which way a text goes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "services/policy/domain/chain_options.h"

namespace portcullis::policy {

enum class Direction : uint8_t { kInput, kOutput };

inline constexpr size_t kDirections = 2;

constexpr bool Applies(ApplyTo apply_to, Direction direction) {
  return apply_to == ApplyTo::kBoth || (apply_to == ApplyTo::kInput) == (direction == Direction::kInput);
}

}  // namespace portcullis::policy
