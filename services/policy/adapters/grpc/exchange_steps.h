// The steps of one exchange as a peer may take them, whatever the transport: checks their order, calls the
// policy API, translates.
//
// The API must be the direct form: its callbacks run inside the call. It need not be thread-safe: each
// instance sits in a slot with a mutex, which is held for the time of one step. An exchange stays with its
// slot for life.
#pragma once

#include <memory>
#include <mutex>

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

  // `slot` outlives this.
  ExchangeSteps(PolicySlot& slot, ReleaseForm form) : slot_(slot), form_(form) {}
  ~ExchangeSteps();

  // `context` is used by an open. Fills `response` unless the result is kEnd. An error ends the exchange.
  // Errors: INVALID_ARGUMENT, FAILED_PRECONDITION (a step out of order), and those of the API.
  absl::StatusOr<Next> Take(const v1::ExchangeRequest& request, const base::RequestContext& context,
                            v1::ExchangeResponse& response);

 private:
  absl::StatusOr<Next> Open(const v1::ExchangeOpen& open, const base::RequestContext& context,
                            v1::OpenVerdict& out);
  absl::StatusOr<Next> Output(const v1::ExchangeOutput& output, v1::Decision& out);
  absl::StatusOr<Next> Guard(const v1::ExchangeGuard& guard, v1::GuardVerdict& out);

  PolicySlot& slot_;
  const ReleaseForm form_;
  bool opened_ = false;
  std::unique_ptr<Exchange> exchange_;
  ReleaseTexts texts_;
};

// The whole of the plain Check RPC.
absl::Status Check(PolicySlot& slot, const v1::CheckRequest& request, const base::RequestContext& context,
                   v1::CheckResponse& response);

}  // namespace portcullis::policy
