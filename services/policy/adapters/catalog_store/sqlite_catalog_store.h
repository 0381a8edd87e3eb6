// The catalogue in an SQLite file.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/policy/domain/catalog/catalog_store.h"

struct sqlite3;
struct sqlite3_stmt;

namespace portcullis::policy {

// A write is on the disk when it returns. Several processes of one machine may use one file: each sees what
// the others wrote (ForeignChanges), and none overwrites it.
class SqliteCatalogStore final : public CatalogStore {
 public:
  // Makes the file if it is not there; read-only, a file that is not there is an empty catalogue.
  // FAILED_PRECONDITION: it cannot be opened, or a newer version wrote it; DATA_LOSS: it is no database.
  static absl::StatusOr<std::unique_ptr<SqliteCatalogStore>> Open(const std::string& path, bool read_only);
  ~SqliteCatalogStore() override;

  absl::StatusOr<std::vector<CatalogPolicy>> Load() override;
  absl::Status Write(const CatalogResult& result) override;
  absl::StatusOr<std::vector<CatalogVersion>> Versions(const std::string& id, size_t limit) override;
  absl::StatusOr<int64_t> ForeignChanges() override;

 private:
  class Statement;

  SqliteCatalogStore(std::string path, sqlite3* database) : path_(std::move(path)), database_(database) {}
  absl::Status Error() const;
  absl::Status Execute(const char* sql);
  absl::StatusOr<Statement> Prepare(std::string_view sql);
  absl::StatusOr<int64_t> Number(std::string_view sql);
  absl::Status MakeSchema();
  absl::Status WriteAll(const CatalogResult& result);
  absl::Status CheckVersion(const CatalogResult& result);

  const std::string path_;
  sqlite3* const database_;  // null: read-only, and there is no file
};

}  // namespace portcullis::policy
