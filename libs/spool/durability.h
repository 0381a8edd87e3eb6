// What an appended leaf survives.
#pragma once

#include <cstdint>

namespace portcullis::spool {

enum class Durability : uint8_t {
  kProcess,  // survives kill -9 of the process, not the loss of power
  kDisk,     // survives the loss of power too: group-committed fdatasync
};

}  // namespace portcullis::spool
