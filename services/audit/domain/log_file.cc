#include "services/audit/domain/log_file.h"

#include <bit>
#include <cstring>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::audit {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is written by plain copies");

constexpr std::string_view kMagic = "PCAUDIT1";
constexpr size_t kLogIdLength = 32, kSpoolLength = 16, kKeyIdLength = 16;
constexpr uint32_t kMaxLeafBytes = 1 << 20;
constexpr char kLeaf = 'L', kRemoved = 'R', kHead = 'S', kEnd = 'E';

template <typename T>
void Put(const T& value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// Reads from the front of what is left.
class Cursor {
 public:
  explicit Cursor(std::string_view file) : file_(file) {}

  size_t at() const { return at_; }
  bool done() const { return at_ == file_.size(); }

  bool Take(size_t count, std::string_view* bytes) {
    if (file_.size() - at_ < count) return false;
    *bytes = file_.substr(at_, count);
    at_ += count;
    return true;
  }
  template <typename T>
  bool Take(T* value) {
    std::string_view bytes;
    if (!Take(sizeof(T), &bytes)) return false;
    std::memcpy(value, bytes.data(), sizeof(T));
    return true;
  }
  bool Text(size_t count, std::string* text) {
    std::string_view bytes;
    if (!Take(count, &bytes)) return false;
    *text = bytes;
    return true;
  }

 private:
  std::string_view file_;
  size_t at_ = 0;
};

bool ReadEntry(char kind, Cursor& cursor, LogEntry* entry) {
  if (kind == kRemoved) return cursor.Take(&entry->hash);
  uint32_t length = 0;
  std::string_view bytes;
  if (!cursor.Text(kSpoolLength, &entry->id.spool) || !cursor.Take(&entry->id.sequence) ||
      !cursor.Take(&entry->hash) || !cursor.Take(&length) || length > kMaxLeafBytes ||
      !cursor.Take(length, &bytes)) {
    return false;
  }
  entry->bytes = bytes;
  return true;
}

bool ReadHead(Cursor& cursor, LogHead* head) {
  return cursor.Take(&head->size) && cursor.Take(&head->time_us) &&
         cursor.Text(kKeyIdLength, &head->key_id) && cursor.Take(&head->root) &&
         cursor.Take(&head->signature);
}

absl::Status Broken(const Cursor& cursor) {
  return absl::InvalidArgumentError(
      base::StrCat("the file ends or is damaged at byte ", cursor.at(), ": its end is missing"));
}

absl::Status CheckEnd(Cursor& cursor, const LogVerifier& verifier) {
  uint64_t leaves = 0, heads = 0;
  if (!cursor.Take(&leaves) || !cursor.Take(&heads)) return Broken(cursor);
  if (!cursor.done()) return absl::InvalidArgumentError("the file goes on after its end");
  if (leaves != verifier.summary().leaves || heads != verifier.summary().heads) {
    return absl::InvalidArgumentError(base::StrCat("the file's end says ", leaves, " leaves and ", heads,
                                                   " heads, and it has ", verifier.summary().leaves, " and ",
                                                   verifier.summary().heads));
  }
  return verifier.Finish();
}

}  // namespace

void BeginLogFile(std::string_view log_id, std::string* out) { out->append(kMagic).append(log_id); }

void AppendLogEntry(const LogEntry& entry, std::string* out) {
  if (!entry.bytes) {
    out->push_back(kRemoved);
    Put(entry.hash, out);
    return;
  }
  out->push_back(kLeaf);
  out->append(entry.id.spool);
  Put(entry.id.sequence, out);
  Put(entry.hash, out);
  Put(static_cast<uint32_t>(entry.bytes->size()), out);
  out->append(*entry.bytes);
}

void AppendLogHead(const LogHead& head, std::string* out) {
  out->push_back(kHead);
  Put(head.size, out);
  Put(head.time_us, out);
  out->append(head.key_id);
  Put(head.root, out);
  Put(head.signature, out);
}

void EndLogFile(uint64_t leaves, uint64_t heads, std::string* out) {
  out->push_back(kEnd);
  Put(leaves, out);
  Put(heads, out);
}

absl::StatusOr<std::string> LogIdOf(std::string_view file) {
  if (!file.starts_with(kMagic) || file.size() < kMagic.size() + kLogIdLength) {
    return absl::InvalidArgumentError(
        "the file is no audit log: `portcullis audit export` writes such files");
  }
  return std::string(file.substr(kMagic.size(), kLogIdLength));
}

absl::Status VerifyLogFile(std::string_view file, LogVerifier& verifier) {
  ASSIGN_OR_RETURN(const std::string log_id, LogIdOf(file));
  Cursor cursor(file);
  std::string_view begin;
  cursor.Take(kMagic.size() + kLogIdLength, &begin);
  for (char kind = 0; cursor.Take(&kind);) {
    if (kind == kLeaf || kind == kRemoved) {
      LogEntry entry;
      entry.index = verifier.summary().leaves;
      if (!ReadEntry(kind, cursor, &entry)) return Broken(cursor);
      RETURN_IF_ERROR(verifier.Entry(entry));
    } else if (kind == kHead) {
      LogHead head;
      head.log_id = log_id;
      if (!ReadHead(cursor, &head)) return Broken(cursor);
      RETURN_IF_ERROR(verifier.Head(head));
    } else if (kind == kEnd) {
      return CheckEnd(cursor, verifier);
    } else {
      return Broken(cursor);
    }
  }
  return Broken(cursor);
}

}  // namespace portcullis::audit
