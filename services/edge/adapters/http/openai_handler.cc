#include "services/edge/adapters/http/openai_handler.h"

#include <optional>
#include <utility>

#include "libs/base/strings.h"
#include "libs/json/text.h"
#include "services/edge/adapters/http/http_sink.h"
#include "services/edge/adapters/pipeline/request_headers.h"
#include "services/edge/domain/axonflow/record_facts.h"
#include "services/edge/domain/models_list.h"

namespace portcullis::edge {

using boost::asio::awaitable;
using router::Operation;

namespace {

struct Route {
  std::string_view path;      // without /v1
  std::string_view endpoint;  // as it stands in records and metrics
  Operation operation;
};

constexpr Route kCompletions[] = {
    {"/chat/completions", "/v1/chat/completions", Operation::kChatCompletions},
    {"/fim/completions", "/v1/fim/completions", Operation::kFimCompletions},
    {"/embeddings", "/v1/embeddings", Operation::kEmbeddings},
};

constexpr std::string_view kModels = "/models";

std::string_view WithoutVersion(std::string_view path) {
  if (path.starts_with("/v1/")) path.remove_prefix(3);
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

const Route* FindRoute(std::string_view path) {
  for (const Route& route : kCompletions) {
    if (path == route.path) return &route;
  }
  return nullptr;
}

bool IsBasic(std::string_view authorization) {
  constexpr std::string_view kBasic = "basic ";
  return http::EqualsIgnoringCase(authorization.substr(0, kBasic.size()), kBasic);
}

ApiError WrongCredentials() {
  ApiError error = InvalidRequest("unauthorized", "Invalid credentials", "", 401);
  error.type = "authentication_error";
  return error;
}

// Names the decision and the trace in headers, as AxonFlow's endpoint does.
class DecisionSink final : public AnswerSink {
 public:
  DecisionSink(http::ResponseWriter& writer, std::string_view traceparent)
      : http_(writer), trace_id_(TraceIdOf(traceparent)) {}

  awaitable<absl::Status> Send(int status, AnswerHeaders headers, std::string body) override {
    AddIds(&headers);
    return http_.Send(status, std::move(headers), std::move(body));
  }
  awaitable<absl::Status> StartStream(AnswerHeaders headers) override {
    AddIds(&headers);
    return http_.StartStream(std::move(headers));
  }
  awaitable<absl::Status> Write(std::string_view events) override { return http_.Write(events); }
  awaitable<absl::Status> End(std::string_view events) override { return http_.End(events); }
  bool departed() const override { return http_.departed(); }
  void OnDeparture(absl::AnyInvocable<void()> callback) override { http_.OnDeparture(std::move(callback)); }

 private:
  void AddIds(AnswerHeaders* headers) const {
    std::string id;
    for (const auto& [name, value] : *headers) {
      if (name == "x-request-id") id = value;
    }
    headers->emplace_back("x-axonflow-decision-id", std::move(id));
    headers->emplace_back("x-axonflow-trace-id", trace_id_);
  }

  HttpSink http_;
  const std::string trace_id_;
};

ApiError UnknownPath(std::string_view method) {
  return InvalidRequest(
      "unknown_url",
      base::StrCat("nothing answers ", method == "GET" || method == "POST" ? method : "this method",
                   " here; the gateway serves POST /v1/chat/completions, /v1/fim/completions, "
                   "/v1/embeddings and GET /v1/models"),
      "", 404);
}

}  // namespace

awaitable<void> OpenAiHandler::Handle(http::Request& request, http::ResponseWriter& writer) {
  Inbound inbound;
  inbound.arrived = pipeline_.deps().clock.Monotonic();
  inbound.method = request.method;  // the connection still needs its own
  inbound.client_address = std::move(request.remote_address);
  inbound.traceparent = request.headers.GetOr("traceparent");
  (void)ReadRequestHeader(kUserHeader, request.headers.GetOr(kUserHeader), &inbound);
  const std::string_view path = WithoutVersion(request.path);
  if (const Route* route = FindRoute(path); route != nullptr) {
    inbound.endpoint = route->endpoint;
    inbound.body = std::move(request.body);
    inbound.headers = FieldsNamed(pipeline_.live()->policy_headers, request.headers);
    if (const auto limit = request.headers.Get(kMaxCostHeader)) {
      const absl::Status read = ReadRequestHeader(kMaxCostHeader, *limit, &inbound);
      if (!read.ok()) {
        const ApiError error = InvalidRequest("invalid_header", base::Message(read));
        co_return co_await Fail(inbound, error, writer);
      }
    }
    if (inbound.method != "POST") co_return co_await RefuseMethod(inbound, "POST", writer);
    const std::string_view authorization = request.headers.GetOr("authorization");
    const bool basic = auth_ != nullptr && IsBasic(authorization);
    if (basic) {
      std::optional<std::string> caller = auth_->Caller(authorization);
      if (!caller) co_return co_await Fail(inbound, WrongCredentials(), writer);
      inbound.principal = *std::move(caller);
      inbound.own_traceparent =
          telemetry::EnterTrace(inbound.traceparent, pipeline_.deps().tracing, pipeline_.deps().rng);
    }
    co_return co_await Complete(route->operation, std::move(inbound), basic, writer);
  }
  if (path == kModels || path.starts_with("/models/")) {
    inbound.endpoint = "/v1/models";
    if (inbound.method != "GET") co_return co_await RefuseMethod(inbound, "GET", writer);
    const std::string only(path == kModels ? std::string_view() : path.substr(kModels.size() + 1));
    co_return co_await ListModels(inbound, only, writer);
  }
  inbound.endpoint = "other";
  co_await Fail(inbound, UnknownPath(inbound.method), writer);
}

awaitable<void> OpenAiHandler::Complete(Operation operation, Inbound inbound, bool decision,
                                        http::ResponseWriter& writer) {
  const std::optional<InFlight::Place> place = in_flight_.Enter();
  if (!place) co_return co_await Fail(inbound, TooManyUnderWay(), writer);
  inbound.operation = operation;
  if (decision) {
    DecisionSink sink(writer, inbound.own_traceparent);
    co_await pipeline_.Run(std::move(inbound), sink);
    co_return;
  }
  HttpSink sink(writer);
  co_await pipeline_.Run(std::move(inbound), sink);
}

awaitable<void> OpenAiHandler::ListModels(const Inbound& inbound, std::string_view only,
                                          http::ResponseWriter& writer) {
  const auto targets = co_await pipeline_.Targets();
  if (!targets.ok()) {
    co_return co_await Fail(inbound, Overloaded("the router cannot be reached"), writer);
  }
  const std::optional<std::string> body = only.empty() ? ModelsList(*targets) : ModelEntry(*targets, only);
  if (!body) {
    co_return co_await Fail(
        inbound,
        InvalidRequest("model_not_found", "no target serves this model; see GET /v1/models", "model", 404),
        writer);
  }
  const AnswerHeaders headers = pipeline_.RecordPlain(inbound, 200, nullptr);
  (void)co_await writer.Send({200, ToHttpHeaders(headers), *body});
}

awaitable<void> OpenAiHandler::Fail(const Inbound& inbound, const ApiError& error,
                                    http::ResponseWriter& writer) {
  const AnswerHeaders headers = pipeline_.RecordPlain(inbound, error.status, &error);
  (void)co_await writer.Send({error.status, ToHttpHeaders(headers), error.Json()});
}

awaitable<void> OpenAiHandler::RefuseMethod(const Inbound& inbound, std::string_view allowed,
                                            http::ResponseWriter& writer) {
  const ApiError error =
      InvalidRequest("method_not_allowed", base::StrCat(inbound.endpoint, " takes ", allowed), "", 405);
  AnswerHeaders headers = pipeline_.RecordPlain(inbound, error.status, &error);
  headers.emplace_back("allow", allowed);
  http::Response response(error.status, ToHttpHeaders(headers), error.Json());
  (void)co_await writer.Send(std::move(response));
}

http::Response OpenAiHandler::OnRefused(const http::Refusal& refusal) {
  const ApiError error = FromHttpStatus(refusal.status, refusal.code, refusal.message);
  Inbound inbound;
  inbound.method = refusal.method;
  inbound.client_address = refusal.remote_address;
  const Route* route = FindRoute(WithoutVersion(refusal.path));
  inbound.endpoint = route != nullptr ? route->endpoint : "other";
  const AnswerHeaders headers = pipeline_.RecordPlain(inbound, error.status, &error);
  return {error.status, ToHttpHeaders(headers), error.Json()};
}

}  // namespace portcullis::edge
