// The audit log in one SQLite file (write-ahead logging: readers and the writer do not wait for each other).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/functional/function_ref.h"
#include "services/audit/adapters/store/sqlite/database.h"
#include "services/audit/adapters/store/sqlite/log_reader.h"
#include "services/audit/adapters/store/sqlite/log_writer.h"
#include "services/audit/adapters/store/sqlite/record_writer.h"
#include "services/audit/domain/store.h"

namespace portcullis::audit::sqlite {

struct SqliteOptions {
  std::string path;
  // Commits survive the loss of power (synchronous=FULL); otherwise the death of processes only.
  bool sync_commits = false;
  // What the index must know of a leaf, for databases of an older schema, which are indexed anew. Null: those
  // are refused.
  std::function<absl::StatusOr<LeafIndex>(const Leaf&)> index;
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
  absl::StatusOr<Stats> Aggregate(const StatsQuery& query) override;
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
  uint64_t DiskBytes() override;

  // Calls `use` for every record that the query selects (its limit does not count), all of one moment. Ends
  // with the first status that is not OK, CANCELLED meaning enough. Until it returns, Find waits.
  absl::Status ForEach(const Query& query, absl::FunctionRef<absl::Status(StoredLeaves)> use);

  // The record of this root, if there is one.
  absl::StatusOr<std::vector<StoredLeaves>> FindRoot(const LeafId& root);

 private:
  // What the writing connection needs; guarded by mutex.
  struct Writer {
    explicit Writer(Database db) : database(std::move(db)), log(database), records(database) {}

    absl::Status Prepare(const SqliteOptions& options);
    absl::Status AddOldLeaves();
    absl::Status IndexOldRecords(const SqliteOptions& options);
    absl::Status IndexLeaves(std::string_view leaves, const SqliteOptions& options, Statement& find);
    absl::Status AppendAll(std::span<const IndexedLeaf> leaves);
    absl::Status AppendLeaf(const IndexedLeaf& leaf);
    absl::StatusOr<int64_t> LeafNumber(std::string_view spool, uint64_t sequence);
    absl::StatusOr<int64_t> SpoolNumber(std::string_view id);
    absl::StatusOr<uint64_t> RemoveAll(int64_t time_us, uint32_t limit);
    absl::Status RemoveLeaves(std::string_view leaves);
    template <typename Work>
    absl::Status InTransaction(Work&& work);

    std::mutex mutex;
    Database database;
    LogWriter log;
    RecordWriter records;
    Statement insert_spool, find_spool, insert_leaf, remove_leaf;
    std::map<std::string, int64_t, std::less<>> spools;  // committed numbers
    bool names_unused = false;  // records were removed, and the names that only they had were not
    bool broken = false;        // a rollback failed to read its state anew
  };
  struct Reader {
    explicit Reader(Database db) : database(std::move(db)), log(database) {}

    absl::Status ForEach(const Query& query, absl::FunctionRef<absl::Status(StoredLeaves)> use);
    absl::StatusOr<StoredLeaves> ReadRecord(const Statement& records);
    template <typename Work>
    absl::Status InSnapshot(Work&& work);
    absl::Status ReadLeaves(std::string_view numbers, StoredLeaves* record);
    absl::StatusOr<LeafId> ReadId(int64_t number);

    std::mutex mutex;
    Database database;
    LogReader log;
    Statement leaf, spool, spool_number;
  };

  static absl::StatusOr<std::unique_ptr<Reader>> OpenReader(const std::string& path);

  std::string path_;
  std::unique_ptr<Writer> writer_;  // null if read-only
  std::unique_ptr<Reader> reader_;
};

}  // namespace portcullis::audit::sqlite
