// The audit log in PostgreSQL 15 or later. Several audit services may write to one database: the records are
// one set, found from any of them; each service has a log, a tree and heads of its own. Commits are durable
// as the server's settings say (synchronous_commit, on by default).
#pragma once

#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "services/audit/adapters/store/postgresql/pg_database.h"
#include "services/audit/domain/audit_store.h"

namespace portcullis::audit::postgresql {

struct PostgresOptions {
  Connection connection;
  std::string log_id;  // 32 hex digits: this service's log, for ever; "" for readers of records only
};

class PostgresStore final : public AuditStore {
 public:
  // Connects, makes or updates the tables, and makes the log if it is not there. The role must own the
  // database, or may make schemas in it. `clock` must outlive the store.
  static absl::StatusOr<std::unique_ptr<PostgresStore>> Open(const PostgresOptions& options,
                                                             const base::Clock& clock);

  // For reading only. NOT_FOUND: no tables, or no such log.
  static absl::StatusOr<std::unique_ptr<PostgresStore>> OpenReadOnly(const PostgresOptions& options,
                                                                     const base::Clock& clock);

  ~PostgresStore() override;

  // UNAVAILABLE while the server is away.
  absl::Status Append(std::span<const IndexedLeaf> leaves) override;
  absl::StatusOr<std::vector<StoredLeaves>> Find(const Query& query) override;
  absl::StatusOr<Stats> Aggregate(const StatsQuery& query) override;
  absl::StatusOr<Removed> Remove(const Removal& removal) override;
  absl::StatusOr<std::vector<std::string>> Contents(const LeafId& root) override;
  absl::Status AddHold(const Hold& hold) override;
  absl::StatusOr<bool> ReleaseHold(const std::string& id) override;
  absl::StatusOr<std::vector<Hold>> Holds() override;

  const std::string& log_id() const override { return log_id_; }
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
  struct Writer;
  struct Reader;

  PostgresStore(const PostgresOptions& options, bool read_only, const base::Clock& clock);

  static absl::StatusOr<std::unique_ptr<Writer>> OpenWriter(const PostgresOptions& options);
  static absl::StatusOr<std::unique_ptr<Reader>> OpenReader(const PostgresOptions& options);

  const std::string log_id_;
  std::unique_ptr<Reconnecting<Writer>> writer_;  // null if read-only
  std::unique_ptr<Reconnecting<Reader>> reader_;
};

}  // namespace portcullis::audit::postgresql
