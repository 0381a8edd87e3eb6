// Asks the policy service's catalogue, whose calls block, from workers.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/edge/adapters/axonflow/desk.h"
#include "services/policy/api/catalog_api.h"

namespace portcullis::edge {

// Thread-safe, with a desk's lifetime. `catalog` must outlive it.
class CatalogDesk {
 public:
  template <typename T>
  using Awaited = boost::asio::awaitable<absl::StatusOr<T>>;
  using Executor = boost::asio::any_io_executor;

  explicit CatalogDesk(policy::CatalogApi& catalog) : catalog_(catalog) {}

  // As CatalogApi's, on the worker of `executor`; UNAVAILABLE too when too many questions wait.
  Awaited<std::vector<policy::CatalogPolicy>> Find(Executor executor, policy::CatalogQuery query);
  Awaited<policy::CatalogResult> Change(Executor executor, policy::CatalogChange change);
  Awaited<std::vector<policy::CatalogVersion>> Versions(Executor executor, policy::CatalogQuery query);
  Awaited<policy::PatternTrial> TryPattern(Executor executor, std::string pattern,
                                           std::vector<std::string> inputs);
  Awaited<policy::PolicyTrial> TryPolicy(Executor executor, policy::PolicyTrialInput input);

 private:
  policy::CatalogApi& catalog_;
  Desk desk_;
};

}  // namespace portcullis::edge
