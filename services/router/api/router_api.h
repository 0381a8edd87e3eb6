// The router service as its callers see it: plain types, no transport.
//
// The router picks a target, adapts the request to it, tries again and elsewhere as configured, and streams
// back the provider's bytes unparsed with the facts around them.
//
// Threads: an api object and its calls belong to one worker; observers run on that worker.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "libs/base/request_context.h"
#include "services/router/api/cost.h"

namespace portcullis::router {

enum class Operation : uint8_t { kChatCompletions, kFimCompletions, kEmbeddings };

std::string_view OperationName(Operation operation);  // "chat.completions", "fim.completions", "embeddings"

struct CompletionRequest {
  base::RequestContext context;
  Operation operation = Operation::kChatCompletions;
  std::string model;  // as the client asked; "" = the strategy picks
  bool stream = false;
  // A valid JSON object. `model_begin`..`model_end` are the bytes of the value of its top-level "model" key,
  // quotes included; both 0 when there is no such key.
  std::string body;
  uint32_t model_begin = 0;
  uint32_t model_end = 0;
  uint32_t estimated_prompt_tokens = 0;      // for max_context_tokens and cost
  uint32_t max_output_tokens = 0;            // what the client allows for each choice; 0 = not said
  uint32_t choices = 1;                      // how many answers are asked for
  std::vector<std::string> allowed_targets;  // empty = all
  // Asked before all others, which follow; among themselves in the strategy's order. Empty = no preference.
  std::vector<std::string> preferred_targets;
  std::vector<std::string> avoided_targets;   // asked after all others
  std::optional<uint64_t> max_cost_nano_usd;  // what the request may cost at most
};

// Why a call ended as it did. Everything but kOk is mapped to an HTTP status and an OpenAI error by the edge.
enum class Outcome : uint8_t {
  kOk,
  kNoTarget,        // no target is configured or allowed for this model
  kUnavailable,     // all targets are without key, unhealthy, or their circuits open
  kContextTooLong,  // the request exceeds max_context_tokens, or the provider said so
  kBadRequest,      // the provider refused the request (4xx that is the caller's fault)
  kUpstreamAuth,    // the provider refused our key
  kRateLimited,     // 429 from the provider
  kTimeout,
  kConnectFailed,
  kUpstreamError,    // 5xx or an answer that is no HTTP
  kCut,              // the connection ended before the body was complete
  kCancelled,        // by the caller
  kOverloaded,       // the router's own queues are full
  kContentFiltered,  // the provider's content filter refused the request
  kCostTooHigh,      // the request may cost more than a limit allows, or its price is not known
};

std::string_view OutcomeName(Outcome outcome);  // "ok", "no_target", ...

struct Attempt {
  std::string target;
  std::string model;
  Outcome outcome = Outcome::kOk;
  int http_status = 0;      // 0 = none came
  uint64_t latency_us = 0;  // until the outcome was known, or the first byte
};

// Sent once, before any data, when an attempt has answered 2xx or has definitely failed with a body to show.
struct ResponseHead {
  int http_status = 0;
  std::string content_type;
  std::string target;
  std::string provider;  // "mistral", "openai", ...
  std::string model;     // what was sent upstream
  uint32_t attempts = 0;
  std::optional<Pricing> pricing;    // of the target
  std::vector<std::string> dropped;  // fields of the request that the target could not be given
  std::string variant;               // of the experiment that the caller takes part in; "" = none
};

// Always the last thing an observer hears.
struct CallSummary {
  Outcome outcome = Outcome::kOk;
  std::string message;          // for the client: what failed, without secrets
  std::string param;            // the field of the request that is at fault; "" = none
  int retry_after_seconds = 0;  // 0 = none
  std::string target;           // the last one tried
  std::string provider;         // of it
  std::string variant;          // of the experiment that the caller takes part in; "" = none
  std::vector<Attempt> attempts;
  uint64_t first_byte_us = 0;  // since the call started; 0 = none came
  uint64_t total_us = 0;
};

class CallObserver {
 public:
  virtual ~CallObserver() = default;
  virtual void OnHead(const ResponseHead& head) = 0;    // at most once; only for 2xx answers
  virtual void OnData(std::string_view bytes) = 0;      // after OnHead; bytes are valid during the call
  virtual void OnDone(const CallSummary& summary) = 0;  // exactly once, unless the Call is destroyed before
};

// A call under way. Destroying it cancels the upstream call at once; no observer method runs afterwards.
// Observer methods never run inside Start; Resume may deliver data inside the call.
class Call {
 public:
  virtual ~Call() = default;
  virtual void Pause() = 0;  // stop reading from the provider: the client is slow
  virtual void Resume() = 0;
};

// An opening of a target's circuit. Times in microseconds since 1970; 0 = not yet, or nobody knows.
struct CircuitTrip {
  int64_t opened_us = 0;
  int64_t open_until_us = 0;  // when a trial is let through
  int64_t closed_us = 0;
  std::string cause;
  std::string closed_by;  // the cause of that
  uint64_t failures = 0;  // that opened it, those of trials among them
};

struct TargetStatus {
  std::string id;
  std::string provider;
  std::string model;
  std::string description;
  bool available = false;  // has its key
  bool healthy = false;    // by probe; true while not probed
  int circuit = 0;         // 0 closed, 1 half-open, 2 open
  uint32_t in_flight = 0;
  std::string last_error;
  bool drained = false;            // by an operator
  uint64_t latency_us = 0;         // expected time of a whole answer; 0 = unknown
  uint64_t stream_latency_us = 0;  // expected time to the first byte of a stream; 0 = unknown
  double error_rate = 0;           // share of the recent calls that failed, 0 to 1
  uint64_t open_for_ms = 0;        // until an open circuit lets a trial through
  uint32_t keys = 0;
  uint32_t keys_cooling = 0;        // left alone for a while
  std::vector<std::string> groups;  // names and aliases of the groups that it belongs to
  double weight = 0;                // under weighted_round_robin, beside those of the others; 0 = unknown
  std::vector<CircuitTrip> trips;   // the last ones of this process, oldest first
};

// What an operator changes in a target, until the next restart of the process.
enum class TargetAction : uint8_t {
  kDrain,  // no new calls; those under way go on
  kUndrain,
  kForceOpen,       // the circuit refuses everything
  kForceClosed,     // the circuit admits everything
  kReleaseCircuit,  // the circuit follows the results again, beginning closed
};

// Weights of targets under weighted_round_robin, by id: their shares of the requests, beside each other's.
using TargetWeights = std::map<std::string, double, std::less<>>;

inline constexpr double kMaxTargetWeight = 1e6;

class RouterApi {
 public:
  using TargetsCallback = absl::AnyInvocable<void(absl::StatusOr<std::vector<TargetStatus>>) &&>;

