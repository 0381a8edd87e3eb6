// The life of a completion request, from its body to the last byte of its answer, whatever transport it came
// by: parse, check, record the intent, call the router, guard the answer, record the outcome, answer.
//
// One Pipeline per worker; requests run on it as coroutines.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/crypto/sha256.h"
#include "libs/json/tape.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "libs/telemetry/api/tracer.h"
#include "services/audit/api/content.h"
#include "services/audit/api/record.h"
#include "services/edge/adapters/pipeline/capture.h"
#include "services/edge/domain/journal.h"
#include "services/edge/domain/live_settings.h"
#include "services/edge/domain/openai_error.h"
#include "services/edge/domain/openai_request.h"
#include "services/edge/domain/stream_editor.h"
#include "services/policy/api/policy_api.h"
#include "services/router/api/router_api.h"

namespace portcullis::edge {

struct PipelineOptions {
  RequestLimits request;
  StreamLimits stream;
  size_t max_response_bytes = 32 << 20;                    // of a whole answer
  size_t max_buffered_bytes = 256 << 10;                   // of an upstream that is faster than its client
  bool serve_without_audit = false;                        // audit fail mode `allow`
  base::Duration request_timeout = std::chrono::hours(1);  // of a whole request, its stream included
  audit::CaptureRules capture;                             // for the audit log
};

// A request as a transport received it.
struct Inbound {
  Inbound() = default;  // no aggregate: GCC 12 copies those bitwise within co_await expressions

  router::Operation operation = router::Operation::kChatCompletions;
  std::string endpoint;  // "/v1/chat/completions"
  std::string method;
  std::string body;
  std::string client_address;
  std::string principal;
  std::string user;                     // as the transport says; the body's `user` goes before
  std::string traceparent;              // as received
  std::string own_traceparent;          // of the request's own span (EnterTrace); "" = one is made
  std::string request_id;               // "" = one is made
  std::string request_type;             // as a client of AxonFlow's says; "" = by the operation
  std::vector<policy::Header> headers;  // for the conditions of policies; others may be among them
  base::MonotonicTime arrived{};
  base::MonotonicTime deadline{};              // of the client; zero = none
  std::optional<uint64_t> max_cost_nano_usd;   // what the request may cost at most
  std::vector<std::string> preferred_targets;  // asked before all others
};

// Names are literals.
using AnswerHeaders = std::vector<std::pair<std::string_view, std::string>>;

// Where the answer goes. One call at a time. After the client has departed calls fail with CANCELLED.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;

  // The answer will be this error, because of this outcome ("rejected", "blocked", "upstream_failed"): the
  // status that goes out for it. Told before its record is written.
  virtual int OnRefusal(const ApiError& error, std::string_view /*outcome*/) { return error.status; }

  // The record of what became of the request has been written. A whole answer is sent after that.
  virtual void OnOutcome(const audit::Record& /*record*/) {}

  virtual boost::asio::awaitable<absl::Status> Send(int status, AnswerHeaders headers, std::string body) = 0;
  virtual boost::asio::awaitable<absl::Status> StartStream(AnswerHeaders headers) = 0;
  virtual boost::asio::awaitable<absl::Status> Write(std::string_view events) = 0;
  virtual boost::asio::awaitable<absl::Status> End(std::string_view events) = 0;
  virtual bool departed() const = 0;
  virtual void OnDeparture(absl::AnyInvocable<void()> callback) = 0;
};

// What became of a request, or of an answer, that was only to be checked.
struct CheckedRequest {
  std::optional<ApiError> error;  // not understood, or the policies could not be asked
  audit::Record record;
  std::string message;  // for the client, when blocked
  std::string body;     // with the edits applied; empty when blocked
};

struct PipelineDependencies {
  boost::asio::any_io_executor executor;
  policy::PolicyApi& policy;
  router::RouterApi& router;
  Journal& journal;
  const LiveSource& live;
  const base::Clock& clock;
  base::Rng& rng;
  telemetry::Metrics& metrics;
  telemetry::Logger& logger;
  telemetry::Tracing tracing{};
};

// Instruments of one worker, resolved once.
class EdgeInstruments {
 public:
  explicit EdgeInstruments(telemetry::Metrics& metrics);

