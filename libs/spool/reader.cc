#include "libs/spool/reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "libs/base/status_macros.h"

namespace portcullis::spool {
namespace {

constexpr size_t kReadBytes = 256 * 1024;

// The smallest segment number from `from` on; 0 if there is none.
uint32_t SegmentFrom(const std::filesystem::path& directory, uint32_t from) {
  const std::vector<uint32_t> numbers = ListSegments(directory);
  const auto found = std::lower_bound(numbers.begin(), numbers.end(), from);
  return found == numbers.end() ? 0 : *found;
}

uint64_t FirstSequence(std::string_view id, const std::filesystem::path& path) {
  char data[kSegmentHeaderBytes];
  const auto file = OpenFile(path, O_RDONLY);
  if (!file.ok() || ::pread(file->get(), data, sizeof(data), 0) != sizeof(data)) return 0;
  const auto header = DecodeSegmentHeader(id, {data, sizeof(data)});
  return header ? header->first_sequence : 0;
}

}  // namespace

Reader::Reader(std::string id, std::filesystem::path directory, uint32_t first_segment)
    : id_(std::move(id)), directory_(std::move(directory)), number_(first_segment) {}

Reader Reader::After(std::string id, std::filesystem::path directory, uint64_t after) {
  uint32_t first = 1;
  const std::vector<uint32_t> numbers = ListSegments(directory);
  for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
    const uint64_t sequence = FirstSequence(id, SegmentPath(directory, *number));
    if (sequence == 0 || sequence > after + 1) continue;
    first = *number;
    break;
  }
  Reader reader(std::move(id), std::move(directory), first);
  reader.after_ = after;
  return reader;
}

absl::StatusOr<std::optional<Leaf>> Reader::Next() {
  for (;;) {
    ASSIGN_OR_RETURN(const bool ready, OpenSegment());
    Frame frame;
    bool found = false;
    if (ready) {
      ASSIGN_OR_RETURN(found, FindFrame(&frame));
    }
    if (found) {
      if (std::optional<Leaf> leaf = Accept(frame)) return leaf;
      continue;
    }
    if (later_segment_ == 0) {
      Rewind();
      return std::nullopt;
    }
    damage_.bytes += Offset() + Data().size() - valid_end_;
    GoTo(later_segment_);
  }
}

// Opens the current segment and reads its header; false if it is not there or has no header yet.
absl::StatusOr<bool> Reader::OpenSegment() {
  if (!file_.valid()) {
    later_segment_ = 0;
    const uint32_t number = SegmentFrom(directory_, number_);
    if (number == 0) return false;
    number_ = number;
    auto file = OpenFile(SegmentPath(directory_, number), O_RDONLY);
    if (absl::IsNotFound(file.status())) return false;  // removed just now; the next call finds what follows
    if (!file.ok()) return file.status();
    file_ = *std::move(file);
  }
  return header_read_ ? true : ReadHeader();
}

absl::StatusOr<bool> Reader::ReadHeader() {
  while (Data().size() < kSegmentHeaderBytes) {
    ASSIGN_OR_RETURN(const bool more, Fill());
    if (!more) return false;
  }
  header_read_ = true;
  const auto header = DecodeSegmentHeader(id_, Data());
  if (!header) return true;  // counted as damage when the first leaf is found
  at_ += kSegmentHeaderBytes;
  valid_end_ = Offset();
  if (header->first_sequence == sequence_ + 1) {
    const crypto::Digest expected = chain_ ? *chain_ : sequence_ == 0 ? FirstChain(id_) : header->chain;
    if (header->chain != expected) ++damage_.broken_links;
    chain_ = header->chain;
  } else if (sequence_ == 0) {  // segments before this one are acknowledged and removed
    sequence_ = header->first_sequence - 1;
    chain_ = header->chain;
  }
  return true;
}

// Finds the next whole leaf in this segment, past whatever is damaged.
absl::StatusOr<bool> Reader::FindFrame(Frame* frame) {
  bool at_end = false;
  for (;;) {
    const FrameState state = DecodeFrame(id_, Data(), frame);
    if (state == FrameState::kValid && frame->sequence > sequence_) return true;
    if (state == FrameState::kIncomplete && !at_end) {
      ASSIGN_OR_RETURN(const bool more, Fill());
      at_end = !more;
      continue;
    }
    const size_t next = FindFrameStart(Data());
    at_ += next == std::string_view::npos ? Data().size() : next;
    if (Data().empty() && at_end) return false;
  }
}

// Reads on; false at the end of the file.
absl::StatusOr<bool> Reader::Fill() {
  // Looked for before the read: what is written to this segment was written before the next one was begun.
  const uint32_t later = SegmentFrom(directory_, number_ + 1);
  buffer_.erase(0, at_);
  buffer_offset_ += at_;
  at_ = 0;
  const size_t old_size = buffer_.size();
  buffer_.resize(old_size + kReadBytes);
  ssize_t count;
  do {
    count = ::pread(file_.get(), buffer_.data() + old_size, kReadBytes,
                    static_cast<off_t>(buffer_offset_ + old_size));
  } while (count < 0 && errno == EINTR);
  buffer_.resize(old_size + static_cast<size_t>(std::max<ssize_t>(count, 0)));
  if (count < 0) return FileError("read", SegmentPath(directory_, number_), errno);
  if (count == 0) later_segment_ = later;
  return count > 0;
}

// Checks a valid frame against what came before it; nullopt for leaves that the caller has already.
std::optional<Leaf> Reader::Accept(const Frame& frame) {
  damage_.bytes += Offset() - valid_end_;
  if (frame.sequence != sequence_ + 1) {
    if (frame.sequence > after_ + 1) {
      damage_.missing_leaves += frame.sequence - 1 - std::max(sequence_, after_);
    }
  } else if (chain_) {
    hasher_.Update({reinterpret_cast<const char*>(chain_->data()), chain_->size()});
    hasher_.Update(frame.bytes);
    if (hasher_.Finish() != frame.chain) ++damage_.broken_links;
  }
  sequence_ = frame.sequence;
  chain_ = frame.chain;
  at_ += frame.size();
  valid_end_ = Offset();
  if (sequence_ <= after_) return std::nullopt;
  return Leaf{frame.sequence, frame.bytes, frame.chain, frame.size()};
}

void Reader::GoTo(uint32_t segment) {
  number_ = segment;
  file_ = UniqueFd();
  header_read_ = false;
  later_segment_ = 0;
  buffer_.clear();
  buffer_offset_ = at_ = valid_end_ = 0;
}

// Forgets what was read after the last valid leaf: a writer that failed may write that place anew.
void Reader::Rewind() {
  unread_bytes_ = file_.valid() ? Offset() + Data().size() - valid_end_ : 0;
  buffer_.clear();
  at_ = 0;
  buffer_offset_ = valid_end_;
  if (valid_end_ == 0) header_read_ = false;
}

}  // namespace portcullis::spool
