// Sizes and bounds of lanes (protos/portcullis/common/v1/lane.proto describes the protocol).
#pragma once

#include <cstddef>
#include <cstdint>

namespace portcullis::rpc {

// Payload of one frame at most; part of the protocol.
inline constexpr size_t kMaxFrameBytes = 32 << 10;

// Payload bytes that one direction of a call may have under way before the receiver widens the window; part
// of the protocol.
inline constexpr size_t kWindowBytes = 256 << 10;

// A batch is written when it has reached this size. Small enough that a control frame never waits long, large
// enough that the cost of a gRPC message (about 10 us) disappears in it.
inline constexpr size_t kBatchBytes = 64 << 10;

// What a sender may queue on one call before it should stop, and the level at which it hears OnWritable.
inline constexpr size_t kHighWaterBytes = 256 << 10;
inline constexpr size_t kLowWaterBytes = 64 << 10;

// What one side accepts from its peer.
struct LaneLimits {
  uint32_t max_calls = 10'000;               // open at once on one lane
  uint64_t max_message_bytes = 64ull << 20;  // of one message, put together
  uint64_t max_buffered_bytes = 256ull
                                << 20;    // of one lane: unfinished messages and what paused readers hold
  uint32_t max_control_frames = 100'000;  // queued for a peer that does not read
};

}  // namespace portcullis::rpc