  struct PerEndpoint {
    telemetry::Histogram* duration;
    telemetry::Histogram* overhead;
    telemetry::Histogram* first_token;
    telemetry::Histogram* inter_token;
  };
  struct PerTarget {
    telemetry::Counter* prompt_tokens;
    telemetry::Counter* completion_tokens;
    telemetry::Counter* cost;
    telemetry::Counter* cost_unknown;
    telemetry::Histogram* quality = nullptr;  // once an answer was scored
  };

  // `endpoint` and `target` come from the configuration, never from a client.
  PerEndpoint& Endpoint(std::string_view endpoint);
  PerTarget& Target(std::string_view target);
  telemetry::Histogram& Quality(std::string_view target);
  telemetry::Counter& AskedAgain(std::string_view target, bool answered);
  telemetry::Counter& Requests(std::string_view endpoint, int status, std::string_view verdict);
  telemetry::Counter& AuditFailures(bool blocked);
  telemetry::Counter& Departures(std::string_view phase);

  telemetry::Counter& forwarded_input;
  telemetry::Counter& forwarded_output;
  telemetry::Counter& unscanned_input;
  telemetry::Counter& unscanned_output;
  telemetry::Counter& policy_reopened;
  telemetry::Histogram& held_bytes;
  telemetry::Gauge& in_flight;
  CaptureCounters captured_input;
  CaptureCounters captured_output;

 private:
  telemetry::Metrics& metrics_;
  std::map<std::string, PerEndpoint, std::less<>> endpoints_;
  std::map<std::string, PerTarget, std::less<>> targets_;
  std::map<std::tuple<std::string, int, std::string>, telemetry::Counter*> requests_;
};

class Pipeline {
 public:
  Pipeline(PipelineOptions options, PipelineDependencies dependencies)
      : options_(std::move(options)),
        deps_(dependencies),
        instruments_(dependencies.metrics),
        live_(&dependencies.live) {}

  // Answers one completion request. Ends when the answer has left and its record is written; `record`, if
  // given, is then the record.
  boost::asio::awaitable<void> Run(Inbound inbound, AnswerSink& sink, audit::Record* record = nullptr);

  // The policies alone: examines a request as if it were to be sent, and records that.
  boost::asio::awaitable<void> Check(Inbound inbound, CheckedRequest* checked);

  // The same for an answer that came by another way: `inbound.body` is one, whole. What the policies say of
  // the request that it answers does not count.
  boost::asio::awaitable<void> CheckAnswer(Inbound inbound, CheckedRequest* checked);

  // Answers with an error that was found before the request was understood, or with any other fixed body, and
  // leaves a record of it. Returns the headers to send; the caller sends them with `error`'s status and body.
  AnswerHeaders RecordPlain(const Inbound& inbound, int status, const ApiError* error);

  // Writes a record of something that happened elsewhere; `record` has its endpoint, status, verdict and
  // outcome. OK when it is as durable as configured, or may be lost by the audit's fail mode.
  boost::asio::awaitable<absl::Status> Report(const Inbound& inbound, audit::Record record);

  // Writes that something is about to be done; `record` says what. Its outcome is then for Report, with this
  // record. OK as of Report.
  boost::asio::awaitable<absl::Status> Intend(const Inbound& inbound, audit::Record* record);

  // The targets as the router sees them now.
  boost::asio::awaitable<absl::StatusOr<std::vector<router::TargetStatus>>> Targets();

  // SHA-256 in hex, by the worker's own hasher.
  std::string HashOf(std::string_view bytes) {
    hasher_.Update(bytes);
    return crypto::Hex(hasher_.Finish());
  }

  const PipelineOptions& options() const { return options_; }
  // Of request bodies.
  json::Limits json_limits() const { return {.max_depth = options_.request.max_json_depth}; }
  // As they are now. On the worker.
  const std::shared_ptr<const LiveSettings>& live() { return live_.Get(); }
  PipelineDependencies& deps() { return deps_; }
  EdgeInstruments& instruments() { return instruments_; }

 private:
  // Who, when and from where: what every record has.
  void Identify(const Inbound& inbound, audit::Record* record);
  boost::asio::awaitable<absl::StatusOr<audit::LeafId>> WriteDurably(const audit::Record& record);

  const PipelineOptions options_;
  PipelineDependencies deps_;
  EdgeInstruments instruments_;
  base::Snapshot<LiveSettings> live_;
  crypto::Sha256 hasher_;
};

// Headers that carry an error's retry advice.
void AppendErrorHeaders(const ApiError& error, AnswerHeaders* headers);

}  // namespace portcullis::edge
