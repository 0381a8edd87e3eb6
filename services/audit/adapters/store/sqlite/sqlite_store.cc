#include "services/audit/adapters/store/sqlite/sqlite_store.h"

#include <filesystem>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/adapters/store/sqlite/schema.h"

namespace portcullis::audit::sqlite {
namespace {

absl::Status ReadOnlyError() {
  return absl::FailedPreconditionError("the audit database is open for reading only");
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const SqliteOptions& options) {
  ASSIGN_OR_RETURN(SqliteDatabase database, SqliteDatabase::Open(options.path, OpenMode::kReadWrite));
  // For owner and group, like the spools; SQLite gives its other files the permissions of this one.
  std::error_code error;
  std::filesystem::permissions(options.path, std::filesystem::perms(0640), error);
  if (error) {
    return absl::FailedPreconditionError(
        base::StrCat("audit database ", options.path, ": its permissions cannot be set: ", error.message()));
  }
  RETURN_IF_ERROR(database.Execute("PRAGMA journal_mode=WAL"));
  RETURN_IF_ERROR(
      database.Execute(base::StrCat("PRAGMA synchronous=", options.sync_commits ? "FULL" : "NORMAL")));
  // What is removed is overwritten.
  RETURN_IF_ERROR(database.Execute("PRAGMA secure_delete=ON"));
  // 16 MiB of cache; a checkpoint each 16 MiB (4096 pages of 4 KiB).
  RETURN_IF_ERROR(database.Execute("PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=4096"));
  RETURN_IF_ERROR(Migrate(database, options.path));
  auto store = std::make_unique<SqliteStore>();
  store->path_ = options.path;
  store->writer_ = std::make_unique<Writer>(std::move(database));
  Writer& writer = *store->writer_;
  RETURN_IF_ERROR(writer.tables.Prepare());
  RETURN_IF_ERROR(writer.writer.Prepare());
  RETURN_IF_ERROR(CompleteOldSchema(writer.database, options.path, options.index, writer.writer));
  ASSIGN_OR_RETURN(store->reader_, OpenReader(options.path));
  return store;
}

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::OpenReadOnly(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return absl::NotFoundError(base::StrCat("audit database ", path, ": there is no such file"));
  }
  auto store = std::make_unique<SqliteStore>();
  store->path_ = path;
  ASSIGN_OR_RETURN(store->reader_, OpenReader(path));
  return store;
}

absl::StatusOr<std::unique_ptr<SqliteStore::Reader>> SqliteStore::OpenReader(const std::string& path) {
  ASSIGN_OR_RETURN(SqliteDatabase database, SqliteDatabase::Open(path, OpenMode::kReadOnly));
  RETURN_IF_ERROR(CheckVersion(database, path));
  auto reader = std::make_unique<Reader>(std::move(database));
  RETURN_IF_ERROR(reader->tables.Prepare());
  RETURN_IF_ERROR(reader->reader.Prepare());
  RETURN_IF_ERROR(reader->reader.log().Prepare());
  return reader;
}

absl::Status SqliteStore::Append(std::span<const IndexedLeaf> leaves) {
  if (!writer_) return ReadOnlyError();
  std::lock_guard lock(writer_->mutex);
  return writer_->writer.Append(leaves);
}

absl::StatusOr<std::vector<StoredLeaves>> SqliteStore::Find(const Query& query) {
  std::vector<StoredLeaves> found;
  RETURN_IF_ERROR(ForEach(query, [&](StoredLeaves record) {
    found.push_back(std::move(record));
    return found.size() < query.limit ? absl::OkStatus() : absl::CancelledError();
  }));
  return found;
}

absl::StatusOr<Stats> SqliteStore::Aggregate(const StatsQuery& query) {
  std::lock_guard lock(reader_->mutex);
  return reader_->reader.Aggregate(query);
}

absl::Status SqliteStore::ForEach(const Query& query, absl::FunctionRef<absl::Status(StoredLeaves)> use) {
  std::lock_guard lock(reader_->mutex);
  return reader_->reader.ForEach(query, use);
}

absl::StatusOr<std::vector<StoredLeaves>> SqliteStore::FindRoot(const LeafId& root) {
  std::lock_guard lock(reader_->mutex);
  return reader_->reader.FindRoot(root);
}

absl::StatusOr<Removed> SqliteStore::Remove(const Removal& removal) {
  if (!writer_) return ReadOnlyError();
  std::lock_guard lock(writer_->mutex);
  return writer_->writer.Remove(removal);
}

absl::StatusOr<std::vector<std::string>> SqliteStore::Contents(const LeafId& root) {
  std::lock_guard lock(reader_->mutex);
  return reader_->reader.Contents(root);
}

absl::Status SqliteStore::AddHold(const Hold& hold) {
  if (!writer_) return ReadOnlyError();
  std::lock_guard lock(writer_->mutex);
  return writer_->writer.AddHold(hold);
}

absl::StatusOr<bool> SqliteStore::ReleaseHold(const std::string& id) {
  if (!writer_) return ReadOnlyError();
  std::lock_guard lock(writer_->mutex);
  return writer_->writer.ReleaseHold(id);
}

absl::StatusOr<std::vector<Hold>> SqliteStore::Holds() {
  std::lock_guard lock(reader_->mutex);
  return reader_->reader.Holds();
}

absl::StatusOr<uint64_t> SqliteStore::TreeSize() {
  std::lock_guard lock(reader_->mutex);
  return reader_->reader.log().TreeSize();
}

absl::StatusOr<crypto::Digest> SqliteStore::TreeNode(int level, uint64_t index) {
  std::lock_guard lock(reader_->mutex);
  return reader_->reader.log().Node(level, index);
}

absl::StatusOr<uint64_t> SqliteStore::IndexOf(const LeafId& id) {
  std::lock_guard lock(reader_->mutex);
  return reader_->reader.IndexOf(id);
}

absl::Status SqliteStore::ForEachEntry(uint64_t begin, uint64_t end,
                                       absl::FunctionRef<absl::Status(const LogEntry&)> use) {
  std::lock_guard lock(reader_->mutex);
  return reader_->reader.ForEachEntry(begin, end, use);
}

absl::Status SqliteStore::AddHead(const LogHead& head) {
  if (!writer_) return ReadOnlyError();
  std::lock_guard lock(writer_->mutex);
  return writer_->writer.AddHead(head);
}

absl::StatusOr<std::vector<LogHead>> SqliteStore::Heads() {
  std::lock_guard lock(reader_->mutex);
  return reader_->reader.log().Heads(false);
}

absl::StatusOr<std::optional<LogHead>> SqliteStore::LatestHead() {
  std::lock_guard lock(reader_->mutex);
  return reader_->reader.LatestHead();
}

uint64_t SqliteStore::DiskBytes() {
  uint64_t total = 0;
  for (const char* part : {"", "-wal", "-shm"}) {
    std::error_code error;
    const uint64_t size = std::filesystem::file_size(path_ + part, error);
    if (!error) total += size;
  }
  return total;
}

}  // namespace portcullis::audit::sqlite
