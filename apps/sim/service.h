// The simulator without its sockets: a request in, a reply out.
//
// Paths: /v1/... in the default dialect, /mistral/v1/..., /openai/v1/... and /anthropic/v1/... in the named
// one, /azure/openai/deployments/... (with Azure as the default dialect also without /azure) Azure's,
// /sim/... the simulator's own pages (no key asked). The fault of a call comes from its x-sim-fault header,
// else from a `fault:` directive in its last user message, else from the script. Thread-safe.
#pragma once

#include <atomic>
#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "apps/sim/api_error.h"
#include "apps/sim/directives.h"
#include "apps/sim/fault.h"
#include "apps/sim/journal.h"
#include "apps/sim/model_call.h"
#include "apps/sim/reply.h"
#include "apps/sim/request_schema.h"
#include "libs/base/clock.h"

namespace portcullis::sim {

struct ServiceOptions {
  bool require_key = true;
  std::vector<std::string> accepted_keys;  // empty: any key that is not empty
  Provider provider = Provider::kMistral;
  std::chrono::milliseconds latency{0};  // before the headers of each call
  double tokens_per_second = 0;          // 0: no pacing. A whole answer waits for its tokens
};

class Service {
 public:
  // `clock` outlives the service.
  Service(ServiceOptions options, const base::Clock& clock);

  Reply Handle(const ReceivedRequest& request);

  // Replaces the script; `json` as FaultScript::Set describes.
  absl::Status SetScript(std::string_view json);

  Journal& journal() { return journal_; }
  FaultScript& script() { return script_; }
  const base::Clock& clock() const { return clock_; }

 private:
  Reply HandleOwnPage(const ReceivedRequest& request, std::string_view path);
  Reply HandleApi(const ReceivedRequest& request, Provider provider, std::string_view path);
  Reply HandleAzure(const ReceivedRequest& request, std::string_view path);
  Reply HandleAnthropic(const ReceivedRequest& request, std::string_view path);
  // `deployment` is Azure's, "" elsewhere.
  Reply HandleCall(const ReceivedRequest& request, Provider provider, Endpoint endpoint,
                   std::string_view deployment);
  Reply AnswerAnthropic(const boost::json::value& body, const Directives& directives, const Fault& fault);
  Reply MakeReply(Provider provider, Endpoint endpoint, const boost::json::value& body,
                  const Directives& directives, const Fault& fault);
  Reply AnswerEmbeddings(Provider provider, const boost::json::object& body, const Fault& fault);
  Reply AnswerModel(Provider provider, Endpoint endpoint, const boost::json::object& body,
                    const Directives& directives, const Fault& fault);

  std::optional<ApiError> Authorize(const ReceivedRequest& request, Provider provider) const;
  // Header, directive, script, in this order; chunk and packet sizes of headers and directives are added.
  absl::StatusOr<Fault> ChooseFault(const ReceivedRequest& request, const Directives& directives,
                                    std::string_view model);
  std::string NextId();
  int64_t NowSeconds() const;

  const ServiceOptions options_;
  const base::Clock& clock_;
  Journal journal_;
  FaultScript script_;
  std::atomic<uint64_t> next_id_{1};
};

// The value of a header; the name in lower case. Empty when absent.
std::string_view HeaderOf(const ReceivedRequest& request, std::string_view name);

}  // namespace portcullis::sim
