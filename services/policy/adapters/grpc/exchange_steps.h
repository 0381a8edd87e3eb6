// The steps of one exchange as a peer may take them, whatever the transport: checks their order, calls the
// policy API, translates.
//
// The API must be the direct form. It need not be thread-safe: each instance sits in a slot with a mutex,
// which is held while a step computes. A policy that asks a service outside answers later, on a thread of its
// own: then the mutex is not held meanwhile. An exchange stays with its slot for life.
#pragma once

#include <memory>
#include <mutex>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/request_context.h"
#include "portcullis/policy/v1/policy.pb.h"
#include "portcullis/policy/v1/policy_service.pb.h"
#include "services/policy/adapters/grpc/release_texts.h"
#include "services/policy/api/policy_api.h"

namespace portcullis::policy {

// One instance of the API. As many as threads shall compute at once.
struct PolicySlot {
  std::mutex mutex;
  PolicyApi* api = nullptr;
};

// Whether releases carry their text (plain RPC) or positions alone (lanes).
enum class ReleaseForm : uint8_t { kPositions, kTexts };

class ExchangeSteps {
 public:
  enum class Next : uint8_t { kSend, kSendAndEnd, kEnd };

  // With the response, unless the first is kEnd or an error. An error ends the exchange.
  using Done = absl::AnyInvocable<void(absl::StatusOr<Next>, v1::ExchangeResponse) &&>;

  // `slot` outlives this.
  ExchangeSteps(PolicySlot& slot, ReleaseForm form);
  ~ExchangeSteps();  // `done` of a step that waits does not run any more

  // `context` is used by an open. `done` runs inside the call, or later on another thread; never with the
  // slot locked. Errors: INVALID_ARGUMENT, FAILED_PRECONDITION (a step out of order), and those of the API.
  void Take(const v1::ExchangeRequest& request, const base::RequestContext& context, Done done);

 private:
  struct Core;

  const std::shared_ptr<Core> core_;
};

// The whole of the plain Check RPC. `request` and `response` are valid until `done` has run, inside the call
// or later.
void Check(PolicySlot& slot, const v1::CheckRequest& request, const base::RequestContext& context,
           v1::CheckResponse& response, absl::AnyInvocable<void(absl::Status) &&> done);

}  // namespace portcullis::policy
