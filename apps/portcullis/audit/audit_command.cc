#include "apps/portcullis/audit/audit_command.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>

#include "apps/portcullis/audit/head_json.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/spool/files.h"
#include "services/audit/adapters/store/sqlite/sqlite_store.h"
#include "services/audit/domain/log_file.h"

namespace portcullis::audit_cli {
namespace {

namespace fs = std::filesystem;
using audit::LogEntry;
using audit::LogHead;
using audit::LogStore;
using audit::LogSummary;
using audit::LogVerifier;
using audit::sqlite::SqliteStore;

constexpr size_t kWriteBytes = 1 << 20;

absl::StatusOr<std::string> ReadWhole(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return spool::FileError("read", path, errno);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

absl::StatusOr<LogHead> LastHead(LogStore& log) {
  ASSIGN_OR_RETURN(std::optional<LogHead> head, log.LatestHead());
  if (head) return *std::move(head);
  return absl::FailedPreconditionError(
      "the log has no signed head yet: one is made each audit.head_interval_seconds and when the audit "
      "service stops");
}

// A file that takes its name when it is complete.
class OutputFile {
 public:
  explicit OutputFile(const fs::path& path)
      : path_(path), part_(path.native() + ".part"), file_(part_, std::ios::binary | std::ios::trunc) {}
  ~OutputFile() {
    std::error_code ignored;
    if (!done_) fs::remove(part_, ignored);
  }

  absl::Status Write(std::string* bytes) {
    file_.write(bytes->data(), static_cast<std::streamsize>(bytes->size()));
    bytes->clear();
    return file_ ? absl::OkStatus() : spool::FileError("write", part_, errno);
  }
  absl::Status Finish() {
    file_.close();
    std::error_code error;
    if (file_) fs::rename(part_, path_, error);
    if (!file_ || error) return spool::FileError("write", path_, error ? error.value() : errno);
    done_ = true;
    return absl::OkStatus();
  }

 private:
  const fs::path path_, part_;
  std::ofstream file_;
  bool done_ = false;
};

// Walks over the log up to its last head, entries and heads in order.
absl::Status Walk(LogStore& log, absl::FunctionRef<absl::Status(const LogEntry&)> on_entry,
                  absl::FunctionRef<absl::Status(const LogHead&)> on_head) {
  ASSIGN_OR_RETURN(const std::vector<LogHead> heads, log.Heads());
  uint64_t at = 0;
  for (const LogHead& head : heads) {
    RETURN_IF_ERROR(log.ForEachEntry(at, head.size, on_entry));
    RETURN_IF_ERROR(on_head(head));
    at = head.size;
  }
  return absl::OkStatus();
}

// The file as memory, so that a log of any size is read once and copied never.
class MappedFile {
 public:
  static absl::StatusOr<MappedFile> Open(const fs::path& path) {
    const spool::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about {};
    if (!file.valid() || ::fstat(file.get(), &about) != 0) return spool::FileError("read", path, errno);
    const size_t size = static_cast<size_t>(about.st_size);
    void* bytes = size == 0 ? nullptr : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (bytes == MAP_FAILED) return spool::FileError("read", path, errno);
    if (bytes != nullptr) ::madvise(bytes, size, MADV_SEQUENTIAL);
    return MappedFile(bytes, size);
  }
  MappedFile(MappedFile&& other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)), size_(other.size_) {}
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile() {
    if (bytes_ != nullptr) ::munmap(bytes_, size_);
  }
  std::string_view view() const { return {static_cast<const char*>(bytes_), size_}; }

 private:
  MappedFile(void* bytes, size_t size) : bytes_(bytes), size_(size) {}
  void* bytes_;
  size_t size_;
};

absl::StatusOr<std::vector<crypto::VerifyingKey>> ReadKeys(const VerifyOptions& options) {
  std::vector<fs::path> files = options.keys;
  if (files.empty() && fs::is_directory(options.source)) files.push_back(options.source / "audit-key.pub");
  if (files.empty()) {
    return absl::InvalidArgumentError(
        "give the public key: --key audit-key.pub (it lies in the state folder)");
  }
  std::vector<crypto::VerifyingKey> keys;
  for (const fs::path& file : files) {
    ASSIGN_OR_RETURN(const std::string pem, ReadWhole(file));
    auto key = crypto::VerifyingKey::FromPem(pem);
    if (!key.ok())
      return absl::InvalidArgumentError(base::StrCat(file.native(), ": ", base::Message(key.status())));
    keys.push_back(*std::move(key));
  }
  return keys;
}

bool IsLogFile(const fs::path& path) {
  char magic[8] = {};
  std::ifstream(path, std::ios::binary).read(magic, sizeof(magic));
  return std::string_view(magic, sizeof(magic)) == "PCAUDIT1";
}

absl::Status ExpectHead(const fs::path& file, LogVerifier& verifier) {
  if (file.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string json, ReadWhole(file));
  ASSIGN_OR_RETURN(LogHead head, ParseHeadJson(json));
  verifier.ExpectHead(std::move(head));
  return absl::OkStatus();
}

absl::StatusOr<LogSummary> VerifyFile(const VerifyOptions& options, std::vector<crypto::VerifyingKey> keys) {
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(options.source));
  ASSIGN_OR_RETURN(const std::string log_id, audit::LogIdOf(file.view()));
  LogVerifier verifier(log_id, std::move(keys));
  RETURN_IF_ERROR(ExpectHead(options.head, verifier));
  RETURN_IF_ERROR(audit::VerifyLogFile(file.view(), verifier));
  return verifier.summary();
}

absl::StatusOr<LogSummary> VerifyDatabase(const VerifyOptions& options,
                                          std::vector<crypto::VerifyingKey> keys) {
  const fs::path database = fs::is_directory(options.source) ? options.source / "audit.db" : options.source;
  ASSIGN_OR_RETURN(const std::unique_ptr<SqliteStore> store, SqliteStore::OpenReadOnly(database.native()));
  LogVerifier verifier(store->log_id(), std::move(keys));
  RETURN_IF_ERROR(ExpectHead(options.head, verifier));
  RETURN_IF_ERROR(Walk(
      *store, [&](const LogEntry& entry) { return verifier.Entry(entry); },
      [&](const LogHead& head) { return verifier.Head(head); }));
  RETURN_IF_ERROR(verifier.Finish());
  return verifier.summary();
}

}  // namespace

