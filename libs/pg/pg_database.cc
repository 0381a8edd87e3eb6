#include "libs/pg/pg_database.h"

#include <endian.h>
#include <libpq-fe.h>
#include <poll.h>

#include <cctype>
#include <cstring>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::pg {
namespace {

// The numbers of types in every PostgreSQL (its catalog pg_type).
constexpr Oid kBytea = 17, kInt8 = 20, kByteaArray = 1001, kInt8Array = 1016;
constexpr int kBinary = 1;

template <typename Integer>
void AppendBig(Integer value, std::string* out) {
  if constexpr (sizeof(value) == 8) {
    value = static_cast<Integer>(htobe64(static_cast<uint64_t>(value)));
  } else if constexpr (sizeof(value) == 4) {
    value = static_cast<Integer>(htobe32(static_cast<uint32_t>(value)));
  } else {
    value = static_cast<Integer>(htobe16(static_cast<uint16_t>(value)));
  }
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void AppendValue(std::string_view bytes, std::string* out) {
  AppendBig(static_cast<int32_t>(bytes.size()), out);
  out->append(bytes);
}

void AppendValue(int64_t value, std::string* out) {
  AppendBig(static_cast<int32_t>(sizeof(value)), out);
  AppendBig(value, out);
}

template <typename Value>
std::string EncodeArray(Oid element, std::span<const Value> values) {
  std::string out;
  AppendBig(int32_t{values.empty() ? 0 : 1}, &out);  // dimensions
  AppendBig(int32_t{0}, &out);                       // no nulls
  AppendBig(static_cast<int32_t>(element), &out);
  if (values.empty()) return out;
  AppendBig(static_cast<int32_t>(values.size()), &out);
  AppendBig(int32_t{1}, &out);  // the first index
  for (const Value& value : values) AppendValue(value, &out);
  return out;
}

// "?" and "?3" become "$1", "$2"... and "$3".
std::string Translate(std::string_view sql) {
  std::string out;
  int next = 1;
  for (size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] != '?') {
      out += sql[i];
      continue;
    }
    out += '$';
    if (i + 1 == sql.size() || std::isdigit(static_cast<unsigned char>(sql[i + 1])) == 0) {
      out += std::to_string(next++);
    }
  }
  return out;
}

absl::StatusCode CodeOf(std::string_view state) {
  if (state.starts_with("53")) return absl::StatusCode::kResourceExhausted;  // disk, memory, connections
  if (state.starts_with("XX001") || state.starts_with("XX002")) return absl::StatusCode::kDataLoss;
  if (state.starts_with("28") || state == "42501" || state == "3D000") {
    return absl::StatusCode::kFailedPrecondition;  // password, rights, no such database
  }
  if (state == "23505") return absl::StatusCode::kAlreadyExists;
  return absl::StatusCode::kUnavailable;
}

void IgnoreNotice(void*, const PGresult*) {}

std::string Trimmed(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
  return text;
}

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

absl::StatusOr<std::unique_ptr<PQconninfoOption, FreeOptions>> Parse(const std::string& parameters) {
  char* error = nullptr;
  std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(parameters.c_str(), &error));
  const std::string message = error == nullptr ? "" : Trimmed(error);
  if (error != nullptr) PQfreemem(error);
  if (options) return options;
  return absl::InvalidArgumentError(base::StrCat("PostgreSQL connection: ", message));
}

// What messages say of a connection.
std::string PlaceOf(const PQconninfoOption* options) {
  std::string place;
  for (; options->keyword != nullptr; ++options) {
    const std::string_view keyword = options->keyword;
    const bool told = keyword == "host" || keyword == "port" || keyword == "dbname" || keyword == "user";
    if (told && options->val != nullptr) {
      place += base::StrCat(place.empty() ? "" : " ", keyword, "=", options->val);
    }
  }
  return place;
}

}  // namespace

absl::Status CheckParameters(const std::string& parameters) {
  ASSIGN_OR_RETURN(const auto options, Parse(parameters));
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    const std::string_view keyword = option->keyword;
    if ((keyword == "password" || keyword == "sslpassword") && option->val != nullptr) {
      return absl::InvalidArgumentError("PostgreSQL connection: holds a password");
    }
  }
  return absl::OkStatus();
}

bool Answers(const Connection& connection) {
  const char* const keywords[] = {"connect_timeout", "dbname", nullptr};
  const char* const values[] = {"5", connection.parameters.c_str(), nullptr};
  return PQpingParams(keywords, values, 1) == PQPING_OK;
}

ArrayParameter ArrayParameter::Numbers(std::span<const int64_t> values) {
  ArrayParameter parameter;
  parameter.type_ = kInt8Array;
  parameter.bytes_ = EncodeArray(kInt8, values);
  return parameter;
}

ArrayParameter ArrayParameter::Bytes(std::span<const std::string_view> values) {
  ArrayParameter parameter;
  parameter.type_ = kByteaArray;
  parameter.bytes_ = EncodeArray(kBytea, values);
  return parameter;
}

void Rows::Clear::operator()(pg_result* result) const { PQclear(result); }

