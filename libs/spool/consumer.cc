#include "libs/spool/consumer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::spool {
namespace {

uint64_t SegmentBytes(const std::filesystem::path& directory) {
  uint64_t total = 0;
  for (const uint32_t number : ListSegments(directory)) {
    std::error_code error;
    const uint64_t size = std::filesystem::file_size(SegmentPath(directory, number), error);
    if (!error) total += size;
  }
  return total;
}

}  // namespace

Consumer::Consumer(std::shared_ptr<Handle> handle, Budget& budget)
    : handle_(std::move(handle)), budget_(budget), acknowledged_(ReadAcknowledged(handle_->directory())) {
  if (!handle_->adopted()) return;
  adopted_bytes_ = SegmentBytes(handle_->directory());
  budget_.Take(adopted_bytes_);
}

Consumer::~Consumer() { budget_.Give(adopted_bytes_); }

uint64_t Consumer::backlog() const {
  const uint64_t last = handle_->last_sequence();
  return last > acknowledged_ && !(tail_lost_ && read_.empty()) ? last - acknowledged_ : 0;
}

absl::StatusOr<std::optional<Leaf>> Consumer::Next() {
  if (!reader_) reader_ = Reader::After(handle_->id(), handle_->directory(), acknowledged_);
  const uint64_t before = std::max(reader_->last_sequence(), acknowledged_);
  if (tail_lost_ || before >= handle_->last_sequence()) return std::nullopt;
  const uint32_t segment = reader_->segment();
  ASSIGN_OR_RETURN(const std::optional<Leaf> leaf, reader_->Next());
  if (reader_->segment() != segment) passed_.push_back({segment, before});
  if (!leaf) return AtEnd();
  NoteDamage();
  read_.push_back({leaf->sequence, leaf->frame_bytes});
  return leaf;
}

absl::StatusOr<std::optional<Leaf>> Consumer::AtEnd() {
  const uint64_t have = std::max(reader_->last_sequence(), acknowledged_), last = handle_->last_sequence();
  if (have >= last) return std::nullopt;
  if (handle_->closed()) {
    tail_lost_ = true;
    damage_.missing_leaves += last - have;
  }
  return absl::DataLossError(base::StrCat("leaves ", have + 1, " to ", last, " of the audit spool ",
                                          handle_->directory().native(),
                                          " cannot be read: its files were changed by somebody else"));
}

absl::Status Consumer::Acknowledge(uint64_t sequence) {
  if (sequence <= acknowledged_) return absl::OkStatus();
  RETURN_IF_ERROR(WriteAcknowledged(handle_->directory(), sequence));
  acknowledged_ = sequence;
  GiveUpTo(sequence);
  while (!passed_.empty() && passed_.front().last_sequence <= sequence) {
    const auto path = SegmentPath(handle_->directory(), passed_.front().segment);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return FileError("remove", path, errno);
    passed_.pop_front();
  }
  return absl::OkStatus();
}

void Consumer::GiveUpTo(uint64_t sequence) {
  for (; !read_.empty() && read_.front().sequence <= sequence; read_.pop_front()) {
    if (!handle_->adopted()) budget_.Give(read_.front().bytes);
  }
}

void Consumer::Rewind() {
  reader_.reset();
  reader_damage_ = {};
  passed_.clear();
  read_.clear();
}

bool Consumer::finished() const {
  // closed() first: what was appended before the closing is then seen below.
  return handle_->closed() && backlog() == 0;
}

absl::Status Consumer::Remove() {
  const std::filesystem::path& directory = handle_->directory();
  std::error_code error;
  if (damage_.any()) {
    std::filesystem::rename(directory, directory.native() + ".damaged", error);
  } else {
    std::filesystem::remove_all(directory, error);
  }
  return error ? FileError("remove", directory, error.value()) : absl::OkStatus();
}

void Consumer::NoteDamage() {
  const Damage& now = reader_->damage();
  if (reader_->last_sequence() > damage_checked_) {
    damage_.bytes += now.bytes - reader_damage_.bytes;
    damage_.missing_leaves += now.missing_leaves - reader_damage_.missing_leaves;
    damage_.broken_links += now.broken_links - reader_damage_.broken_links;
    damage_checked_ = reader_->last_sequence();
  }
  reader_damage_ = now;
}

}  // namespace portcullis::spool
