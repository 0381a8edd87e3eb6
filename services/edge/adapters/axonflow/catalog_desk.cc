#include "services/edge/adapters/axonflow/catalog_desk.h"

#include <utility>

namespace portcullis::edge {

using policy::CatalogApi;

CatalogDesk::Awaited<std::vector<policy::CatalogPolicy>> CatalogDesk::Find(Executor executor,
                                                                           policy::CatalogQuery query) {
  using Found = std::vector<policy::CatalogPolicy>;
  return desk_.Await<Found>(std::move(executor),
                            [this, query = std::move(query)](CatalogApi::Callback<Found> done) {
                              catalog_.Find(query, std::move(done));
                            });
}

CatalogDesk::Awaited<policy::CatalogResult> CatalogDesk::Change(Executor executor,
                                                                policy::CatalogChange change) {
  using Result = policy::CatalogResult;
  return desk_.Await<Result>(std::move(executor),
                             [this, change = std::move(change)](CatalogApi::Callback<Result> done) {
                               catalog_.Change(change, std::move(done));
                             });
}

CatalogDesk::Awaited<std::vector<policy::CatalogVersion>> CatalogDesk::Versions(Executor executor,
                                                                                policy::CatalogQuery query) {
  using Found = std::vector<policy::CatalogVersion>;
  return desk_.Await<Found>(std::move(executor),
                            [this, query = std::move(query)](CatalogApi::Callback<Found> done) {
                              catalog_.Versions(query, std::move(done));
                            });
}

CatalogDesk::Awaited<policy::PatternTrial> CatalogDesk::TryPattern(Executor executor, std::string pattern,
                                                                   std::vector<std::string> inputs) {
  using Trial = policy::PatternTrial;
  return desk_.Await<Trial>(
      std::move(executor),
      [this, pattern = std::move(pattern), inputs = std::move(inputs)](CatalogApi::Callback<Trial> done) {
        catalog_.TryPattern(pattern, inputs, std::move(done));
      });
}

CatalogDesk::Awaited<policy::PolicyTrial> CatalogDesk::TryPolicy(Executor executor,
                                                                 policy::PolicyTrialInput input) {
  using Trial = policy::PolicyTrial;
  return desk_.Await<Trial>(std::move(executor),
                            [this, input = std::move(input)](CatalogApi::Callback<Trial> done) {
                              catalog_.TryPolicy(input, std::move(done));
                            });
}

}  // namespace portcullis::edge
