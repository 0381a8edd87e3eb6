#include "libs/spool/format.h"

#include <libdeflate.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace portcullis::spool {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is written by plain copies");

constexpr std::string_view kSegmentMagic = "PCSPOOL1";
constexpr std::string_view kFrameMagic = "PCLF";

// Offsets, see the header.
constexpr size_t kSegmentId = 8, kSegmentFirst = 24, kSegmentChain = 32, kSegmentCheck = 64;
constexpr size_t kFrameLength = 4, kFrameSequence = 8, kFrameChain = 16, kFrameCheck = 48;

template <typename T>
T Load(std::string_view data, size_t offset) {
  T value;
  std::memcpy(&value, data.data() + offset, sizeof(value));
  return value;
}

template <typename T>
void Store(char* out, size_t offset, const T& value) {
  std::memcpy(out + offset, &value, sizeof(value));
}

uint32_t Check(uint32_t seed, std::string_view data) {
  return libdeflate_crc32(seed, data.data(), data.size());
}

}  // namespace

bool IsValidId(std::string_view id) {
  return id.size() == kIdLength && std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

crypto::Digest FirstChain(std::string_view id) { return crypto::Sha256Of(id); }

void EncodeSegmentHeader(std::string_view id, const SegmentHeader& header, char* out) {
  std::memcpy(out, kSegmentMagic.data(), kSegmentMagic.size());
  std::memcpy(out + kSegmentId, id.data(), kIdLength);
  Store(out, kSegmentFirst, header.first_sequence);
  Store(out, kSegmentChain, header.chain);
  Store(out, kSegmentCheck, Check(Check(0, id), {out, kSegmentCheck}));
}

std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view id, std::string_view data) {
  if (data.size() < kSegmentHeaderBytes || !data.starts_with(kSegmentMagic) ||
      data.substr(kSegmentId, kIdLength) != id) {
    return std::nullopt;
  }
  if (Check(Check(0, id), data.substr(0, kSegmentCheck)) != Load<uint32_t>(data, kSegmentCheck)) {
    return std::nullopt;
  }
  return SegmentHeader{Load<uint64_t>(data, kSegmentFirst), Load<crypto::Digest>(data, kSegmentChain)};
}

void EncodeFrameHeader(std::string_view id, uint64_t sequence, const crypto::Digest& chain,
                       std::string_view bytes, char* out) {
  std::memcpy(out, kFrameMagic.data(), kFrameMagic.size());
  Store(out, kFrameLength, static_cast<uint32_t>(bytes.size()));
  Store(out, kFrameSequence, sequence);
  Store(out, kFrameChain, chain);
  Store(out, kFrameCheck, Check(Check(Check(0, id), {out, kFrameCheck}), bytes));
}

FrameState DecodeFrame(std::string_view id, std::string_view data, Frame* frame) {
  const std::string_view magic = data.substr(0, std::min(data.size(), kFrameMagic.size()));
  if (!kFrameMagic.starts_with(magic)) return FrameState::kInvalid;
  if (data.size() < kFrameHeaderBytes) return FrameState::kIncomplete;
  const uint32_t length = Load<uint32_t>(data, kFrameLength);
  if (length == 0 || length > kMaxLeafBytes) return FrameState::kInvalid;
  if (data.size() - kFrameHeaderBytes < length) return FrameState::kIncomplete;
  const std::string_view bytes = data.substr(kFrameHeaderBytes, length);
  if (Check(Check(Check(0, id), data.substr(0, kFrameCheck)), bytes) != Load<uint32_t>(data, kFrameCheck)) {
    return FrameState::kInvalid;
  }
  *frame = {Load<uint64_t>(data, kFrameSequence), Load<crypto::Digest>(data, kFrameChain), bytes};
  return FrameState::kValid;
}

size_t FindFrameStart(std::string_view data) {
  for (size_t at = data.find(kFrameMagic[0], 1); at != std::string_view::npos;
       at = data.find(kFrameMagic[0], at + 1)) {
    const std::string_view rest = data.substr(at, kFrameMagic.size());
    if (kFrameMagic.starts_with(rest)) return at;
  }
  return std::string_view::npos;
}

}  // namespace portcullis::spool
