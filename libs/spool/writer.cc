#include "libs/spool/writer.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/spool/format.h"

namespace portcullis::spool {

absl::StatusOr<std::unique_ptr<Writer>> Writer::Create(const std::filesystem::path& root,
                                                       const WriterOptions& options, Budget& budget,
                                                       GroupSync* sync, const base::Clock& clock) {
  ASSIGN_OR_RETURN(std::shared_ptr<Handle> handle, Handle::Create(root));
  if (options.durability == Durability::kDisk) RETURN_IF_ERROR(SyncDirectory(root));
  std::unique_ptr<Writer> writer(new Writer(std::move(handle), options, budget, sync, clock));
  RETURN_IF_ERROR(writer->BeginSegment());
  return writer;
}

absl::StatusOr<std::unique_ptr<Writer>> Writer::Extend(std::shared_ptr<Handle> handle,
                                                       const WriterOptions& options, Budget& budget,
                                                       const base::Clock& clock) {
  std::unique_ptr<Writer> writer(new Writer(std::move(handle), options, budget, nullptr, clock));
  writer->sequence_ = writer->handle_->last_sequence();
  writer->chain_ = writer->handle_->end().chain;
  writer->segment_number_ = writer->handle_->end().segment;
  RETURN_IF_ERROR(writer->BeginSegment());
  return writer;
}

Writer::Writer(std::shared_ptr<Handle> handle, const WriterOptions& options, Budget& budget, GroupSync* sync,
               const base::Clock& clock)
    : handle_(std::move(handle)),
      options_(options),
      budget_(budget),
      sync_(sync),
      clock_(clock),
      chain_(FirstChain(handle_->id())) {}

Writer::~Writer() { handle_->CloseAt({segment_number_, chain_}); }

absl::StatusOr<uint64_t> Writer::Append(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > kMaxLeafBytes) {
    return absl::InvalidArgumentError(
        base::StrCat("a leaf of ", bytes.size(), " bytes; 1 to ", kMaxLeafBytes, " are allowed"));
  }
  const size_t frame_bytes = kFrameHeaderBytes + bytes.size();
  if (NeedsSegment(frame_bytes)) RETURN_IF_ERROR(BeginSegment());
  if (!budget_.TryTake(frame_bytes)) {
    return absl::ResourceExhaustedError(
        budget_.stale()
            ? "audit records wait to be shipped for longer than audit.spool_max_age_seconds allows; see "
              "whether the audit service can be reached"
            : base::StrCat("the audit spool is full: ", budget_.max_bytes(),
                           " bytes wait to be shipped; see whether the audit service can be reached"));
  }
  const crypto::Digest chain = NextChain(bytes);
  char header[kFrameHeaderBytes];
  EncodeFrameHeader(handle_->id(), sequence_ + 1, chain, bytes, header);
  if (absl::Status status = WriteFrame(header, bytes); !status.ok()) {
    budget_.Give(frame_bytes);
    return status;
  }
  chain_ = chain;
  segment_size_ += frame_bytes;
  handle_->SetLastSequence(++sequence_);
  return sequence_;
}

void Writer::Sync(GroupSync::Callback done) {
  if (options_.durability == Durability::kProcess) return std::move(done)(absl::OkStatus());
  std::vector<std::shared_ptr<SegmentFile>> files = std::exchange(unsynced_, {});
  files.push_back(segment_);
  sync_->Submit(std::move(files), std::move(done));
}

bool Writer::NeedsSegment(size_t frame_bytes) const {
  if (segment_torn_) return true;
  if (segment_size_ == kSegmentHeaderBytes) return false;
  return segment_size_ + frame_bytes > options_.segment_bytes ||
         clock_.Monotonic() - segment_begun_ >= options_.segment_age;
}

absl::Status Writer::BeginSegment() {
  const std::filesystem::path path = SegmentPath(handle_->directory(), segment_number_ + 1);
  ASSIGN_OR_RETURN(UniqueFd fd, OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND));
  char header[kSegmentHeaderBytes];
  EncodeSegmentHeader(handle_->id(), {sequence_ + 1, chain_}, header);
  const ssize_t written = ::write(fd.get(), header, sizeof(header));
  if (written != static_cast<ssize_t>(sizeof(header))) {
    const int error = written < 0 ? errno : ENOSPC;
    ::unlink(path.c_str());
    return FileError("write", path, error);
  }
  if (segment_ && options_.durability == Durability::kDisk) unsynced_.push_back(segment_);
  segment_ = std::make_shared<SegmentFile>(SegmentFile{std::move(fd), path});
  ++segment_number_;
  segment_size_ = kSegmentHeaderBytes;
  segment_begun_ = clock_.Monotonic();
  segment_torn_ = false;
  return absl::OkStatus();
}

absl::Status Writer::WriteFrame(char* header, std::string_view bytes) {
  const size_t total = kFrameHeaderBytes + bytes.size();
  for (size_t done = 0; done < total;) {
    iovec parts[2];
    int count = 0;
    if (done < kFrameHeaderBytes) parts[count++] = {header + done, kFrameHeaderBytes - done};
    const size_t skip = done < kFrameHeaderBytes ? 0 : done - kFrameHeaderBytes;
    parts[count++] = {const_cast<char*>(bytes.data()) + skip, bytes.size() - skip};
    const ssize_t written = ::writev(segment_->fd.get(), parts, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const int error = written < 0 ? errno : ENOSPC;
      absl::Status status = FileError("write", segment_->path, error);
      return done == 0 ? status : UndoPartialFrame(std::move(status));
    }
    done += static_cast<size_t>(written);
  }
  return absl::OkStatus();
}

absl::Status Writer::UndoPartialFrame(absl::Status cause) {
  segment_torn_ = ::ftruncate(segment_->fd.get(), static_cast<off_t>(segment_size_)) != 0;
  return cause;
}

crypto::Digest Writer::NextChain(std::string_view bytes) {
  hasher_.Update({reinterpret_cast<const char*>(chain_.data()), chain_.size()});
  hasher_.Update(bytes);
  return hasher_.Finish();
}

}  // namespace portcullis::spool
