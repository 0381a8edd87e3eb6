#include "services/edge/adapters/axonflow/axonflow_handler.h"

#include <algorithm>
#include <utility>

#include "libs/base/strings.h"
#include "services/edge/adapters/axonflow/proxy_sink.h"
#include "services/edge/domain/axonflow/chat_body.h"
#include "services/edge/domain/axonflow/endpoints.h"
#include "services/edge/domain/axonflow/provider_pages.h"

namespace portcullis::edge {

using boost::asio::awaitable;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::seconds;

namespace {

constexpr std::string_view kProxy = "/api/request", kHealth = "/health";

constexpr size_t kMaxRequestTypeBytes = 256, kMaxCallerBytes = 256;

constexpr std::string_view kNotFound =
    "nothing answers here; the paths of AxonFlow's API that the gateway serves are listed in "
    "docs/axonflow.md";
constexpr std::string_view kNoCredentials =
    "Authentication required: provide Authorization header with Basic auth (clientId:clientSecret)";

// What is asked for: its label in records and metrics, and the method that it takes.
PageRoute RouteOf(std::string_view path) {
  for (const std::string_view known : {kProxy, kPreCheckPath, kLlmCallPath}) {
    if (path == known) return {known, "POST"};
  }
  if (path == kHealth) return {kHealth, "GET"};
  for (const PageRoute& page : {AxonFlowPages::RouteOf(path), PolicyPages::RouteOf(path)}) {
    if (!page.endpoint.empty()) return page;
  }
  return {DecisionPoint::EndpointOf(path), "POST"};
}

// Whose errors have AxonFlow's words as codes.
bool IsCoded(std::string_view endpoint) {
  for (const std::string_view prefix :
       {"/api/v1/dynamic-policies", "/api/v1/policies", "/api/v1/llm-provider"}) {
    if (endpoint.starts_with(prefix)) return true;
  }
  return false;
}

// The user token, where it is no secret but an address.
std::string UserOf(const std::string& token) {
  const bool address = token.size() <= 254 && token.find('@') != token.npos &&
                       std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c != 0x7f; });
  return address ? token : "";
}

http::Headers WithRequestId(std::string_view id) {
  http::Headers headers;
  headers.Add("content-type", "application/json");
  headers.Add("x-request-id", id);
  return headers;
}

ApiError Rejection(int status, std::string_view code) {
  ApiError error;
  error.status = status;
  error.code = code;
  return error;
}

}  // namespace

AxonFlowHandler::AxonFlowHandler(Pipeline& pipeline, InFlight& in_flight, const AxonFlowOptions& options,
                                 const AxonFlowAuth& auth, AxonFlowSources sources)
    : pipeline_(pipeline),
      in_flight_(in_flight),
      options_(options),
      auth_(auth),
      contexts_(options.context_key),
      pages_(pipeline, sources.desks.audit, sources.desks.weights, std::move(sources.figures)),
      policies_(pipeline, sources.desks.catalog),
      decisions_(pipeline) {}

bool AxonFlowHandler::Serves(std::string_view path) {
  return path == kHealth || path == "/metrics" || path == "/prometheus" || path == "/api" ||
         path.starts_with("/api/") || path.starts_with("/mcp/");
}

