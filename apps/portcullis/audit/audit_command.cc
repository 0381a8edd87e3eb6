#include "apps/portcullis/audit/audit_command.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>

#include "libs/base/sleeper.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/spool/files.h"
#include "services/audit/app/read_marker.h"
#include "services/audit/app/signing_key_file.h"
#include "services/audit/domain/head_json.h"
#include "services/audit/domain/key_chain.h"
#include "services/audit/domain/log_file.h"
#include "services/audit/domain/proofs.h"

namespace portcullis::audit_cli {
namespace {

namespace fs = std::filesystem;
using audit::LogEntry;
using audit::LogHead;
using audit::LogStore;
using audit::LogSummary;
using audit::LogVerifier;

constexpr size_t kWriteBytes = 1 << 20;

absl::StatusOr<std::string> ReadWhole(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return spool::FileError("read", path, errno);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// What the stores of these commands measure their pauses by.
const base::Clock& Clock() {
  static const base::SystemClock clock;
  return clock;
}

absl::StatusOr<std::unique_ptr<audit::AuditStore>> OpenLog(const audit::StorePlace& place) {
  if (!place.postgresql.empty() && place.log_id.empty()) {
    return absl::InvalidArgumentError(
        "which log? The state folder has no audit-log.id: give --state-dir or --log");
  }
  return audit::OpenStoreReadOnly(place, Clock());
}

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

// The links between keys that were given, or those of the state folder.
fs::path KeyLinksFile(const VerifyOptions& options) {
  if (!options.key_links.empty() || !fs::is_directory(options.source)) return options.key_links;
  const fs::path file = options.source / "audit-key.links";
  return fs::exists(file) ? file : fs::path();
}

absl::StatusOr<crypto::VerifyingKey> ReadKey(const fs::path& file) {
  ASSIGN_OR_RETURN(const std::string pem, ReadWhole(file));
  auto key = crypto::VerifyingKey::FromPem(pem);
  if (key.ok()) return key;
  return absl::InvalidArgumentError(base::StrCat(file.native(), ": ", base::Message(key.status())));
}

// Those given. Of a state folder its own: the first of its links, or the one that it has.
absl::StatusOr<std::vector<crypto::VerifyingKey>> ReadKeys(const VerifyOptions& options) {
  std::vector<crypto::VerifyingKey> keys;
  for (const fs::path& file : options.keys) {
    ASSIGN_OR_RETURN(crypto::VerifyingKey key, ReadKey(file));
    keys.push_back(std::move(key));
  }
  if (!keys.empty()) return keys;
  if (!fs::is_directory(options.source)) {
    return absl::InvalidArgumentError(
        "give the public key: --key audit-key.pub (it lies in the state folder)");
  }
  if (const fs::path file = KeyLinksFile(options); !file.empty()) {
    ASSIGN_OR_RETURN(const std::string text, ReadWhole(file));
    ASSIGN_OR_RETURN(const std::vector<audit::KeyLink> links, audit::ParseKeyLinks(text));
    if (!links.empty()) {
      ASSIGN_OR_RETURN(crypto::VerifyingKey key, crypto::VerifyingKey::FromPem(links[0].old_key));
      keys.push_back(std::move(key));
      return keys;
    }
  }
  ASSIGN_OR_RETURN(crypto::VerifyingKey key, ReadKey(options.source / "audit-key.pub"));
  keys.push_back(std::move(key));
  return keys;
}

bool IsLogFile(const fs::path& path) {
  char magic[8] = {};
  std::ifstream(path, std::ios::binary).read(magic, sizeof(magic));
  return std::string_view(magic, sizeof(magic)) == "PCAUDIT1";
}

// What the log must be, as far as is known from elsewhere.
absl::Status Expect(const VerifyOptions& options, LogVerifier& verifier) {
  if (options.removed_at_most) verifier.ExpectRemovedAtMost(*options.removed_at_most);
  if (options.head.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string json, ReadWhole(options.head));
  ASSIGN_OR_RETURN(std::vector<LogHead> heads, audit::ParseHeads(json));
  for (LogHead& head : heads) verifier.ExpectHead(std::move(head));
  return absl::OkStatus();
}

// The keys that are trusted, and those that they name.
absl::StatusOr<std::vector<crypto::VerifyingKey>> AllKeys(const VerifyOptions& options,
                                                          const std::string& log_id,
                                                          std::vector<crypto::VerifyingKey> keys) {
  const fs::path file = KeyLinksFile(options);
  if (file.empty()) return keys;
  ASSIGN_OR_RETURN(const std::string text, ReadWhole(file));
  absl::StatusOr<std::vector<audit::KeyLink>> links = audit::ParseKeyLinks(text);
  if (links.ok()) return audit::FollowKeyLinks(log_id, std::move(keys), *links);
  return absl::InvalidArgumentError(base::StrCat(file.native(), ": ", base::Message(links.status())));
}

absl::StatusOr<LogSummary> VerifyFile(const VerifyOptions& options, std::vector<crypto::VerifyingKey> keys) {
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(options.source));
  ASSIGN_OR_RETURN(const std::string log_id, audit::LogIdOf(file.view()));
  ASSIGN_OR_RETURN(keys, AllKeys(options, log_id, std::move(keys)));
  LogVerifier verifier(log_id, std::move(keys));
  RETURN_IF_ERROR(Expect(options, verifier));
  RETURN_IF_ERROR(audit::VerifyLogFile(file.view(), verifier));
  return verifier.summary();
}

absl::StatusOr<LogSummary> VerifyDatabase(const VerifyOptions& options,
                                          std::vector<crypto::VerifyingKey> keys) {
  audit::StorePlace place = options.store;
  if (place.postgresql.empty()) {
    place.sqlite = fs::is_directory(options.source) ? options.source / "audit.db" : options.source;
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<audit::AuditStore> store, OpenLog(place));
  ASSIGN_OR_RETURN(keys, AllKeys(options, store->log_id(), std::move(keys)));
  LogVerifier verifier(store->log_id(), std::move(keys));
  RETURN_IF_ERROR(Expect(options, verifier));
  RETURN_IF_ERROR(Walk(
      *store, [&](const LogEntry& entry) { return verifier.Entry(entry); },
      [&](const LogHead& head) { return verifier.Head(head); }));
  RETURN_IF_ERROR(verifier.Finish());
  return verifier.summary();
}

}  // namespace

absl::Status RunExport(const ExportOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const std::unique_ptr<audit::AuditStore> store, OpenLog(options.store));
  RETURN_IF_ERROR(audit::LastHead(*store).status());
  RETURN_IF_ERROR(audit::NoteLocalRead(options.reader, "log", {}, Clock()));
  base::SystemSleeper sleeper;
  ASSIGN_OR_RETURN(const std::unique_ptr<output::Output> output,
                   output::Open(options.output, "application/octet-stream", {Clock(), sleeper, out}));
  std::string buffer;
  const auto write = [&] {
    const absl::Status written = output->Write(buffer);
    buffer.clear();
    return written;
  };
  uint64_t leaves = 0, heads = 0;
  audit::BeginLogFile(store->log_id(), &buffer);
  const auto on_entry = [&](const LogEntry& entry) {
    ++leaves;
    audit::AppendLogEntry(entry, &buffer);
    return buffer.size() < kWriteBytes ? absl::OkStatus() : write();
  };
  const auto on_head = [&](const LogHead& head) {
    ++heads;
    audit::AppendLogHead(head, &buffer);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(Walk(*store, on_entry, on_head));
  audit::EndLogFile(leaves, heads, &buffer);
  RETURN_IF_ERROR(write());
  RETURN_IF_ERROR(output->Finish());
  if (options.output.IsStandardOutput()) return absl::OkStatus();
  out << "exported " << leaves << " leaves and " << heads << " signed heads of log " << store->log_id()
      << " to " << options.output.to << "\n";
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
  out << "verified: " << verified->leaves << " leaves (" << verified->removed << " of them removed), "
      << verified->heads << " signed heads\n"
      << "log " << head.log_id << ", root " << crypto::Hex(head.root) << ", key " << head.key_id << "\n";
  return absl::OkStatus();
}

absl::Status RunProve(const ProveOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const audit::Receipt receipt, audit::ParseReceipt(options.receipt));
  ASSIGN_OR_RETURN(const std::unique_ptr<audit::AuditStore> store, OpenLog(options.store));
  ASSIGN_OR_RETURN(const audit::InclusionProof proof, audit::ProveInclusion(*store, receipt));
  out << audit::ProofJson(proof);
  return absl::OkStatus();
}

