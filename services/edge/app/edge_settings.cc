#include "services/edge/app/edge_settings.h"

#include "libs/config/checks.h"

namespace portcullis::edge {
namespace {

using config::Schema;

constexpr double kMaxBody = 1ull << 32;

Schema<EdgeLimits> LimitsSchema() {
  using L = EdgeLimits;
  Schema<L> schema("Bounds on what clients may send. What exceeds them is refused with a clear error.");
  schema
      .Integer("max_body_bytes", &L::max_body_bytes,
               {.doc = "Body of a request.", .unit = "bytes", .min = 1024, .max = kMaxBody})
      .Integer(
          "max_response_bytes", &L::max_response_bytes,
          {.doc = "Body of an answer that is not streamed.", .unit = "bytes", .min = 1024, .max = kMaxBody})
      .Integer("max_header_bytes", &L::max_header_bytes,
               {.doc = "All headers of a request.", .unit = "bytes", .min = 1024, .max = 1 << 20})
      .Integer("max_json_depth", &L::max_json_depth,
               {.doc = "Nesting of a request's JSON.", .min = 8, .max = 1024})
      .Integer("max_messages", &L::max_messages,
               {.doc = "Messages of a request.", .min = 1, .max = 1'000'000})
      .Seconds("read_timeout_seconds", &L::read_timeout,
               {.doc = "Time to read a request, from its first byte.", .min = 1, .max = 3600})
      .Seconds("request_timeout_seconds", &L::request_timeout,
               {.doc = "Time that a request may take in all, its stream included: a bound above the times of "
                       "the targets, which the router keeps.",
                .min = 1,
                .max = 86'400})
      .Seconds("idle_timeout_seconds", &L::idle_timeout,
               {.doc = "Time that a connection may rest between requests.", .min = 1, .max = 3600})
      .Integer("max_connections", &L::max_connections,
               {.doc = "Open connections of the process.", .min = 1, .max = 1'000'000, .needs_restart = true})
      .Integer("max_in_flight", &L::max_in_flight,
               {.doc = "Requests under way in the process; more get 503 with retry-after.",
                .min = 1,
                .max = 1'000'000,
                .needs_restart = true});
  return schema;
}

Schema<Peers> PeersSchema() {
  using P = Peers;
  Schema<P> schema("Addresses of the other services, for an edge that is a process of its own.");
  auto peer = [](const char* doc) {
    return config::Meta{.doc = doc, .needs_restart = true, .check = config::CheckAddress, .max_items = 100};
  };
  schema.Strings("policy", &P::policy, peer("The policy service."))
      .Strings("router", &P::router, peer("The router service."))
      .Strings("audit", &P::audit, peer("The audit service."))
      .Seconds(
          "policy_timeout_seconds", &P::policy_timeout,
          {.doc =
               "How long the policy service may take to check a request, an answer, or a piece of a stream. "
               "Past it, fail_mode decides.",
           .min = 1,
           .max = 600,
           .needs_restart = true});
  return schema;
}

void DeclareAddresses(Schema<EdgeSettings>& schema) {
  using S = EdgeSettings;
  schema
      .Strings("listen", &S::listen,
               {.doc = "Addresses of the HTTP server: one, or a list.",
                .needs_restart = true,
                .check = config::CheckAddress,
                .max_items = 16})
      .String(
          "grpc_listen", &S::grpc_listen,
          {.doc = "Address of the gRPC front door.", .needs_restart = true, .check = config::CheckAddress})
      .String("admin_listen", &S::admin_listen,
              {.doc = "Address of metrics, health and configuration.",
               .needs_restart = true,
               .check = config::CheckAddress})
      .Enum("admin_changes", &S::admin_changes,
            {{"this_machine", AdminChanges::kThisMachine,
              "requests from loopback (kubectl port-forward comes from there, too)."},
             {"anywhere", AdminChanges::kAnywhere,
              "whoever reaches the port; let a network policy say who does."}},
            {.doc = "Where the admin port of every process takes changes from (targets, log level, drain, "
                    "reload). It never takes them from web pages.",
             .needs_restart = true});
}

void DeclareBehaviour(Schema<EdgeSettings>& schema) {
  using S = EdgeSettings;
  using telemetry::LogLevel;
  schema
      .Integer(
          "block_status", &S::block_status,
          {.doc = "HTTP status of a blocked request. SDKs send a request again after 409, never after 400.",
           .one_of = {400, 403, 409, 422}})
      .Enum("block_stream", &S::block_stream,
            {{"error", BlockStream::kError, "an event with the error object, then the end."},
             {"content_filter", BlockStream::kContentFilter,
              "a last chunk with that finish_reason, then [DONE]."}},
            {.doc = "How a block ends a stream that has begun."})
      .Seconds("drain_seconds", &S::drain,
               {.doc = "How long a stop waits for requests under way.", .min = 0, .max = 3600})
      .Enum("fail_mode", &S::fail_mode,
            {{"block", FailMode::kBlock, "refuse the request."},
             {"allow", FailMode::kAllow, "let it pass, counted."}},
            {.doc = "What happens when a policy cannot be asked or fails."})
      .Enum("log_level", &S::log_level,
            {{"info", LogLevel::kInfo},
             {"debug", LogLevel::kDebug},
             {"warning", LogLevel::kWarning},
             {"error", LogLevel::kError}},
            {.doc = "The least severe messages that are logged."});
}

}  // namespace

Schema<EdgeSettings> GatewaySchema() {
  using S = EdgeSettings;
  Schema<S> schema("The front door.");
  DeclareAddresses(schema);
  schema
      .Integer("workers", &S::workers,
               {.doc = "Threads that serve requests; 0 = one per core.",
                .min = 0,
                .max = 1024,
                .needs_restart = true})
      .String("state_dir", &S::state_dir,
              {.doc = "Folder of the audit spool and database.",
               .needs_restart = true,
               .check = config::CheckOneLine,
               .default_doc = "chosen at start"});
  DeclareBehaviour(schema);
  schema.Section("limits", &S::limits, LimitsSchema()).Section("peers", &S::peers, PeersSchema());
  schema.Section("axonflow", &S::axonflow, AxonFlowSchema());
  return schema;
}

Schema<EdgeSettings> SizeLimitsSchema() {
  using L = EdgeLimits;
  Schema<L> limits;
  limits
      .Integer("max_body_bytes", &L::max_body_bytes,
               {.doc = "Body of a request.",
                .unit = "bytes",
                .min = 1024,
                .max = kMaxBody,
                .same_as = "gateway.limits.max_body_bytes"})
      .Integer("max_response_bytes", &L::max_response_bytes,
               {.doc = "Body of an answer that is not streamed.",
                .unit = "bytes",
                .min = 1024,
                .max = kMaxBody,
                .same_as = "gateway.limits.max_response_bytes"});
  Schema<EdgeSettings> schema("Two limits, as Keeptrusts spells them.");
  return schema.Include(&EdgeSettings::limits, limits);
}

}  // namespace portcullis::edge