awaitable<void> AxonFlowHandler::Handle(http::Request& request, http::ResponseWriter& writer) {
  if (request.path == kHealth && (request.method == "GET" || request.method == "HEAD"))
    co_return co_await Health(writer);
  Inbound inbound;
  inbound.arrived = pipeline_.deps().clock.Monotonic();
  inbound.method = request.method;
  const PageRoute route = RouteOf(request.path);
  inbound.endpoint = route.endpoint.empty() ? "other" : route.endpoint;
  inbound.client_address = std::move(request.remote_address);
  inbound.traceparent = request.headers.GetOr("traceparent");
  inbound.body = std::move(request.body);
  inbound.headers = FieldsNamed(pipeline_.live()->policy_headers, request.headers);
  if (inbound.endpoint == "other") {
    co_return co_await Reject(inbound, 404, "unknown_url", NumberedErrorBody(404, kNotFound), writer);
  }
  if (!TakesMethod(route.methods, inbound.method)) {
    const std::string message = base::StrCat(inbound.endpoint, " takes ", route.methods);
    const bool coded = IsCoded(inbound.endpoint);
    std::string body =
        coded ? CodedErrorBody("METHOD_NOT_ALLOWED", message) : NumberedErrorBody(405, message);
    co_return co_await Reject(inbound, 405, "method_not_allowed", std::move(body), writer);
  }
  std::optional<std::string> caller = auth_.Caller(request.headers.GetOr("authorization"));
  if (!caller) {
    const bool given = request.headers.Contains("authorization");
    const std::string body = NumberedErrorBody(401, given ? "Invalid credentials" : kNoCredentials);
    co_return co_await Reject(inbound, 401, "unauthorized", body, writer);
  }
  inbound.principal = *std::move(caller);
  if (inbound.principal.empty()) {  // SDKs up to 5 have no other name without a secret
    inbound.principal = std::string(request.headers.GetOr("x-tenant-id")).substr(0, kMaxCallerBytes);
  }
  co_await Serve(inbound, request, writer);
}

awaitable<void> AxonFlowHandler::Serve(Inbound& inbound, const http::Request& request,
                                       http::ResponseWriter& writer) {
  if (inbound.endpoint == kLlmCallPath) co_return co_await LlmCall(inbound, writer);
  const std::optional<InFlight::Place> place = in_flight_.Enter();
  if (!place) {
    const ApiError error = TooManyUnderWay();
    co_return co_await Fail(inbound, error.status, error.code, error.message, writer);
  }
  if (inbound.endpoint == kProxy) {
    co_await Proxy(inbound, writer);
  } else if (inbound.endpoint == kPreCheckPath) {
    co_await PreCheck(inbound, writer);
  } else if (!DecisionPoint::EndpointOf(inbound.endpoint).empty()) {
    co_await Decide(inbound, request.headers.GetOr(kAuthZenProfileHeader), writer);
  } else {
    co_await Tell(inbound, request, writer);
  }
}

awaitable<void> AxonFlowHandler::Proxy(Inbound& inbound, http::ResponseWriter& writer) {
  ProxyBody body;
  if (const auto wrong = ReadProxyBody(inbound.body, pipeline_.json_limits(), &body)) {
    co_return co_await Fail(inbound, 400, "invalid_request", *wrong, writer);
  }
  NameCaller(body.client_id, &inbound);
  inbound.request_type = body.request_type.substr(0, kMaxRequestTypeBytes);
  inbound.user = UserOf(body.user_token);
  inbound.body = ChatBody(body);
  if (body.skip_llm) co_return co_await Skip(inbound, writer);
  inbound.preferred_targets = TargetsOf(body.provider);
  ProxySink sink(pipeline_.live(), writer);
  co_await pipeline_.Run(std::move(inbound), sink);
}

// The policies decide as ever; no provider is asked.
awaitable<void> AxonFlowHandler::Skip(Inbound& inbound, http::ResponseWriter& writer) {
  const std::shared_ptr<const LiveSettings> live = pipeline_.live();
  CheckedRequest checked;
  co_await pipeline_.Check(std::move(inbound), &checked);
  int status = 200;
  std::string body;
  if (checked.error) {
    status = checked.error->status;
    body = FailureBody(checked.error->message);
  } else if (checked.body.empty()) {
    status = 403;
    body = BlockedAnswer(live->axonflow.checks, checked.record, checked.message);
  } else {
    body = SkippedAnswer(live->axonflow.checks, checked.record);
  }
  http::Headers headers = WithRequestId(checked.record.request_id);
  (void)co_await writer.Send({status, std::move(headers), std::move(body)});
}