int Rows::size() const { return PQntuples(result_.get()); }

int64_t Rows::Number(int row, int column) const {
  const std::string_view bytes = View(row, column);
  uint64_t wide = 0;
  uint32_t narrow = 0;
  if (bytes.size() == sizeof(wide)) {
    std::memcpy(&wide, bytes.data(), sizeof(wide));
    return static_cast<int64_t>(be64toh(wide));
  }
  if (bytes.size() != sizeof(narrow)) return bytes == std::string_view("\1", 1) ? 1 : 0;  // a truth value
  std::memcpy(&narrow, bytes.data(), sizeof(narrow));
  return static_cast<int32_t>(be32toh(narrow));
}

std::string_view Rows::View(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}

int64_t Rows::changed() const { return std::strtoll(PQcmdTuples(result_.get()), nullptr, 10); }

void CopyBuffer::BeginRow(int columns) {
  AppendBig(static_cast<int16_t>(columns), &bytes_);
  ++rows_;
}

void CopyBuffer::Number(int64_t value) { AppendValue(value, &bytes_); }
void CopyBuffer::Bytes(std::string_view bytes) { AppendValue(bytes, &bytes_); }

void CopyBuffer::Clear() {
  bytes_.assign("PGCOPY\n\377\r\n\0", 11);  // signature, then flags and the length of an extension
  bytes_.append(8, '\0');
  rows_ = 0;
}

std::string CopyBuffer::Finish() {
  AppendBig(int16_t{-1}, &bytes_);
  std::string done = std::move(bytes_);
  Clear();
  return done;
}

// Runs a statement once as it is, and prepares it when it is asked for again. An answer is there as a whole.
class PgCursor final : public sql::Cursor {
 public:
  PgCursor(PgDatabase& database, std::string sql) : database_(database), sql_(std::move(sql)) {}
  ~PgCursor() override {
    if (name_.empty()) return;
    PQclear(PQexec(database_.connection_.get(), base::StrCat("DEALLOCATE ", name_).c_str()));
  }

  void Bind(int index, int64_t value) override {
    Parameter& parameter = At(index);
    parameter.type = kInt8;
    parameter.number = htobe64(static_cast<uint64_t>(value));
  }
  void BindText(int index, std::string_view text) override { BindBlob(index, text); }
  void BindBlob(int index, std::string_view bytes) override {
    Parameter& parameter = At(index);
    parameter.type = kBytea;
    parameter.bytes = bytes;
  }
  absl::StatusOr<bool> Step() override {
    if (row_ < 0) RETURN_IF_ERROR(Run());
    return ++row_ < rows_.size();
  }
  void Reset() override {
    rows_ = Rows();
    row_ = -1;
  }
  int64_t Number(int column) const override { return rows_.Number(row_, column); }
  std::string_view View(int column) const override { return rows_.View(row_, column); }

 private:
  struct Parameter {
    Oid type = kInt8;
    uint64_t number = 0;
    std::string_view bytes;
  };

  Parameter& At(int index) {
    if (parameters_.size() < static_cast<size_t>(index)) parameters_.resize(static_cast<size_t>(index));
    return parameters_[static_cast<size_t>(index) - 1];
  }

  absl::Status Run() {
    std::vector<Oid> types;
    std::vector<const char*> values;
    std::vector<int> lengths;
    const std::vector<int> formats(parameters_.size(), kBinary);
    for (const Parameter& parameter : parameters_) {
      const bool number = parameter.type == kInt8;
      types.push_back(parameter.type);
      values.push_back(number                              ? reinterpret_cast<const char*>(&parameter.number)
                       : parameter.bytes.data() == nullptr ? ""
                                                           : parameter.bytes.data());
      lengths.push_back(number ? static_cast<int>(sizeof(parameter.number))
                               : static_cast<int>(parameter.bytes.size()));
    }
    const int count = static_cast<int>(parameters_.size());
    PGconn* const connection = database_.connection_.get();
    if (runs_ == 1 && name_.empty()) {
      std::string name = base::StrCat("s", database_.next_statement_++);
      RETURN_IF_ERROR(
          database_.Take(PQprepare(connection, name.c_str(), sql_.c_str(), count, types.data())).status());
      name_ = std::move(name);
    }
    ASSIGN_OR_RETURN(
        rows_,
        database_.Take(name_.empty() ? PQexecParams(connection, sql_.c_str(), count, types.data(),
                                                    values.data(), lengths.data(), formats.data(), kBinary)
                                     : PQexecPrepared(connection, name_.c_str(), count, values.data(),
                                                      lengths.data(), formats.data(), kBinary)));
    runs_ = 1;
    row_ = -1;
    return absl::OkStatus();
  }

  PgDatabase& database_;
  const std::string sql_;
  std::string name_;  // once it is prepared
  int runs_ = 0;
  std::vector<Parameter> parameters_;
  Rows rows_;
  int row_ = -1;  // -1 = not run
};

void PgDatabase::Finish::operator()(pg_conn* connection) const { PQfinish(connection); }

