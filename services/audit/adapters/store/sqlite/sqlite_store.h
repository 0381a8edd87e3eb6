// The audit log in one SQLite file (write-ahead logging: readers and the writer do not wait for each other).
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "absl/functional/function_ref.h"
#include "services/audit/adapters/store/sqlite/database.h"
#include "services/audit/adapters/store/sqlite/log_reader.h"
#include "services/audit/adapters/store/sqlite/log_writer.h"
#include "services/audit/adapters/store/sqlite/record_changes.h"
#include "services/audit/domain/store.h"

namespace portcullis::audit::sqlite {

struct SqliteOptions {
  std::string path;
  // Commits survive the loss of power (synchronous=FULL); otherwise the death of processes only.
  bool sync_commits = false;
};

class SqliteStore final : public Store, public LogStore {
 public:
  // Opens the file or makes it. Errors name the file.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const SqliteOptions& options);

  // For reading only, also while another process writes. NOT_FOUND if there is no such file. Append and
  // RemoveBefore answer FAILED_PRECONDITION.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> OpenReadOnly(const std::string& path);

  absl::Status Append(std::span<const IndexedLeaf> leaves) override;
  absl::StatusOr<std::vector<StoredLeaves>> Find(const Query& query) override;
  absl::StatusOr<uint64_t> RemoveBefore(int64_t time_us, uint32_t limit) override;

  const std::string& log_id() const override { return reader_->log.log_id(); }
  absl::StatusOr<uint64_t> TreeSize() override;
  absl::StatusOr<crypto::Digest> TreeNode(int level, uint64_t index) override;
  absl::StatusOr<uint64_t> IndexOf(const LeafId& id) override;
  absl::Status ForEachEntry(uint64_t begin, uint64_t end,
                            absl::FunctionRef<absl::Status(const LogEntry&)> use) override;
  absl::Status AddHead(const LogHead& head) override;
  absl::StatusOr<std::vector<LogHead>> Heads() override;
  absl::StatusOr<std::optional<LogHead>> LatestHead() override;

  // Calls `use` for every record that the query selects (its limit does not count), all of one moment. Ends
  // with the first status that is not OK, CANCELLED meaning enough. Until it returns, Find waits.
  absl::Status ForEach(const Query& query, absl::FunctionRef<absl::Status(StoredLeaves)> use);

  // The record of this root, if there is one.
  absl::StatusOr<std::vector<StoredLeaves>> FindRoot(const LeafId& root);

 private:
  // What the writing connection needs; guarded by mutex.
  struct Writer {
    explicit Writer(Database db) : database(std::move(db)), log(database) {}

    absl::Status Prepare();
    absl::Status AddOldLeaves();
    absl::Status AppendAll(std::span<const IndexedLeaf> leaves);
    absl::Status AppendLeaf(const IndexedLeaf& leaf, RecordChanges* changes);
    absl::Status WriteRecord(const RecordChange& change);
    absl::StatusOr<int64_t> LeafNumber(const LeafId& id);
    absl::StatusOr<int64_t> SpoolNumber(const std::string& id);
    absl::StatusOr<uint64_t> RemoveAll(int64_t time_us, uint32_t limit);
    absl::Status RemoveLeaves(std::string_view leaves);
    template <typename Work>
    absl::Status InTransaction(Work&& work);

    std::mutex mutex;
    Database database;
    LogWriter log;
    Statement insert_spool, find_spool, insert_leaf, upsert_record, save_row, find_old, remove_leaf,
        remove_record;
    std::unordered_map<std::string, int64_t> spools;  // committed numbers
    int64_t next_row = 1;
  };
  struct Reader {
    explicit Reader(Database db) : database(std::move(db)), log(database) {}

    absl::Status ForEach(Statement& records, absl::FunctionRef<absl::Status(StoredLeaves)> use);
    absl::StatusOr<std::vector<StoredLeaves>> Collect(Statement& records);
    absl::StatusOr<StoredLeaves> ReadRecord(const Statement& records);
    absl::Status ReadLeaves(std::string_view numbers, StoredLeaves* record);
    absl::StatusOr<LeafId> ReadId(int64_t number);

    std::mutex mutex;
    Database database;
    LogReader log;
    Statement leaf, spool, spool_number;
  };

  static absl::StatusOr<std::unique_ptr<Reader>> OpenReader(const std::string& path);

  std::unique_ptr<Writer> writer_;  // null if read-only
  std::unique_ptr<Reader> reader_;
};

}  // namespace portcullis::audit::sqlite