awaitable<void> AxonFlowHandler::PreCheck(Inbound& inbound, http::ResponseWriter& writer) {
  PreCheckBody body;
  if (const auto wrong = ReadPreCheckBody(inbound.body, pipeline_.json_limits(), &body)) {
    co_return co_await Fail(inbound, 400, "invalid_request", *wrong, writer);
  }
  NameCaller(body.client_id, &inbound);
  const microseconds ends = Now() + options_.context_ttl;
  PreCheckResult result;
  result.context_id =
      contexts_.Make(inbound.principal, duration_cast<seconds>(ends), pipeline_.deps().rng.Next());
  result.expires_at_us = ends.count() / 1'000'000 * 1'000'000;
  result.with_data = !body.data_sources.empty();
  inbound.request_id = result.context_id;  // the context finds its record
  inbound.user = UserOf(body.user_token);
  inbound.body = ChatBody(body.query);
  CheckedRequest checked;
  co_await pipeline_.Check(std::move(inbound), &checked);
  http::Headers headers = WithRequestId(checked.record.request_id);
  if (checked.error) {
    (void)co_await writer.Send(
        {checked.error->status, std::move(headers), FailureBody(checked.error->message)});
    co_return;
  }
  result.approved = !checked.body.empty();
  result.block_reason = checked.message;
  (void)co_await writer.Send({200, std::move(headers), PreCheckAnswer(result, checked.record)});
}

awaitable<void> AxonFlowHandler::LlmCall(Inbound& inbound, http::ResponseWriter& writer) {
  LlmCallBody body;
  if (const auto wrong = ReadLlmCallBody(inbound.body, pipeline_.json_limits(), &body)) {
    co_return co_await Fail(inbound, 400, "invalid_request", *wrong, writer);
  }
  NameCaller(body.client_id, &inbound);
  const seconds now = duration_cast<seconds>(Now());
  if (contexts_.Check(body.context_id, inbound.principal, now) != ContextState::kValid) {
    co_return co_await Fail(inbound, 400, "invalid_context", "Invalid or expired context", writer);
  }
  base::Rng& rng = pipeline_.deps().rng;
  const uint64_t high = rng.Next();
  inbound.request_id = RandomUuid(high, rng.Next());
  const absl::Status durable = co_await pipeline_.Report(inbound, LlmCallRecord(body));
  http::Headers headers = WithRequestId(inbound.request_id);
  if (!durable.ok()) {
    headers.Add("retry-after", "5");
    (void)co_await writer.Send({503, std::move(headers), FailureBody(AuditUnavailable().message)});
    co_return;
  }
  (void)co_await writer.Send({200, std::move(headers), LlmCallAnswer(inbound.request_id)});
}

audit::Record AxonFlowHandler::LlmCallRecord(const LlmCallBody& body) {
  audit::Record record;
  record.verdict = "allow";
  record.reason_code = "reported_by_client";
  record.outcome = "ok";
  record.http_status = 200;
  record.context_id = body.context_id;
  record.provider = body.provider;
  record.model = record.upstream_model = body.model;
  record.prompt_tokens = body.prompt_tokens;
  record.completion_tokens = body.completion_tokens;
  record.total_us = body.latency_ms * 1000;
  if (const auto price = pipeline_.live()->axonflow.price(body.provider, body.model)) {
    router::TokenUsage usage;
    usage.prompt = body.prompt_tokens;
    usage.completion = body.completion_tokens;
    record.cost_usd = router::ToUsd(router::CostNanoUsd(*price, usage));
  }
  return record;
}

awaitable<void> AxonFlowHandler::Decide(Inbound& inbound, std::string_view profile,
                                        http::ResponseWriter& writer) {
  NameCaller("", &inbound);
  DecisionReply reply = co_await decisions_.Answer(inbound, profile);
  if (!reply.code.empty()) {
    co_return co_await Reject(inbound, reply.status, reply.code, std::move(reply.body), writer);
  }
  http::Headers headers = WithRequestId(reply.request_id);
  headers.Add("x-axonflow-decision-id", reply.request_id);
  headers.Add("x-axonflow-trace-id", reply.trace_id);
  if (reply.status == 503) headers.Add("retry-after", "1");
  (void)co_await writer.Send({reply.status, std::move(headers), std::move(reply.body)});
}