absl::Status RunConsistency(const ConsistencyOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const std::string json, ReadWhole(options.head));
  ASSIGN_OR_RETURN(const std::vector<LogHead> heads, audit::ParseHeads(json));
  const LogHead& first = heads.back();
  ASSIGN_OR_RETURN(const std::unique_ptr<audit::AuditStore> store, OpenLog(options.store));
  if (first.log_id != store->log_id()) {
    return absl::InvalidArgumentError(
        base::StrCat("NOT PROVED: the head is of log ", first.log_id, ", this log is ", store->log_id()));
  }
  ASSIGN_OR_RETURN(const audit::ConsistencyProof proof, audit::ProveConsistency(*store, first.size));
  const absl::Status consistent =
      crypto::VerifyConsistency(first.size, first.root, proof.head.size, proof.head.root, proof.path);
  if (!consistent.ok()) {
    return absl::InvalidArgumentError(base::StrCat(
        "NOT PROVED: the log does not begin with the leaves of the head: ", base::Message(consistent)));
  }
  out << audit::ProofJson(proof);
  return absl::OkStatus();
}

absl::Status RunHead(const audit::StorePlace& place, std::ostream& out) {
  ASSIGN_OR_RETURN(const std::unique_ptr<audit::AuditStore> store, OpenLog(place));
  ASSIGN_OR_RETURN(const LogHead head, audit::LastHead(*store));
  out << audit::HeadJson(head);
  return absl::OkStatus();
}

absl::Status RunRotateKey(const RotateKeyOptions& options, const base::Clock& clock, std::ostream& out) {
  ASSIGN_OR_RETURN(const std::unique_ptr<audit::AuditStore> store, OpenLog(options.store));
  ASSIGN_OR_RETURN(const std::string next,
                   audit::RotateSigningKey(options.signing_key, store->log_id(), clock));
  out << "the log is signed by key " << next << " from its next head on; its predecessor vouches for it in "
      << audit::KeyLinksPath(options.signing_key).native() << "\n";
  return absl::OkStatus();
}

}  // namespace portcullis::audit_cli
