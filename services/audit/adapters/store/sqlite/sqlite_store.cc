#include "services/audit/adapters/store/sqlite/sqlite_store.h"

#include <charconv>
#include <filesystem>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/adapters/store/sqlite/aggregate.h"
#include "services/audit/adapters/store/sqlite/record_scan.h"
#include "services/audit/adapters/store/sqlite/schema.h"

namespace portcullis::audit::sqlite {
namespace {

constexpr int kSequenceBits = 40;
static_assert(kMaxSequence < uint64_t{1} << kSequenceBits);
constexpr int64_t kMaxSpools = int64_t{1} << 22;

// Calls `use` for each number of a list separated by spaces.
template <typename Use>
absl::Status ForEachNumber(std::string_view list, Use&& use) {
  const char* at = list.data();
  const char* const end = at + list.size();
  while (at < end) {
    int64_t number = 0;
    const auto parsed = std::from_chars(at, end, number);
    if (parsed.ec != std::errc())
      return absl::DataLossError("audit database: a record with an unreadable leaf list");
    RETURN_IF_ERROR(use(number));
    at = parsed.ptr + 1;
  }
  return absl::OkStatus();
}

absl::Status ReadOnlyError() {
  return absl::FailedPreconditionError("the audit database is open for reading only");
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const SqliteOptions& options) {
  ASSIGN_OR_RETURN(Database database, Database::Open(options.path, OpenMode::kReadWrite));
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
  // 16 MiB of cache; a checkpoint each 16 MiB (4096 pages of 4 KiB).
  RETURN_IF_ERROR(database.Execute("PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=4096"));
  RETURN_IF_ERROR(Migrate(database, options.path));
  auto store = std::make_unique<SqliteStore>();
  store->path_ = options.path;
  store->writer_ = std::make_unique<Writer>(std::move(database));
  RETURN_IF_ERROR(store->writer_->Prepare(options));
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
  ASSIGN_OR_RETURN(Database database, Database::Open(path, OpenMode::kReadOnly));
  RETURN_IF_ERROR(CheckVersion(database, path));
  auto reader = std::make_unique<Reader>(std::move(database));
  ASSIGN_OR_RETURN(reader->leaf, reader->database.Prepare("SELECT bytes FROM leaves WHERE leaf = ?"));
  ASSIGN_OR_RETURN(reader->spool, reader->database.Prepare("SELECT id FROM spools WHERE number = ?"));
  ASSIGN_OR_RETURN(reader->spool_number, reader->database.Prepare("SELECT number FROM spools WHERE id = ?"));
  RETURN_IF_ERROR(reader->log.Prepare());
  return reader;
}

absl::Status SqliteStore::Append(std::span<const IndexedLeaf> leaves) {
  if (!writer_) return ReadOnlyError();
  std::lock_guard lock(writer_->mutex);
  return writer_->AppendAll(leaves);
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
  absl::StatusOr<Stats> stats;
  const absl::Status status = reader_->InSnapshot([&] {
    stats = sqlite::Aggregate(reader_->database, query);
    return stats.status();
  });
  RETURN_IF_ERROR(status);
  return stats;
}

absl::Status SqliteStore::ForEach(const Query& query, absl::FunctionRef<absl::Status(StoredLeaves)> use) {
  std::lock_guard lock(reader_->mutex);
  return reader_->ForEach(query, use);
}

absl::StatusOr<std::vector<StoredLeaves>> SqliteStore::FindRoot(const LeafId& root) {
  std::lock_guard lock(reader_->mutex);
  ASSIGN_OR_RETURN(Statement records,
                   reader_->database.Prepare("SELECT row, root, leaves FROM records WHERE root = "
                                             "(SELECT number << 40 FROM spools WHERE id = ?1) + ?2"));
  records.Bind(1, root.spool).Bind(2, static_cast<int64_t>(root.sequence));
  std::vector<StoredLeaves> found;
  RETURN_IF_ERROR(reader_->InSnapshot([&]() -> absl::Status {
    ASSIGN_OR_RETURN(const bool row, records.Step());
    if (!row) return absl::OkStatus();
    ASSIGN_OR_RETURN(StoredLeaves record, reader_->ReadRecord(records));
    found.push_back(std::move(record));
    records.Reset();
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<uint64_t> SqliteStore::RemoveBefore(int64_t time_us, uint32_t limit) {
  if (!writer_) return ReadOnlyError();
  std::lock_guard lock(writer_->mutex);
  return writer_->RemoveAll(time_us, limit);
}

absl::StatusOr<uint64_t> SqliteStore::TreeSize() {
  std::lock_guard lock(reader_->mutex);
  return reader_->log.TreeSize();
}

absl::StatusOr<crypto::Digest> SqliteStore::TreeNode(int level, uint64_t index) {
  std::lock_guard lock(reader_->mutex);
  return reader_->log.Node(level, index);
}

absl::StatusOr<uint64_t> SqliteStore::IndexOf(const LeafId& id) {
  std::lock_guard lock(reader_->mutex);
  const absl::StatusOr<bool> row = reader_->spool_number.Bind(1, id.spool).Step();
  const bool found = row.ok() && *row && id.sequence >= 1 && id.sequence <= kMaxSequence;
  const int64_t spool = found ? reader_->spool_number.Number(0) : 0;
  reader_->spool_number.Reset();
  RETURN_IF_ERROR(row.status());
  if (!found) return absl::NotFoundError("the audit log has no such leaf");
  return reader_->log.IndexOf((spool << kSequenceBits) + static_cast<int64_t>(id.sequence));
}

absl::Status SqliteStore::ForEachEntry(uint64_t begin, uint64_t end,
                                       absl::FunctionRef<absl::Status(const LogEntry&)> use) {
  std::lock_guard lock(reader_->mutex);
  return reader_->log.ForEachEntry(
      begin, end, [&](int64_t number) { return reader_->ReadId(number); }, use);
}

absl::Status SqliteStore::AddHead(const LogHead& head) {
  if (!writer_) return ReadOnlyError();
  std::lock_guard lock(writer_->mutex);
  return writer_->log.AddHead(head);
}

absl::StatusOr<std::vector<LogHead>> SqliteStore::Heads() {
  std::lock_guard lock(reader_->mutex);
  return reader_->log.Heads(false);
}

absl::StatusOr<std::optional<LogHead>> SqliteStore::LatestHead() {
  std::lock_guard lock(reader_->mutex);
  ASSIGN_OR_RETURN(std::vector<LogHead> heads, reader_->log.Heads(true));
  if (heads.empty()) return std::nullopt;
  return std::move(heads.front());
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

absl::Status SqliteStore::Writer::Prepare(const SqliteOptions& options) {
  const std::pair<Statement*, std::string_view> statements[] = {
      {&insert_spool, "INSERT INTO spools(id) VALUES(?)"},
      {&find_spool, "SELECT number FROM spools WHERE id = ?"},
      {&insert_leaf, "INSERT OR IGNORE INTO leaves(leaf, bytes) VALUES(?, ?)"},
      {&remove_leaf, "DELETE FROM leaves WHERE leaf = ?"},
  };
  for (const auto& [statement, sql] : statements) {
    ASSIGN_OR_RETURN(*statement, database.Prepare(sql));
  }
  RETURN_IF_ERROR(records.Prepare());
  RETURN_IF_ERROR(log.Prepare());
  if (log.size() == 0) RETURN_IF_ERROR(AddOldLeaves());
  return IndexOldRecords(options);
}

// A database of schema 1 has leaves and no tree: they become its first leaves, by spool and sequence.
absl::Status SqliteStore::Writer::AddOldLeaves() {
  return InTransaction([&]() -> absl::Status {
    ASSIGN_OR_RETURN(Statement old, database.Prepare("SELECT leaf, id, leaf & ?1, bytes FROM leaves "
                                                     "JOIN spools ON number = leaf >> ?2 ORDER BY leaf"));
    old.Bind(1, (int64_t{1} << kSequenceBits) - 1).Bind(2, int64_t{kSequenceBits});
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, old.Step());
      if (!row) return log.Write();
      log.Add(old.Number(0), {old.Bytes(1), static_cast<uint64_t>(old.Number(2))}, old.Bytes(3));
    }
  });
}

template <typename Work>
absl::Status SqliteStore::Writer::InTransaction(Work&& work) {
  if (broken) {
    RETURN_IF_ERROR(records.Forget());
    broken = false;
  }
  RETURN_IF_ERROR(database.Execute("BEGIN IMMEDIATE"));
  absl::Status status = work();
  if (status.ok()) status = database.Execute("COMMIT");
  if (status.ok()) return status;
  (void)database.Execute("ROLLBACK");  // fails if SQLite has done it already
  spools.clear();
  log.Forget();
  broken = !records.Forget().ok();
  return status;
}

absl::Status SqliteStore::Writer::IndexOldRecords(const SqliteOptions& options) {
  ASSIGN_OR_RETURN(const int64_t old,
                   database.QueryNumber("SELECT count(*) FROM sqlite_schema WHERE name = 'old_records'"));
  if (old == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const int64_t any,
                   database.QueryNumber("SELECT count(*) FROM (SELECT 1 FROM old_records LIMIT 1)"));
  if (any != 0 && !options.index) {
    return absl::FailedPreconditionError(
        base::StrCat("audit database ", options.path,
                     ": of an older version; start the audit service once to bring it up to date"));
  }
  return InTransaction([&]() -> absl::Status {
    {
      ASSIGN_OR_RETURN(Statement rows, database.Prepare("SELECT leaves FROM old_records ORDER BY row"));
      ASSIGN_OR_RETURN(Statement find, database.Prepare("SELECT id, bytes FROM leaves JOIN spools "
                                                        "ON number = leaf >> 40 WHERE leaf = ?"));
      for (;;) {
        ASSIGN_OR_RETURN(const bool row, rows.Step());
        if (!row) break;
        RETURN_IF_ERROR(IndexLeaves(rows.Bytes(0), options, find));
        RETURN_IF_ERROR(records.Write());
      }
    }
    return database.Execute("DROP TABLE old_records");
  });
}

// Adds the leaves of one old record to the index.
absl::Status SqliteStore::Writer::IndexLeaves(std::string_view leaves, const SqliteOptions& options,
                                              Statement& find) {
  return ForEachNumber(leaves, [&](int64_t number) -> absl::Status {
    const absl::StatusOr<bool> row = find.Bind(1, number).Step();
    Leaf leaf;
    if (row.ok() && *row) {
      leaf = {{find.Bytes(0), static_cast<uint64_t>(number) & ((uint64_t{1} << kSequenceBits) - 1)},
              find.Bytes(1)};
    }
    find.Reset();
    RETURN_IF_ERROR(row.status());
    const absl::StatusOr<LeafIndex> index = options.index(leaf);
    if (!index.ok()) return absl::OkStatus();  // unreadable, as when it was appended
    ASSIGN_OR_RETURN(const int64_t root, LeafNumber(index->root_spool, index->root_sequence));
    return records.Add(root, number, *index);
  });
}

absl::Status SqliteStore::Writer::AppendAll(std::span<const IndexedLeaf> leaves) {
  return InTransaction([&]() -> absl::Status {
    for (const IndexedLeaf& leaf : leaves) RETURN_IF_ERROR(AppendLeaf(leaf));
    RETURN_IF_ERROR(records.Write());
    return log.Write();
  });
}

absl::Status SqliteStore::Writer::AppendLeaf(const IndexedLeaf& leaf) {
  ASSIGN_OR_RETURN(const int64_t number, LeafNumber(leaf.leaf.id.spool, leaf.leaf.id.sequence));
  RETURN_IF_ERROR(insert_leaf.Bind(1, number).BindBlob(2, leaf.leaf.bytes).Run());
  if (database.changes() == 0) return absl::OkStatus();
  log.Add(number, leaf.leaf.id, leaf.leaf.bytes);
  if (leaf.index.request_id.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const int64_t root, LeafNumber(leaf.index.root_spool, leaf.index.root_sequence));
  return records.Add(root, number, leaf.index);
}

absl::StatusOr<int64_t> SqliteStore::Writer::LeafNumber(std::string_view spool, uint64_t sequence) {
  if (sequence == 0 || sequence > kMaxSequence) {
    return absl::InvalidArgumentError(base::StrCat("leaf sequence ", sequence, " is out of range"));
  }
  ASSIGN_OR_RETURN(const int64_t number, SpoolNumber(spool));
  return (number << kSequenceBits) + static_cast<int64_t>(sequence);
}

absl::StatusOr<int64_t> SqliteStore::Writer::SpoolNumber(std::string_view id) {
  if (const auto known = spools.find(id); known != spools.end()) return known->second;
  for (int attempt = 0; attempt < 2; ++attempt) {
    const absl::StatusOr<bool> found = find_spool.Bind(1, id).Step();
    const int64_t number = found.ok() && *found ? find_spool.Number(0) : 0;
    find_spool.Reset();
    RETURN_IF_ERROR(found.status());
    if (number >= kMaxSpools)
      return absl::ResourceExhaustedError("the audit database has no room for more spools");
    if (number > 0) return spools.emplace(id, number).first->second;
    RETURN_IF_ERROR(insert_spool.Bind(1, id).Run());
  }
  return absl::InternalError("the audit database lost a spool that was just added");
}

absl::StatusOr<uint64_t> SqliteStore::Writer::RemoveAll(int64_t time_us, uint32_t limit) {
  uint64_t removed = 0;
  const absl::Status status = InTransaction([&]() -> absl::Status {
    std::vector<std::pair<int64_t, std::string>> old;
    Query query;
    query.until_us = time_us;
    RETURN_IF_ERROR(RecordScan(database, query, "row, leaves").RunRows([&](const Statement& row) {
      old.emplace_back(row.Number(0), row.Bytes(1));
      return old.size() < limit ? absl::OkStatus() : absl::CancelledError();
    }));
    for (const auto& [row, leaves] : old) {
      RETURN_IF_ERROR(RemoveLeaves(leaves));
      RETURN_IF_ERROR(records.Remove(row));
    }
    removed = old.size();
    RETURN_IF_ERROR(records.Write());
    names_unused = names_unused || removed > 0;
    if (removed == limit || !names_unused) return absl::OkStatus();  // there is more to come, or nothing went
    RETURN_IF_ERROR(records.RemoveUnusedNames());
    names_unused = false;
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return removed;
}

absl::Status SqliteStore::Writer::RemoveLeaves(std::string_view leaves) {
  return ForEachNumber(leaves, [this](int64_t leaf) { return remove_leaf.Bind(1, leaf).Run(); });
}

// One snapshot for the records and their leaves: neither may be removed in between.
template <typename Work>
absl::Status SqliteStore::Reader::InSnapshot(Work&& work) {
  RETURN_IF_ERROR(database.Execute("BEGIN"));
  absl::Status status = work();
  status.Update(database.Execute("COMMIT"));
  return status;
}

absl::Status SqliteStore::Reader::ForEach(const Query& query,
                                          absl::FunctionRef<absl::Status(StoredLeaves)> use) {
  return InSnapshot([&] {
    return RecordScan(database, query, "row, root, leaves")
        .RunRows([&](const Statement& row) -> absl::Status {
          ASSIGN_OR_RETURN(StoredLeaves record, ReadRecord(row));
          return use(std::move(record));
        });
  });
}

absl::StatusOr<StoredLeaves> SqliteStore::Reader::ReadRecord(const Statement& records) {
  StoredLeaves record;
  record.row = static_cast<uint64_t>(records.Number(0));
  ASSIGN_OR_RETURN(record.root, ReadId(records.Number(1)));
  RETURN_IF_ERROR(ReadLeaves(records.Bytes(2), &record));
  return record;
}

absl::Status SqliteStore::Reader::ReadLeaves(std::string_view numbers, StoredLeaves* record) {
  return ForEachNumber(numbers, [&](int64_t number) -> absl::Status {
    const absl::StatusOr<bool> found = leaf.Bind(1, number).Step();
    if (found.ok() && *found) record->leaves.push_back(leaf.Bytes(0));
    leaf.Reset();
    return found.status();
  });
}

absl::StatusOr<LeafId> SqliteStore::Reader::ReadId(int64_t number) {
  LeafId id;
  id.sequence = static_cast<uint64_t>(number) & ((uint64_t{1} << kSequenceBits) - 1);
  const absl::StatusOr<bool> found = spool.Bind(1, number >> kSequenceBits).Step();
  if (found.ok() && *found) id.spool = spool.Bytes(0);
  spool.Reset();
  RETURN_IF_ERROR(found.status());
  return id;
}

}  // namespace portcullis::audit::sqlite