  virtual ~RouterApi() = default;

  // `observer` must outlive the returned call.
  virtual std::unique_ptr<Call> Start(CompletionRequest request, CallObserver& observer) = 0;

  virtual void Targets(TargetsCallback done) = 0;
};

std::string_view TargetActionName(TargetAction action);  // "drain", "undrain", "force_open", ...

// Who asks for a change, and how, as far as anybody knows: for the log and the audit record.
struct OperatorCall {
  std::string user;      // as the caller says; not authenticated
  std::string address;   // without port
  std::string endpoint;  // "/targets", "/portcullis.router.v1.RouterService/ControlTarget"
  std::string method;    // "POST", "GRPC"
};

// For operators: all of a process's targets, at every worker at once. Thread-safe.
class RouterAdmin {
 public:
  virtual ~RouterAdmin() = default;

  virtual std::vector<TargetStatus> TargetsNow() const = 0;

  // NOT_FOUND when there is no target of that id. May block for a moment: not on a worker.
  virtual absl::Status Control(std::string_view target, TargetAction action, const OperatorCall& by) = 0;

  // From the next call on these targets have these weights; the others keep theirs. It holds after restarts
  // of the process too, until the configuration says other weights than now. INVALID_ARGUMENT: a target that
  // is not there, a weight that is not above 0 and at most kMaxTargetWeight. FAILED_PRECONDITION: the
  // strategy does not go by weights. UNAVAILABLE: it cannot be kept. Nothing was done then. May block: not on
  // a worker.
  virtual absl::Status SetWeights(const TargetWeights& weights, const OperatorCall& by) = 0;
};

}  // namespace portcullis::router
