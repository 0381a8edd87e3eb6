#include "services/audit/adapters/store/postgresql/pg_tables.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::audit::postgresql {
namespace {

constexpr int64_t kDayUs = 86'400'000'000;
constexpr int64_t kDays = 100'000;  // up to the year 2243
constexpr int kRecordColumns = 4 + static_cast<int>(sql::kNameColumns) + 5 + 2;

int64_t DayOf(int64_t time_us) {
  const int64_t day = time_us / kDayUs;
  return day > 0 && day < kDays ? day : 0;
}

std::string Partition(int64_t day) { return base::StrCat("leaves_", day); }

// Days and numbers of leaves, for a statement that names both.
std::vector<ArrayParameter> PlacesOf(std::span<const sql::LeafPlace> leaves) {
  std::vector<int64_t> numbers;
  std::set<int64_t> days;
  for (const sql::LeafPlace& leaf : leaves) {
    numbers.push_back(leaf.number);
    days.insert(DayOf(leaf.time_us));
  }
  const std::vector<int64_t> each_day(days.begin(), days.end());
  return {ArrayParameter::Numbers(each_day), ArrayParameter::Numbers(numbers)};
}

}  // namespace

absl::Status PgWriteTables::MakePartitions(std::span<const sql::NewLeaf> leaves) {
  for (const sql::NewLeaf& leaf : leaves) {
    const int64_t day = DayOf(leaf.place.time_us);
    if (days_.contains(day)) continue;
    const std::string name = Partition(day);
    ASSIGN_OR_RETURN(const Rows found,
                     database_.Query(base::StrCat("SELECT to_regclass('", name, "') IS NOT NULL")));
    if (found.Number(0, 0) == 0) {
      // Attached, not made as a partition: that would wait for every reader.
      RETURN_IF_ERROR(database_.Execute(
          base::StrCat("CREATE TABLE portcullis_audit.", name,
                       "(LIKE leaves INCLUDING INDEXES INCLUDING STORAGE, CHECK (day = ", day,
                       ")); ALTER TABLE leaves ATTACH PARTITION ", name, " FOR VALUES IN (", day, ")")));
    }
    days_.insert(day);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> PgWriteTables::NumberNames(std::span<const sql::Name> names) {
  constexpr char kFind[] =
      "SELECT wanted.place, names.id FROM unnest($1, $2, $3) AS wanted(place, kind, text) "
      "JOIN names ON names.text = wanted.text AND names.kind = wanted.kind";
  constexpr char kMake[] =
      "INSERT INTO names(kind, text) SELECT kind, text FROM unnest($1, $2, $3) "
      "AS wanted(place, kind, text) ORDER BY place RETURNING id";
  std::vector<int64_t> numbers(names.size(), 0);
  for (const char* statement : {kFind, kMake}) {
    std::vector<int64_t> places, kinds;
    std::vector<std::string_view> texts;
    for (size_t i = 0; i < names.size(); ++i) {
      if (numbers[i] != 0) continue;
      places.push_back(static_cast<int64_t>(i));
      kinds.push_back(static_cast<int64_t>(names[i].column));
      texts.push_back(names[i].text);
    }
    if (places.empty()) break;
    const ArrayParameter parameters[] = {ArrayParameter::Numbers(places), ArrayParameter::Numbers(kinds),
                                         ArrayParameter::Bytes(texts)};
    ASSIGN_OR_RETURN(const Rows rows, database_.Query(statement, parameters));
    for (int row = 0; row < rows.size(); ++row) {
      const bool found = statement == kFind;
      const int64_t place = found ? rows.Number(row, 0) : places[static_cast<size_t>(row)];
      numbers[static_cast<size_t>(place)] = rows.Number(row, found ? 1 : 0);
    }
  }
  return numbers;
}

// True: all were new, and are stored. False: some are there already, and nothing was stored.
absl::StatusOr<bool> PgWriteTables::CopyLeaves(std::span<const sql::NewLeaf> leaves) {
  CopyBuffer rows;
  for (const sql::NewLeaf& leaf : leaves) {
    rows.BeginRow(3);
    rows.Number(DayOf(leaf.place.time_us));
    rows.Number(leaf.place.number);
    rows.Bytes(leaf.bytes);
  }
  RETURN_IF_ERROR(database_.Execute("SAVEPOINT leaves"));
  const absl::Status copied =
      database_.CopyIn("COPY leaves(day, leaf, bytes) FROM STDIN WITH (FORMAT binary)", rows.Finish());
  if (copied.ok()) {
    RETURN_IF_ERROR(database_.Execute("RELEASE leaves"));
    return true;
  }
  if (!absl::IsAlreadyExists(copied)) return copied;
  RETURN_IF_ERROR(database_.Execute("ROLLBACK TO leaves"));
  return false;
}

// Hardly ever is a leaf sent again: copies, which costs a third, and looks at each when that fails.
absl::Status PgWriteTables::InsertLeaves(std::span<const sql::NewLeaf> leaves, std::vector<bool>* added) {
  added->assign(leaves.size(), true);
  if (leaves.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(MakePartitions(leaves));
  ASSIGN_OR_RETURN(const bool all_new, CopyLeaves(leaves));
  if (all_new) return absl::OkStatus();
  added->assign(leaves.size(), false);
  std::vector<int64_t> days, numbers;
  std::vector<std::string_view> bytes;
  std::unordered_map<int64_t, size_t> places;
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (!places.emplace(leaves[i].place.number, i).second) continue;
    days.push_back(DayOf(leaves[i].place.time_us));
    numbers.push_back(leaves[i].place.number);
    bytes.push_back(leaves[i].bytes);
  }
  const ArrayParameter parameters[] = {ArrayParameter::Numbers(days), ArrayParameter::Numbers(numbers),
                                       ArrayParameter::Bytes(bytes)};
  ASSIGN_OR_RETURN(const Rows rows, database_.Query("INSERT INTO leaves(day, leaf, bytes) "
                                                    "SELECT * FROM unnest($1, $2, $3) "
                                                    "ON CONFLICT DO NOTHING RETURNING leaf",
                                                    parameters));
  for (int row = 0; row < rows.size(); ++row) (*added)[places.at(rows.Number(row, 0))] = true;
  return absl::OkStatus();
}

// Each service has a log of its own: a leaf may have come to another one first.
absl::StatusOr<std::vector<size_t>> PgWriteTables::FindInLogs(std::span<const int64_t> leaves) {
  const ArrayParameter parameters[] = {ArrayParameter::Numbers(leaves)};
  std::vector<size_t> found;
  ASSIGN_OR_RETURN(const Rows logs, database_.Query("SELECT number FROM logs"));
  for (int log = 0; log < logs.size(); ++log) {
    const std::string runs = base::StrCat("portcullis_audit_log_", logs.Number(log, 0), ".runs");
    ASSIGN_OR_RETURN(
        const Rows rows,
        database_.Query(
            base::StrCat("SELECT wanted.place FROM unnest($1) WITH ORDINALITY AS wanted(leaf, place), ", runs,
                         " AS run WHERE run.leaf = (SELECT max(leaf) FROM ", runs,
                         " WHERE leaf <= wanted.leaf) AND wanted.leaf < run.leaf + run.count"),
            parameters));
    for (int row = 0; row < rows.size(); ++row) found.push_back(static_cast<size_t>(rows.Number(row, 0)) - 1);
  }
  return found;
}

absl::Status PgWriteTables::RemoveLeaves(std::span<const sql::LeafPlace> leaves) {
  if (leaves.empty()) return absl::OkStatus();
  return database_.Query("DELETE FROM leaves WHERE day = ANY($1) AND leaf = ANY($2)", PlacesOf(leaves))
      .status();
}

absl::Status PgWriteTables::ExpectRecords(std::span<const int64_t> roots) {
  const ArrayParameter parameters[] = {ArrayParameter::Numbers(roots)};
  ASSIGN_OR_RETURN(const Rows rows, database_.Query(base::StrCat("SELECT ", sql::RecordColumns(),
                                                                 " FROM records WHERE root = ANY($1)"),
                                                    parameters));
  for (int row = 0; row < rows.size(); ++row) {
    Stored stored;
    stored.row = rows.Number(row, 0);
    stored.record = sql::RecordOf([&](int column) { return rows.Number(row, column); },
                                  [&](int column) { return std::string(rows.View(row, column)); });
    stored_.emplace(stored.record.root, std::move(stored));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> PgWriteTables::InsertRecord(int64_t row, const sql::RecordRow& record) {
  const auto stored = stored_.find(record.root);
  if (stored != stored_.end() && !stored->second.taken) return false;
  new_records_.BeginRow(kRecordColumns);
  VisitRecord(
      record, row, [&](int64_t number) { new_records_.Number(number); },
      [&](std::string_view text) { new_records_.Bytes(text); });
  return true;
}

absl::StatusOr<std::optional<std::pair<int64_t, sql::RecordRow>>> PgWriteTables::FindRecord(int64_t root) {
  const auto stored = stored_.find(root);
  if (stored == stored_.end()) return std::nullopt;
  stored->second.taken = true;
  return std::pair(stored->second.row, stored->second.record);
}

absl::Status PgWriteTables::RemoveRecord(int64_t row) {
  removed_rows_.push_back(row);
  return absl::OkStatus();
}

absl::Status PgWriteTables::FlushRecords() {
  if (!removed_rows_.empty()) {
    const ArrayParameter parameters[] = {ArrayParameter::Numbers(removed_rows_)};
    RETURN_IF_ERROR(database_.Query("DELETE FROM records WHERE row = ANY($1)", parameters).status());
  }
  if (!new_records_.empty()) {
    RETURN_IF_ERROR(database_.CopyIn(
        base::StrCat("COPY records(", sql::RecordColumns(), ") FROM STDIN WITH (FORMAT binary)"),
        new_records_.Finish()));
  }
  stored_.clear();
  removed_rows_.clear();
  return absl::OkStatus();
}

// Days before the last two whose leaves are all gone.
absl::Status PgWriteTables::Shrink() {
  ASSIGN_OR_RETURN(const Rows names,
                   database_.Query("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = "
                                   "'leaves'::regclass"));
  std::vector<int64_t> days;
  for (int row = 0; row < names.size(); ++row) {
    const std::string_view name = names.View(row, 0);
    days.push_back(std::strtoll(std::string(name.substr(name.rfind('_') + 1)).c_str(), nullptr, 10));
  }
  std::sort(days.begin(), days.end());
  for (size_t i = 0; i + 2 < days.size(); ++i) {
    if (days[i] == 0) continue;
    RETURN_IF_ERROR(database_.Execute("BEGIN"));
    const absl::Status dropped = DropIfEmpty(Partition(days[i]));
    RETURN_IF_ERROR(database_.Execute(dropped.ok() ? "COMMIT" : "ROLLBACK"));
  }
  return absl::OkStatus();
}

// Not OK: it is not empty, or somebody reads it at this moment; there will be another time.
absl::Status PgWriteTables::DropIfEmpty(const std::string& partition) {
  // No replica writes meanwhile, and each looks for its partitions anew afterwards.
  RETURN_IF_ERROR(
      database_.Execute("SET LOCAL lock_timeout = '1s'; UPDATE meta SET value = 0 WHERE key = 'writer'"));
  ASSIGN_OR_RETURN(const Rows any,
                   database_.Query(base::StrCat("SELECT EXISTS (SELECT 1 FROM ", partition, ")")));
  if (any.Number(0, 0) != 0) return absl::FailedPreconditionError("not empty");
  return database_.Execute(base::StrCat("DROP TABLE ", partition));
}

void PgWriteTables::Forget() {
  days_.clear();
  stored_.clear();
  removed_rows_.clear();
  new_records_.Clear();
}

absl::Status PgReadTables::ReadLeaves(std::span<const sql::LeafPlace> leaves,
                                      absl::FunctionRef<void(size_t, std::string_view)> use) {
  if (leaves.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Rows rows,
                   database_.Query("SELECT leaf, bytes FROM leaves WHERE day = ANY($1) AND leaf = ANY($2)",
                                   PlacesOf(leaves)));
  std::unordered_map<int64_t, size_t> places;
  for (size_t i = 0; i < leaves.size(); ++i) places.emplace(leaves[i].number, i);
  for (int row = 0; row < rows.size(); ++row) {
    const auto place = places.find(rows.Number(row, 0));
    if (place != places.end()) use(place->second, rows.View(row, 1));
  }
  return absl::OkStatus();
}

absl::Status PgReadTables::ReadRun(int64_t first, size_t count,
                                   absl::FunctionRef<void(size_t, std::string_view)> use) {
  ASSIGN_OR_RETURN(const Rows rows,
                   database_.Query(base::StrCat("SELECT leaf, bytes FROM leaves WHERE leaf BETWEEN ", first,
                                                " AND ", first + static_cast<int64_t>(count) - 1)));
  for (int row = 0; row < rows.size(); ++row) {
    use(static_cast<size_t>(rows.Number(row, 0) - first), rows.View(row, 1));
  }
  return absl::OkStatus();
}

}  // namespace portcullis::audit::postgresql