absl::Status RunExport(const ExportOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const std::unique_ptr<SqliteStore> store,
                   SqliteStore::OpenReadOnly(options.database.native()));
  RETURN_IF_ERROR(LastHead(*store).status());
  OutputFile file(options.output);
  std::string buffer;
  uint64_t leaves = 0, heads = 0;
  audit::BeginLogFile(store->log_id(), &buffer);
  const auto on_entry = [&](const LogEntry& entry) {
    ++leaves;
    audit::AppendLogEntry(entry, &buffer);
    return buffer.size() < kWriteBytes ? absl::OkStatus() : file.Write(&buffer);
  };
  const auto on_head = [&](const LogHead& head) {
    ++heads;
    audit::AppendLogHead(head, &buffer);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(Walk(*store, on_entry, on_head));
  audit::EndLogFile(leaves, heads, &buffer);
  RETURN_IF_ERROR(file.Write(&buffer));
  RETURN_IF_ERROR(file.Finish());
  out << "exported " << leaves << " leaves and " << heads << " signed heads of log " << store->log_id()
      << " to " << options.output << "\n";
  return absl::OkStatus();
}

absl::Status RunVerify(const VerifyOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(std::vector<crypto::VerifyingKey> keys, ReadKeys(options));
  absl::StatusOr<LogSummary> verified = IsLogFile(options.source) ? VerifyFile(options, std::move(keys))
                                                                  : VerifyDatabase(options, std::move(keys));
  if (!verified.ok()) {
    return absl::Status(verified.status().code(),
                        base::ToAbsl(base::StrCat("NOT VERIFIED: ", base::Message(verified.status()))));
  }
  const LogHead& head = *verified->last_head;
  out << "verified: " << verified->leaves << " leaves (" << verified->removed << " removed by retention), "
      << verified->heads << " signed heads\n"
      << "log " << head.log_id << ", root " << crypto::Hex(head.root) << ", key " << head.key_id << "\n";
  return absl::OkStatus();
}

absl::Status RunProve(const ProveOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const audit::Receipt receipt, audit::ParseReceipt(options.receipt));
  ASSIGN_OR_RETURN(const std::unique_ptr<SqliteStore> store,
                   SqliteStore::OpenReadOnly(options.database.native()));
  ASSIGN_OR_RETURN(const uint64_t index, store->IndexOf(receipt.id));
  ASSIGN_OR_RETURN(const LogHead head, LastHead(*store));
  if (index >= head.size) {
    return absl::NotFoundError(base::StrCat("leaf ", index,
                                            " is in the log and not signed yet: the last head covers ",
                                            head.size, " leaves; try again in a moment"));
  }
  const auto nodes = [&](int level, uint64_t node) { return store->TreeNode(level, node); };
  ASSIGN_OR_RETURN(const std::vector<crypto::Digest> path, crypto::InclusionPath(index, head.size, nodes));
  const absl::Status included = crypto::VerifyInclusion(receipt.hash, index, head.size, path, head.root);
  if (!included.ok()) {
    return absl::InvalidArgumentError(base::StrCat(
        "NOT PROVED: the log holds another leaf in the place of the receipt's: ", base::Message(included)));
  }
  out << ProofJson(receipt, index, path, head);
  return absl::OkStatus();
}

absl::Status RunHead(const fs::path& database, std::ostream& out) {
  ASSIGN_OR_RETURN(const std::unique_ptr<SqliteStore> store, SqliteStore::OpenReadOnly(database.native()));
  ASSIGN_OR_RETURN(const LogHead head, LastHead(*store));
  out << HeadJson(head);
  return absl::OkStatus();
}

}  // namespace portcullis::audit_cli
