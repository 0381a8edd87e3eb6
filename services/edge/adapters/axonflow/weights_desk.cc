#include "services/edge/adapters/axonflow/weights_desk.h"

namespace portcullis::edge {

boost::asio::awaitable<absl::StatusOr<WeightsDesk::Done>> WeightsDesk::SetWeights(
    boost::asio::any_io_executor executor, router::TargetWeights weights, router::OperatorCall by) {
  return desk_.Await<Done>(std::move(executor),
                           [this, weights = std::move(weights), by = std::move(by)](auto tell) {
                             const absl::Status set = set_(weights, by);
                             tell(set.ok() ? absl::StatusOr<Done>(Done()) : set);
                           });
}

}  // namespace portcullis::edge