awaitable<void> AxonFlowHandler::Tell(Inbound& inbound, const http::Request& request,
                                      http::ResponseWriter& writer) {
  NameCaller("", &inbound);
  PageRequest asked;
  asked.endpoint = inbound.endpoint;
  asked.method = inbound.method;
  asked.path = request.path;
  asked.query = request.query;
  asked.body = inbound.body;
  asked.caller = inbound.principal;
  asked.address = inbound.client_address;
  asked.community = options_.community;
  Page page;
  if (PolicyPages::RouteOf(request.path).endpoint.empty()) {
    page = co_await pages_.Answer(asked);
  } else {
    page = co_await policies_.Answer(inbound, asked);
  }
  if (!page.code.empty())
    co_return co_await Reject(inbound, page.status, page.code, std::move(page.body), writer);
  AnswerHeaders headers;
  if (!page.request_id.empty()) {
    headers.emplace_back("x-request-id", page.request_id);
  } else if (page.recorded) {
    headers = pipeline_.RecordPlain(inbound, page.status, nullptr);
  }
  if (!page.body.empty()) headers.emplace_back("content-type", page.content_type);
  if (page.status == 503) headers.emplace_back("retry-after", "1");
  (void)co_await writer.Send({page.status, ToHttpHeaders(headers), std::move(page.body)});
}

awaitable<void> AxonFlowHandler::Health(http::ResponseWriter& writer) {
  http::Headers headers;
  headers.Add("content-type", "application/json");
  (void)co_await writer.Send({200, std::move(headers), HealthAnswer(options_.facts, true, Now().count())});
}

awaitable<void> AxonFlowHandler::Fail(const Inbound& inbound, int status, std::string_view code,
                                      std::string_view message, http::ResponseWriter& writer) {
  return Reject(inbound, status, code, FailureBody(message), writer);
}

awaitable<void> AxonFlowHandler::Reject(const Inbound& inbound, int status, std::string_view code,
                                        std::string body, http::ResponseWriter& writer) {
  const ApiError error = Rejection(status, code);
  AnswerHeaders headers = pipeline_.RecordPlain(inbound, status, &error);
  if (status == 405) headers.emplace_back("allow", RouteOf(inbound.endpoint).methods);
  if (status == 401) headers.emplace_back("www-authenticate", "Basic realm=\"portcullis\"");
  if (status == 503) headers.emplace_back("retry-after", "1");
  (void)co_await writer.Send({status, ToHttpHeaders(headers), std::move(body)});
}

http::Response AxonFlowHandler::OnRefused(const http::Refusal& refusal) {
  const ApiError error = FromHttpStatus(refusal.status, refusal.code, refusal.message);
  Inbound inbound;
  inbound.method = refusal.method;
  inbound.client_address = refusal.remote_address;
  const PageRoute route = RouteOf(refusal.path);
  inbound.endpoint = route.endpoint.empty() ? "other" : route.endpoint;
  const AnswerHeaders headers = pipeline_.RecordPlain(inbound, error.status, &error);
  return {error.status, ToHttpHeaders(headers), FailureBody(error.message)};
}

void AxonFlowHandler::NameCaller(const std::string& client_id, Inbound* inbound) const {
  if (!inbound->principal.empty()) return;  // credentials go before
  inbound->principal = client_id.empty() ? "community" : client_id.substr(0, kMaxCallerBytes);
}

// Of a provider by name. None has it: the strategy picks among all, as AxonFlow's does.
std::vector<std::string> AxonFlowHandler::TargetsOf(std::string_view provider) {
  std::vector<std::string> ids;
  if (provider.empty()) return ids;
  for (const AxonFlowTarget& target : pipeline_.live()->axonflow.targets) {
    if (target.provider == provider || target.id == provider) ids.push_back(target.id);
  }
  return ids;
}

microseconds AxonFlowHandler::Now() const { return pipeline_.deps().clock.Now().time_since_epoch(); }

}  // namespace portcullis::edge
