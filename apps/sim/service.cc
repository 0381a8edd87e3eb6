#include "apps/sim/service.h"

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <charconv>
#include <utility>

#include "apps/sim/answer.h"
#include "apps/sim/anthropic.h"
#include "apps/sim/embedding.h"
#include "apps/sim/fault_reply.h"
#include "apps/sim/models.h"
#include "apps/sim/text.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace json = boost::json;
namespace {

constexpr size_t kMaxDepth = 256;
constexpr size_t kIdLength = 20;
constexpr size_t kParseBuffer = 16 * 1024;
constexpr std::string_view kAnthropicVersion = "2023-06-01";
constexpr std::string_view kAzureStreamUsage = "2024-09-01";  // the first version that takes stream_options

// The value of api-version in the query; "" when there is none.
std::string_view AzureVersion(std::string_view target) {
  constexpr std::string_view kName = "api-version=";
  const size_t at = target.find(kName);
  if (at == target.npos || (target[at - 1] != '?' && target[at - 1] != '&')) return "";
  const std::string_view value = target.substr(at + kName.size());
  return value.substr(0, value.find('&'));
}

bool EqualsIgnoreCase(std::string_view name, std::string_view lower) {
  return name.size() == lower.size() &&
         std::equal(name.begin(), name.end(), lower.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
         });
}

Reply ErrorReply(ApiError error) {
  Reply reply;
  reply.status = error.status;
  reply.body = std::move(error.body);
  reply.content_type = std::move(error.content_type);
  return reply;
}

Reply OwnPage(int status, std::string body) {
  Reply reply;
  reply.status = status;
  reply.body = std::move(body);
  reply.journalled = false;
  return reply;
}

Reply OwnError(int status, std::string_view message) {
  return OwnPage(status, base::StrCat(R"({"error":)", JsonString(base::StrCat("simulator: ", message)), "}"));
}

json::parse_options ParseOptions() {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  return options;
}

// A directive's or a header's size; 0 when there is none.
absl::StatusOr<size_t> SizeOf(std::string_view text, std::string_view what) {
  if (text.empty()) return 0;
  size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error == std::errc() && end == text.data() + text.size()) return size;
  return absl::InvalidArgumentError(base::StrCat(what, " \"", text, "\": needs a whole number of bytes"));
}

}  // namespace

std::string_view HeaderOf(const ReceivedRequest& request, std::string_view name) {
  for (const auto& [header, value] : request.headers) {
    if (EqualsIgnoreCase(header, name)) return value;
  }
  return {};
}

Service::Service(ServiceOptions options, const base::Clock& clock)
    : options_(std::move(options)), clock_(clock) {}

Reply Service::Handle(const ReceivedRequest& request) {
  std::string_view path = request.target;
  path = path.substr(0, path.find('?'));
  if (path.starts_with("/sim/")) return HandleOwnPage(request, path);
  constexpr std::string_view kAzure = "/azure/openai/";
  if (path.starts_with(kAzure)) return HandleAzure(request, path.substr(kAzure.size()));
  if (options_.provider == Provider::kAzure && path.starts_with("/openai/")) {
    return HandleAzure(request, path.substr(kAzure.size() - 6));
  }
  constexpr std::pair<std::string_view, Provider> kPrefixes[] = {{"/mistral/v1/", Provider::kMistral},
                                                                 {"/openai/v1/", Provider::kOpenAi},
                                                                 {"/anthropic/v1/", Provider::kAnthropic}};
  for (const auto& [prefix, provider] : kPrefixes) {
    if (path.starts_with(prefix)) return HandleApi(request, provider, path.substr(prefix.size()));
  }
  if (path.starts_with("/v1/")) return HandleApi(request, options_.provider, path.substr(4));
  return ErrorReply(NotFound(options_.provider, request.method, path));
}