absl::StatusOr<std::unique_ptr<PgDatabase>> PgDatabase::Connect(const Connection& connection) {
  ASSIGN_OR_RETURN(const auto options, Parse(connection.parameters));
  // Later ones win: first what the parameters may change.
  std::vector<const char*> keywords = {"connect_timeout", "tcp_user_timeout", "application_name", "dbname"};
  std::vector<const char*> values = {"5", "30000", connection.application.c_str(),
                                     connection.parameters.c_str()};
  if (!connection.password.empty()) {
    keywords.push_back("password");
    values.push_back(connection.password.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  std::unique_ptr<PgDatabase> database(
      new PgDatabase(PQconnectdbParams(keywords.data(), values.data(), 1), PlaceOf(options.get())));
  PGconn* const handle = database->connection_.get();
  if (handle == nullptr) return absl::ResourceExhaustedError("PostgreSQL: out of memory");
  PQsetNoticeReceiver(handle, IgnoreNotice, nullptr);
  if (PQstatus(handle) != CONNECTION_OK) {
    return absl::UnavailableError(
        base::StrCat("PostgreSQL (", database->place_, "): ", Trimmed(PQerrorMessage(handle))));
  }
  RETURN_IF_ERROR(database->Execute("SET statement_timeout = '60s'; SET bytea_output = 'hex'"));
  return database;
}

absl::Status PgDatabase::Error(const pg_result* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string text = message != nullptr ? message : Trimmed(PQerrorMessage(connection_.get()));
  const absl::StatusCode code = state == nullptr ? absl::StatusCode::kUnavailable : CodeOf(state);
  return absl::Status(code, base::ToAbsl(base::StrCat("PostgreSQL (", place_, "): ", text)));
}

absl::StatusOr<Rows> PgDatabase::Take(pg_result* result) {
  Rows rows(result);
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_COPY_IN)
    return Error(result);
  changes_ = rows.changed();
  return rows;
}

absl::Status PgDatabase::Execute(const std::string& sql) {
  absl::StatusOr<Rows> rows = Take(PQexec(connection_.get(), sql.c_str()));
  RETURN_IF_ERROR(rows.status());
  // A commit of a transaction that failed is answered by a rollback, without an error.
  if (sql == "COMMIT" && std::string_view(PQcmdStatus(rows->get())) == "ROLLBACK") {
    return absl::UnavailableError(base::StrCat("PostgreSQL (", place_, "): the transaction was rolled back"));
  }
  return absl::OkStatus();
}

absl::StatusOr<sql::Statement> PgDatabase::Prepare(std::string_view sql) {
  return sql::Statement(std::make_unique<PgCursor>(*this, Translate(sql)));
}

absl::StatusOr<bool> PgDatabase::BeginWrite() {
  RETURN_IF_ERROR(Execute("BEGIN"));
  // The lock on this row is what makes writers one after the other, whichever replica they are of.
  absl::StatusOr<Rows> last = Query("SELECT value FROM meta WHERE key = 'writer' FOR UPDATE");
  bool other = last.ok() && (last->size() != 1 || last->Number(0, 0) != writer_);
  absl::Status status = last.status();
  if (other) status = Execute(base::StrCat("UPDATE meta SET value = ", writer_, " WHERE key = 'writer'"));
  if (status.ok()) return other;
  (void)Execute("ROLLBACK");
  return status;
}

absl::Status PgDatabase::BeginRead() { return Execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); }

absl::StatusOr<Rows> PgDatabase::Query(const std::string& sql, std::span<const ArrayParameter> parameters) {
  std::vector<Oid> types;
  std::vector<const char*> values;
  std::vector<int> lengths;
  const std::vector<int> formats(parameters.size(), kBinary);
  for (const ArrayParameter& parameter : parameters) {
    types.push_back(parameter.type());
    values.push_back(parameter.bytes().data());
    lengths.push_back(static_cast<int>(parameter.bytes().size()));
  }
  return Take(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(parameters.size()), types.data(),
                           values.data(), lengths.data(), formats.data(), kBinary));
}

absl::Status PgDatabase::CopyIn(const std::string& sql, std::string_view rows) {
  PGconn* const connection = connection_.get();
  RETURN_IF_ERROR(Take(PQexec(connection, sql.c_str())).status());
  const bool sent = PQputCopyData(connection, rows.data(), static_cast<int>(rows.size())) == 1 &&
                    PQputCopyEnd(connection, nullptr) == 1;
  absl::Status status = sent ? absl::OkStatus() : Error(nullptr);
  while (PGresult* result = PQgetResult(connection)) status.Update(Take(result).status());
  return status;
}

bool PgDatabase::Lost() {
  PGconn* const connection = connection_.get();
  if (PQstatus(connection) != CONNECTION_OK) return true;
  // Nothing is asked: what can be read is the server's farewell, or its end. A server that tells of a changed
  // setting is connected to anew, too, which does no harm.
  pollfd socket = {PQsocket(connection), POLLIN, 0};
  return ::poll(&socket, 1, 0) > 0;
}

}  // namespace portcullis::pg
