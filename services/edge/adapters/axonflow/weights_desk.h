// Has the router's weights changed, which blocks, from workers.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/edge/adapters/axonflow/desk.h"
#include "services/router/api/router_api.h"

namespace portcullis::edge {

// Thread-safe, with a desk's lifetime.
class WeightsDesk {
 public:
  // As RouterAdmin::SetWeights.
  using Set = std::function<absl::Status(const router::TargetWeights&, const router::OperatorCall&)>;

  explicit WeightsDesk(Set set) : set_(std::move(set)) {}

  // The same, on the worker of `executor`. RESOURCE_EXHAUSTED: too many changes wait.
  using Done = std::monostate;
  boost::asio::awaitable<absl::StatusOr<Done>> SetWeights(boost::asio::any_io_executor executor,
                                                          router::TargetWeights weights,
                                                          router::OperatorCall by);

 private:
  const Set set_;
  Desk desk_;
};

}  // namespace portcullis::edge