Reply Service::HandleOwnPage(const ReceivedRequest& request, std::string_view path) {
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  if (get && path == "/sim/requests") return OwnPage(200, journal_.RenderRequests());
  if (get && path == "/sim/stats") return OwnPage(200, journal_.RenderStats());
  if (post && path == "/sim/reset") {
    journal_.Clear();
    script_.Clear();
    return OwnPage(200, R"({"ok":true})");
  }
  if (post && path == "/sim/script") {
    const absl::Status status = SetScript(request.body);
    return status.ok() ? OwnPage(200, R"({"ok":true})") : OwnError(400, base::Message(status));
  }
  return OwnError(404, "has GET /sim/requests, GET /sim/stats, POST /sim/reset and POST /sim/script");
}

absl::Status Service::SetScript(std::string_view body) {
  boost::system::error_code error;
  const json::value script = json::parse(body, error, {}, ParseOptions());
  if (error) return absl::InvalidArgumentError(base::StrCat("script is not JSON: ", error.message()));
  return script_.Set(script);
}

// {deployment}/chat/completions?api-version=... and models, with the key in `api-key`.
Reply Service::HandleAzure(const ReceivedRequest& request, std::string_view path) {
  constexpr Provider kAzure = Provider::kAzure;
  const std::string_view version = AzureVersion(request.target);
  if (version.empty()) return ErrorReply(NotFound(kAzure, request.method, path));
  if (path == "models" && request.method == "GET") {
    if (auto error = Authorize(request, kAzure)) return ErrorReply(std::move(*error));
    Reply reply;
    reply.body = RenderModels(Provider::kOpenAi, NowSeconds());
    return reply;
  }
  constexpr std::string_view kDeployments = "deployments/";
  const size_t slash = path.find('/', kDeployments.size());
  if (!path.starts_with(kDeployments) || slash == path.npos || request.method != "POST") {
    return ErrorReply(NotFound(kAzure, request.method, path));
  }
  const std::string_view deployment = path.substr(kDeployments.size(), slash - kDeployments.size());
  const std::string_view endpoint = path.substr(slash + 1);
  if (endpoint == "embeddings") return HandleCall(request, kAzure, Endpoint::kEmbeddings, deployment);
  if (endpoint != "chat/completions") return ErrorReply(NotFound(kAzure, request.method, path));
  if (version < kAzureStreamUsage && request.body.find("\"stream_options\"") != std::string::npos) {
    return ErrorReply(
        MakeError(kAzure, 400, "Unrecognized request argument supplied: stream_options", "", "400"));
  }
  return HandleCall(request, kAzure, Endpoint::kChat, deployment);
}

// messages and models, with the key in `x-api-key` and a version.
Reply Service::HandleAnthropic(const ReceivedRequest& request, std::string_view path) {
  constexpr Provider kAnthropic = Provider::kAnthropic;
  if (HeaderOf(request, "anthropic-version") != kAnthropicVersion) {
    return ErrorReply(
        MakeError(kAnthropic, 400, "anthropic-version: header is required", "invalid_request_error"));
  }
  if (path == "messages" && request.method == "POST")
    return HandleCall(request, kAnthropic, Endpoint::kChat, "");
  if (path != "models" || request.method != "GET") {
    return ErrorReply(NotFound(kAnthropic, request.method, request.target));
  }
  if (auto error = Authorize(request, kAnthropic)) return ErrorReply(std::move(*error));
  Reply reply;
  reply.body = R"({"data":[{"type":"model","id":"claude-sim","display_name":"Simulated"}],"has_more":false})";
  return reply;
}

Reply Service::HandleApi(const ReceivedRequest& request, Provider provider, std::string_view path) {
  if (provider == Provider::kAnthropic) return HandleAnthropic(request, path);
  constexpr std::pair<std::string_view, Endpoint> kEndpoints[] = {{"chat/completions", Endpoint::kChat},
                                                                  {"fim/completions", Endpoint::kFim},
                                                                  {"embeddings", Endpoint::kEmbeddings}};
  for (const auto& [name, endpoint] : kEndpoints) {
    if (path == name && request.method == "POST") return HandleCall(request, provider, endpoint, "");
    if (path == name) {
      return ErrorReply(MakeError(provider, 405, "Method Not Allowed", "invalid_request_error"));
    }
  }
  if (path != "models" || request.method != "GET") {
    return ErrorReply(NotFound(provider, request.method, request.target));
  }
  if (auto error = Authorize(request, provider)) return ErrorReply(std::move(*error));
  Reply reply;
  reply.body = RenderModels(provider, NowSeconds());
  return reply;
}

