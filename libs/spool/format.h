// How a spool lies on disk.
//
// A spool is a directory named by its id (16 lower-case hex digits) with:
//   lock            an empty file; its flock is held while somebody writes or ships the spool
//   ack             "acknowledged <sequence>\n": leaves up to here need not be read again; replaced by rename
//   note            what must be remembered of leaves whose segments are removed, for whoever ships; may be
//   missing 00000001.seg    segments, numbered from 1 without gaps
//
// Numbers are little-endian. A segment starts with a header of 68 bytes:
//   0  "PCSPOOL1"   8  spool id   24  u64 sequence of the first leaf   32  chain before it   64  u32 check
// Then frames, one per leaf, each a header of 52 bytes and the leaf's bytes:
//   0  "PCLF"   4  u32 length   8  u64 sequence   16  chain after this leaf   48  u32 check   52  bytes
//
// Sequences count from 1 without gaps. The chain after a leaf is SHA-256(chain before || bytes); before the
// first leaf it is SHA-256(spool id). So a leaf that was removed, added or altered later is noticed unless
// everything after it was written anew. Checks are CRC-32 (that of zlib and gzip) of the spool id, the header before the
// check, and the bytes: they tell accidents (a torn write) from the end of the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "libs/crypto/sha256.h"

namespace portcullis::spool {

inline constexpr size_t kIdLength = 16;
inline constexpr size_t kSegmentHeaderBytes = 68;
inline constexpr size_t kFrameHeaderBytes = 52;
inline constexpr size_t kMaxLeafBytes = size_t{1} << 20;

// True for 16 lower-case hex digits.
bool IsValidId(std::string_view id);

// The chain before the first leaf of a spool.
crypto::Digest FirstChain(std::string_view id);

struct SegmentHeader {
  uint64_t first_sequence = 0;
  crypto::Digest chain{};
};

void EncodeSegmentHeader(std::string_view id, const SegmentHeader& header, char* out);

// nullopt: `data` does not start with a whole and valid header of this spool.
std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view id, std::string_view data);

struct Frame {
  uint64_t sequence = 0;
  crypto::Digest chain{};
  std::string_view bytes;  // inside the data that was decoded

  size_t size() const { return kFrameHeaderBytes + bytes.size(); }
};

// Writes the header of a frame whose bytes follow. `bytes` is at most kMaxLeafBytes.
void EncodeFrameHeader(std::string_view id, uint64_t sequence, const crypto::Digest& chain,
                       std::string_view bytes, char* out);

enum class FrameState : uint8_t {
  kValid,
  kIncomplete,  // what is there may be the beginning of a frame
  kInvalid,
};

// Decodes the frame at the start of `data`; fills `frame` if valid.
FrameState DecodeFrame(std::string_view id, std::string_view data, Frame* frame);

// Offset of the next place in `data`, from 1 on, where a frame might start; npos if there is none.
size_t FindFrameStart(std::string_view data);

}  // namespace portcullis::spool
