#include "services/audit/adapters/store/postgresql/postgres_store.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/crypto/sha256.h"
#include "services/audit/adapters/store/postgresql/pg_schema.h"
#include "services/audit/adapters/store/postgresql/pg_tables.h"
#include "services/audit/adapters/store/sql/store_reader.h"
#include "services/audit/adapters/store/sql/store_writer.h"

namespace portcullis::audit::postgresql {
namespace {

absl::Status ReadOnlyError() {
  return absl::FailedPreconditionError("the audit database is open for reading only");
}

bool IsLogId(std::string_view id) {
  return id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

struct PostgresStore::Writer {
  explicit Writer(std::unique_ptr<PgDatabase> db)
      : database(std::move(db)), tables(*database), writer(*database, tables) {}

  const std::unique_ptr<PgDatabase> database;
  PgWriteTables tables;
  sql::StoreWriter writer;
};

struct PostgresStore::Reader {
  explicit Reader(std::unique_ptr<PgDatabase> db)
      : database(std::move(db)), tables(*database), reader(*database, tables) {}

  const std::unique_ptr<PgDatabase> database;
  PgReadTables tables;
  sql::StoreReader reader;
};

PostgresStore::PostgresStore(const PostgresOptions& options, bool read_only, const base::Clock& clock)
    : log_id_(options.log_id),
      writer_(read_only
                  ? nullptr
                  : std::make_unique<Reconnecting<Writer>>([options] { return OpenWriter(options); }, clock)),
      reader_(std::make_unique<Reconnecting<Reader>>([options] { return OpenReader(options); }, clock)) {}

PostgresStore::~PostgresStore() = default;

absl::StatusOr<std::unique_ptr<PostgresStore>> PostgresStore::Open(const PostgresOptions& options,
                                                                   const base::Clock& clock) {
  if (!IsLogId(options.log_id))
    return absl::InvalidArgumentError("the log id must be 32 lower-case hex digits");
  std::unique_ptr<PostgresStore> store(new PostgresStore(options, false, clock));
  RETURN_IF_ERROR(store->writer_->With([](Writer&) { return absl::OkStatus(); }));
  RETURN_IF_ERROR(store->reader_->With([](Reader&) { return absl::OkStatus(); }));
  return store;
}

absl::StatusOr<std::unique_ptr<PostgresStore>> PostgresStore::OpenReadOnly(const PostgresOptions& options,
                                                                           const base::Clock& clock) {
  if (!options.log_id.empty() && !IsLogId(options.log_id)) {
    return absl::InvalidArgumentError("the log id must be 32 lower-case hex digits");
  }
  std::unique_ptr<PostgresStore> store(new PostgresStore(options, true, clock));
  RETURN_IF_ERROR(store->reader_->With([](Reader&) { return absl::OkStatus(); }));
  return store;
}

absl::StatusOr<std::unique_ptr<PostgresStore::Writer>> PostgresStore::OpenWriter(
    const PostgresOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<PgDatabase> database, PgDatabase::Connect(options.connection));
  // A service that stands still in mid-transaction must not hold the others up for long.
  RETURN_IF_ERROR(database->Execute("SET idle_in_transaction_session_timeout = '30s'"));
  RETURN_IF_ERROR(OpenLog(*database, options.log_id));
  database->SetWriter(static_cast<int64_t>(std::stoull(crypto::RandomHex(7), nullptr, 16)) + 1);
  auto writer = std::make_unique<Writer>(std::move(database));
  RETURN_IF_ERROR(writer->writer.Prepare());
  return writer;
}

absl::StatusOr<std::unique_ptr<PostgresStore::Reader>> PostgresStore::OpenReader(
    const PostgresOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<PgDatabase> database, PgDatabase::Connect(options.connection));
  RETURN_IF_ERROR(FindLog(*database, options.log_id));
  auto reader = std::make_unique<Reader>(std::move(database));
  RETURN_IF_ERROR(reader->reader.Prepare());
  if (!options.log_id.empty()) RETURN_IF_ERROR(reader->reader.log().Prepare());
  return reader;
}

absl::Status PostgresStore::Append(std::span<const IndexedLeaf> leaves) {
  if (!writer_) return ReadOnlyError();
  return writer_->With([&](Writer& writer) { return writer.writer.Append(leaves); });
}

absl::StatusOr<std::vector<StoredLeaves>> PostgresStore::Find(const Query& query) {
  std::vector<StoredLeaves> found;
  RETURN_IF_ERROR(ForEach(query, [&](StoredLeaves record) {
    found.push_back(std::move(record));
    return found.size() < query.limit ? absl::OkStatus() : absl::CancelledError();
  }));
  return found;
}

absl::StatusOr<Stats> PostgresStore::Aggregate(const StatsQuery& query) {
  return reader_->With([&](Reader& reader) { return reader.reader.Aggregate(query); });
}

absl::Status PostgresStore::ForEach(const Query& query, absl::FunctionRef<absl::Status(StoredLeaves)> use) {
  return reader_->With([&](Reader& reader) { return reader.reader.ForEach(query, use); });
}

absl::StatusOr<std::vector<StoredLeaves>> PostgresStore::FindRoot(const LeafId& root) {
  return reader_->With([&](Reader& reader) { return reader.reader.FindRoot(root); });
}

absl::StatusOr<Removed> PostgresStore::Remove(const Removal& removal) {
  if (!writer_) return ReadOnlyError();
  return writer_->With([&](Writer& writer) { return writer.writer.Remove(removal); });
}

absl::StatusOr<std::vector<std::string>> PostgresStore::Contents(const LeafId& root) {
  return reader_->With([&](Reader& reader) { return reader.reader.Contents(root); });
}

absl::Status PostgresStore::AddHold(const Hold& hold) {
  if (!writer_) return ReadOnlyError();
  return writer_->With([&](Writer& writer) { return writer.writer.AddHold(hold); });
}

absl::StatusOr<bool> PostgresStore::ReleaseHold(const std::string& id) {
  if (!writer_) return ReadOnlyError();
  return writer_->With([&](Writer& writer) { return writer.writer.ReleaseHold(id); });
}

absl::StatusOr<std::vector<Hold>> PostgresStore::Holds() {
  return reader_->With([&](Reader& reader) { return reader.reader.Holds(); });
}

absl::StatusOr<uint64_t> PostgresStore::TreeSize() {
  return reader_->With([&](Reader& reader) { return reader.reader.log().TreeSize(); });
}

absl::StatusOr<crypto::Digest> PostgresStore::TreeNode(int level, uint64_t index) {
  return reader_->With([&](Reader& reader) { return reader.reader.log().Node(level, index); });
}

absl::StatusOr<uint64_t> PostgresStore::IndexOf(const LeafId& id) {
  return reader_->With([&](Reader& reader) { return reader.reader.IndexOf(id); });
}

absl::Status PostgresStore::ForEachEntry(uint64_t begin, uint64_t end,
                                         absl::FunctionRef<absl::Status(const LogEntry&)> use) {
  return reader_->With([&](Reader& reader) { return reader.reader.ForEachEntry(begin, end, use); });
}

absl::Status PostgresStore::AddHead(const LogHead& head) {
  if (!writer_) return ReadOnlyError();
  return writer_->With([&](Writer& writer) { return writer.writer.AddHead(head); });
}

absl::StatusOr<std::vector<LogHead>> PostgresStore::Heads() {
  return reader_->With([&](Reader& reader) { return reader.reader.log().Heads(false); });
}

absl::StatusOr<std::optional<LogHead>> PostgresStore::LatestHead() {
  return reader_->With([&](Reader& reader) { return reader.reader.LatestHead(); });
}

uint64_t PostgresStore::DiskBytes() {
  const absl::StatusOr<int64_t> bytes = reader_->With([&](Reader& reader) {
    return reader.database->QueryNumber(
        "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c JOIN pg_namespace n "
        "ON n.oid = relnamespace WHERE relkind = 'r' AND nspname LIKE 'portcullis\\_audit%'");
  });
  return bytes.ok() ? static_cast<uint64_t>(*bytes) : 0;
}

}  // namespace portcullis::audit::postgresql