std::optional<ApiError> Service::Authorize(const ReceivedRequest& request, Provider provider) const {
  const bool own = provider == Provider::kAzure || provider == Provider::kAnthropic;
  const std::string_view scheme = own ? "" : "Bearer ";
  std::string_view key = HeaderOf(request, provider == Provider::kAzure       ? "api-key"
                                           : provider == Provider::kAnthropic ? "x-api-key"
                                                                              : "authorization");
  if (key.empty() && !options_.require_key) return std::nullopt;
  if (!key.starts_with(scheme)) return Unauthorized(provider, true);
  key.remove_prefix(scheme.size());
  if (key.empty()) return Unauthorized(provider, true);
  const auto& keys = options_.accepted_keys;
  if (keys.empty() || std::find(keys.begin(), keys.end(), key) != keys.end()) return std::nullopt;
  return Unauthorized(provider, false);
}

absl::StatusOr<Fault> Service::ChooseFault(const ReceivedRequest& request, const Directives& directives,
                                           std::string_view model) {
  Fault fault;
  if (const std::string_view spec = HeaderOf(request, "x-sim-fault"); !spec.empty()) {
    ASSIGN_OR_RETURN(fault, ParseFault(spec));
  } else if (directives.fault) {
    ASSIGN_OR_RETURN(fault, ParseFault(*directives.fault));
  } else if (auto next = script_.Next(model)) {
    fault = *next;
  }
  const auto size = [&](std::string_view header, const std::optional<std::string_view>& directive,
                        size_t& out) {
    const std::string_view text = directive ? *directive : HeaderOf(request, header);
    absl::StatusOr<size_t> value = SizeOf(text, header);
    if (value.ok() && *value > 0) out = *value;
    return value.status();
  };
  RETURN_IF_ERROR(size("x-sim-chunk", directives.chunk, fault.chunk));
  RETURN_IF_ERROR(size("x-sim-packet", directives.packet, fault.packet));
  return fault;
}

Reply Service::HandleCall(const ReceivedRequest& request, Provider provider, Endpoint endpoint,
                          std::string_view deployment) {
  if (auto error = Authorize(request, provider)) return ErrorReply(std::move(*error));
  unsigned char buffer[kParseBuffer];
  json::monotonic_resource memory(buffer, sizeof(buffer));
  boost::system::error_code parse_error;
  json::value body = json::parse(request.body, parse_error, &memory, ParseOptions());
  if (!deployment.empty() && body.is_object()) body.get_object()["model"] = deployment;
  const CallHint hint = provider == Provider::kAnthropic ? ReadAnthropicHint(body) : ReadHint(body);
  const Directives directives = ParseDirectives(hint.last_user);
  const absl::StatusOr<Fault> fault = ChooseFault(request, directives, hint.model);
  if (!fault.ok())
    return ErrorReply(MakeError(provider, 400, base::Message(fault.status()), "simulator_fault"));
  Reply reply;
  if (auto refused = RefusalOf(*fault, provider)) {
    reply = ErrorReply(std::move(*refused));
  } else if (parse_error) {
    reply = ErrorReply(InvalidJson(provider, parse_error.message()));
  } else {
    reply = MakeReply(provider, endpoint, body, directives, *fault);
  }
  reply.fault = fault->IsFault();
  reply.delivery.delay += options_.latency;
  ApplyFault(*fault, reply);
  return reply;
}

Reply Service::MakeReply(Provider provider, Endpoint endpoint, const json::value& body,
                         const Directives& directives, const Fault& fault) {
  if (provider == Provider::kAnthropic) return AnswerAnthropic(body, directives, fault);
  if (auto error = CheckRequest(provider, endpoint, body)) return ErrorReply(std::move(*error));
  const json::object& object = body.get_object();
  const std::string_view model = object.at("model").get_string();
  if (!ModelExists(provider, model)) return ErrorReply(UnknownModel(provider, model));
  if (endpoint == Endpoint::kEmbeddings) return AnswerEmbeddings(provider, object, fault);
  return AnswerModel(provider, endpoint, object, directives, fault);
}

