// The audit log in one SQLite file (write-ahead logging: readers and the writer do not wait for each other).
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "services/audit/adapters/store/sql/store_reader.h"
#include "services/audit/adapters/store/sql/store_writer.h"
#include "services/audit/adapters/store/sqlite/old_schema.h"
#include "services/audit/adapters/store/sqlite/sqlite_database.h"
#include "services/audit/adapters/store/sqlite/sqlite_tables.h"
#include "services/audit/domain/audit_store.h"

namespace portcullis::audit::sqlite {

struct SqliteOptions {
  std::string path;
  // Commits survive the loss of power (synchronous=FULL); otherwise the death of processes only.
  bool sync_commits = false;
  // What the index must know of a leaf, for databases of an older schema, which are indexed anew. Null: those
  // are refused.
  IndexLeaf index;
};

class SqliteStore final : public AuditStore {
 public:
  // Opens the file or makes it. Errors name the file.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const SqliteOptions& options);

  // For reading only, also while another process writes. NOT_FOUND if there is no such file. Append and
  // RemoveBefore answer FAILED_PRECONDITION.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> OpenReadOnly(const std::string& path);

  absl::Status Append(std::span<const IndexedLeaf> leaves) override;
  absl::StatusOr<std::vector<StoredLeaves>> Find(const Query& query) override;
  absl::StatusOr<Stats> Aggregate(const StatsQuery& query) override;
  absl::StatusOr<Removed> Remove(const Removal& removal) override;
  absl::StatusOr<std::vector<std::string>> Contents(const LeafId& root) override;
  absl::Status AddHold(const Hold& hold) override;
  absl::StatusOr<bool> ReleaseHold(const std::string& id) override;
  absl::StatusOr<std::vector<Hold>> Holds() override;

  const std::string& log_id() const override { return reader_->reader.log().log_id(); }
  absl::StatusOr<uint64_t> TreeSize() override;
  absl::StatusOr<crypto::Digest> TreeNode(int level, uint64_t index) override;
  absl::StatusOr<uint64_t> IndexOf(const LeafId& id) override;
  absl::Status ForEachEntry(uint64_t begin, uint64_t end,
                            absl::FunctionRef<absl::Status(const LogEntry&)> use) override;
  absl::Status AddHead(const LogHead& head) override;
  absl::StatusOr<std::vector<LogHead>> Heads() override;
  absl::StatusOr<std::optional<LogHead>> LatestHead() override;
  uint64_t DiskBytes() override;

  absl::Status ForEach(const Query& query, absl::FunctionRef<absl::Status(StoredLeaves)> use) override;
  absl::StatusOr<std::vector<StoredLeaves>> FindRoot(const LeafId& root) override;

 private:
  // A connection each; `mutex` guards the rest.
  struct Writer {
    explicit Writer(SqliteDatabase db)
        : database(std::move(db)), tables(database), writer(database, tables) {}

    std::mutex mutex;
    SqliteDatabase database;
    SqliteWriteTables tables;
    sql::StoreWriter writer;
  };
  struct Reader {
    explicit Reader(SqliteDatabase db)
        : database(std::move(db)), tables(database), reader(database, tables) {}

    std::mutex mutex;
    SqliteDatabase database;
    SqliteReadTables tables;
    sql::StoreReader reader;
  };

  static absl::StatusOr<std::unique_ptr<Reader>> OpenReader(const std::string& path);

  std::string path_;
  std::unique_ptr<Writer> writer_;  // null if read-only
  std::unique_ptr<Reader> reader_;
};

}  // namespace portcullis::audit::sqlite
