// The policies of a configuration at work on requests and answers that nobody sends: the same texts, edits
// and decisions as in a gateway, without network.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "apps/portcullis/policy/policy_test_case.h"
#include "libs/base/clock.h"
#include "services/policy/domain/engine.h"

namespace portcullis::app {

struct OfflineOutcome {
  std::string verdict = "allow";  // as in the audit record, like the next two
  std::string reason_code = "all_policies_passed";
  std::string policy;
  std::string content;   // the last message as the model would see it; "" when it would not
  std::string response;  // the answer's first choice as the client would see it
  std::vector<policy::Finding> findings;
};

// Not thread-safe.
class OfflineGateway {
 public:
  // INVALID_ARGUMENT names the policy and the option that is wrong.
  static absl::StatusOr<std::unique_ptr<OfflineGateway>> Create(const policy::ChainOptions& chain,
                                                                const base::Clock& clock);

  // INVALID_ARGUMENT when the request or the answer is no JSON object of its kind.
  absl::StatusOr<OfflineOutcome> Run(const PolicyTestCase& test);

  // One text, as a message of `role`, or as an answer.
  policy::Decision Judge(std::string_view text, policy::Role role, policy::Direction direction);

 private:
  OfflineGateway(std::shared_ptr<const policy::Bundle> bundle, const base::Clock& clock)
      : bundles_(std::move(bundle)), engine_(&bundles_, &clock, &probe_) {}

  absl::StatusOr<policy::OpenResult> Open(const policy::OpenRequest& request);
  absl::Status CheckAnswer(const std::string& answer, policy::Exchange& exchange, OfflineOutcome* outcome);

  policy::NullProbe probe_;
  policy::BundleSource bundles_;
  policy::Engine engine_;
};

}  // namespace portcullis::app