Reply Service::AnswerEmbeddings(Provider provider, const json::object& body, const Fault& fault) {
  EmbeddingReply answer = RenderEmbeddings(provider, body, NextId(), !fault.refuse_usage);
  if (answer.error) return ErrorReply(std::move(*answer.error));
  Reply reply;
  reply.body = std::move(answer.body);
  return reply;
}

Reply Service::AnswerModel(Provider provider, Endpoint endpoint, const json::object& body,
                           const Directives& directives, const Fault& fault) {
  const ModelCall call = endpoint == Endpoint::kChat ? ReadChatCall(body) : ReadFimCall(body);
  std::vector<Answer> answers;
  Usage usage{.prompt_tokens = call.prompt_tokens};
  for (int i = 0; i < call.choices; ++i) {
    answers.push_back(endpoint == Endpoint::kChat ? MakeAnswer(call, directives, provider, i)
                                                  : MakeFimAnswer(call, directives));
    usage.completion_tokens += answers.back().tokens;
  }
  const std::string id = NextId();
  const RenderOptions render = {.provider = provider,
                                .id = id,
                                .model = call.model,
                                .created = NowSeconds(),
                                .usage = usage,
                                .with_usage = !fault.refuse_usage,
                                .include_usage = call.include_usage,
                                .done = !fault.nodone,
                                .chunk = fault.chunk};
  Reply reply;
  if (!call.stream) {
    reply.body = RenderCompletion(render, answers);
    if (options_.tokens_per_second > 0) {
      const double seconds = static_cast<double>(usage.completion_tokens) / options_.tokens_per_second;
      reply.delivery.delay += std::chrono::nanoseconds(static_cast<int64_t>(seconds * 1e9));
    }
    return reply;
  }
  EventStream stream = RenderStream(render, answers);
  reply.stream = true;
  reply.content_type = "text/event-stream; charset=utf-8";
  reply.body = std::move(stream.bytes);
  reply.ends = std::move(stream.ends);
  reply.delivery.tokens_per_second = options_.tokens_per_second;
  return reply;
}

Reply Service::AnswerAnthropic(const json::value& body, const Directives& directives, const Fault& fault) {
  if (auto error = CheckAnthropicRequest(body)) return ErrorReply(std::move(*error));
  const ModelCall call = ReadAnthropicCall(body.get_object());
  if (!ModelExists(Provider::kAnthropic, call.model)) {
    return ErrorReply(UnknownModel(Provider::kAnthropic, call.model));
  }
  const Answer answer = MakeAnswer(call, directives, Provider::kAnthropic, 0);
  const std::string id = NextId();
  const RenderOptions render = {.provider = Provider::kAnthropic,
                                .id = id,
                                .model = call.model,
                                .created = NowSeconds(),
                                .usage = {call.prompt_tokens, answer.tokens},
                                .with_usage = !fault.refuse_usage,
                                .done = !fault.nodone,
                                .chunk = fault.chunk};
  Reply reply;
  if (!call.stream) {
    reply.body = RenderAnthropic(render, answer);
    return reply;
  }
  EventStream stream = RenderAnthropicStream(render, answer);
  reply.stream = true;
  reply.content_type = "text/event-stream; charset=utf-8";
  reply.body = std::move(stream.bytes);
  reply.ends = std::move(stream.ends);
  reply.delivery.tokens_per_second = options_.tokens_per_second;
  return reply;
}

std::string Service::NextId() {
  const uint64_t number = next_id_.fetch_add(1, std::memory_order_relaxed);
  return base::StrCat("sim-", AlphanumericId(Hash("id", number), kIdLength));
}

int64_t Service::NowSeconds() const {
  return std::chrono::duration_cast<std::chrono::seconds>(clock_.Now().time_since_epoch()).count();
}

}  // namespace portcullis::sim
