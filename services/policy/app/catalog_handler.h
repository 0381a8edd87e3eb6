// The catalogue of tenants' policies: CatalogApi in its direct form.
//
// A change is checked, compiled, written to the store, and then in effect, in this order: what is answered is
// durable and holds. What other processes write to the same store is in effect within kWatchInterval and the
// time that it takes to read and compile it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "libs/text/fold_table.h"
#include "services/policy/api/catalog_api.h"
#include "services/policy/app/catalog_settings.h"
#include "services/policy/app/policy_component.h"
#include "services/policy/domain/catalog/catalog.h"
#include "services/policy/domain/catalog/catalog_store.h"

namespace portcullis::policy {

// Thread-safe. Callbacks run inside the calls.
class CatalogHandler final : public CatalogApi {
 public:
  // Loads and compiles what is stored, and puts it into effect. `state_dir`: where the file is when the
  // settings name none. FAILED_PRECONDITION: the store cannot be used, or a stored policy does not compile.
  static absl::StatusOr<std::unique_ptr<CatalogHandler>> Create(
      const CatalogSettings& settings, const std::filesystem::path& state_dir, PolicyComponent& policies,
      const base::Clock& clock, telemetry::Metrics& metrics, telemetry::Logger& logger);
  ~CatalogHandler() override;

  void Find(const CatalogQuery& query, Callback<std::vector<CatalogPolicy>> done) override;
  void Change(const CatalogChange& change, Callback<CatalogResult> done) override;
  void Versions(const CatalogQuery& query, Callback<std::vector<CatalogVersion>> done) override;
  void TryPattern(const std::string& pattern, const std::vector<std::string>& inputs,
                  Callback<PatternTrial> done) override;
  void TryPolicy(const PolicyTrialInput& input, Callback<PolicyTrial> done) override;

  static constexpr std::chrono::seconds kWatchInterval{1};

  // Looks whether another process wrote to the store, and takes that over. Done each kWatchInterval by
  // itself.
  absl::Status Refresh();

 private:
  CatalogHandler(const CatalogSettings& settings, PolicyComponent& policies, const base::Clock& clock,
                 telemetry::Metrics& metrics, telemetry::Logger& logger);

  absl::Status Open(const std::filesystem::path& state_dir);
  absl::Status OpenStore(const std::filesystem::path& state_dir);
  std::string StoreName() const;
  absl::Status TakeOver();  // what others wrote; with the lock
  absl::Status StoreFailed(const absl::Status& status);
  absl::Status Load();
  absl::StatusOr<std::vector<CatalogPolicy>> FindAll(const CatalogQuery& query);
  absl::StatusOr<CatalogPolicy> FindOne(const CatalogQuery& query);
  absl::StatusOr<CatalogResult> ChangeOne(const CatalogChange& change);
  absl::Status CheckWritable(const CatalogChange& change) const;
  absl::StatusOr<PolicyTrial> Try(const CatalogPolicy& policy, const PolicyTrialInput& input);
  void Count();
  void Watch();

  const CatalogSettings settings_;
  PolicyComponent& policies_;
  const base::Clock& clock_;
  telemetry::Metrics& metrics_;
  telemetry::Logger& logger_;
  std::shared_ptr<const text::FoldTable> fold_;
  std::shared_ptr<const Bundle> no_chain_;  // on which single policies are tried

  std::mutex mutex_;                     // guards what follows
  std::unique_ptr<CatalogStore> store_;  // null: switched off
  std::unique_ptr<Catalog> catalog_;
  CatalogRules rules_;
  int64_t foreign_changes_ = 0;

  std::mutex watch_mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread watch_;
};

}  // namespace portcullis::policy
