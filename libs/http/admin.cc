#include "libs/http/admin.h"

#include <boost/asio/ip/address.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "libs/runtime/worker.h"

namespace portcullis::http {
namespace {

// The admin port is for scrapers and probes, not for load.
constexpr size_t kMaxConnections = 256;
constexpr size_t kMaxBody = 64 * 1024;
// Names the thread; request workers count from 0.
constexpr int kWorkerIndex = 1000;

constexpr const char* kJson = "application/json";

Response JsonAnswer(int status, const nlohmann::ordered_json& json) {
  // Whatever a source says, the answer is valid UTF-8.
  return {
      status, {{"content-type", kJson}}, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

Response ErrorAnswer(int status, const char* code, const char* message) {
  return JsonAnswer(status, {{"error", {{"code", code}, {"message", message}}}});
}

bool IsThisMachine(const std::string& text) {
  boost::system::error_code error;
  const boost::asio::ip::address address = boost::asio::ip::make_address(text, error);
  return !error && address.is_loopback();
}

class AdminHandler final : public Handler {
 public:
  explicit AdminHandler(AdminSources sources) : sources_(std::move(sources)) {}

  boost::asio::awaitable<void> Handle(Request& request, ResponseWriter& writer) override {
    (void)co_await writer.Send(Answer(request));
    if (sources_.answered) sources_.answered();
  }

 private:
  Response Answer(const Request& request) {
    const bool known = request.path == "/metrics" || request.path == "/healthz" ||
                       request.path == "/readyz" || request.path == "/config";
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (!known && !reads) {
      if (std::optional<Response> refused = RefusedChange(request, sources_.remote_changes))
        return *std::move(refused);
    }
    if (!known && sources_.more) {
      if (std::optional<Response> response = sources_.more(request)) return *std::move(response);
    }
    if (!known) return ErrorAnswer(404, "not_found", "Here are /metrics, /healthz, /readyz and /config.");
    if (!reads) {
      Response response = ErrorAnswer(405, "method_not_allowed", "The admin port answers GET only.");
      response.headers.Add("allow", "GET, HEAD");
      return response;
    }
    if (request.path == "/metrics") {
      return {200, {{"content-type", "text/plain; version=0.0.4; charset=utf-8"}}, sources_.metrics()};
    }
    if (request.path == "/config") return {200, {{"content-type", kJson}}, sources_.config()};
    if (request.path == "/healthz") return JsonAnswer(200, {{"status", "ok"}});
    return ReadyAnswer(sources_.readiness());
  }

  static Response ReadyAnswer(const Readiness& readiness) {
    const bool ready = readiness.reasons.empty();
    nlohmann::ordered_json json = {{"status", ready ? "ready" : "not_ready"}};
    if (!ready) json["reasons"] = readiness.reasons;
    for (const ReadyTarget& target : readiness.targets) {
      json["targets"].push_back(
          {{"id", target.id}, {"state", target.state}, {"description", target.description}});
    }
    return JsonAnswer(ready ? 200 : 503, json);
  }

  const AdminSources sources_;
};

}  // namespace

std::optional<Response> RefusedChange(const Request& request, bool remote_changes) {
  if (request.headers.Contains("origin") || request.headers.Contains("sec-fetch-site"))
    return ErrorAnswer(403, "forbidden", "Changes are not taken from web pages.");
  if (!remote_changes && !IsThisMachine(request.remote_address)) {
    return ErrorAnswer(
        403, "forbidden",
        "Changes are taken from this machine only, unless gateway.admin_changes says anywhere.");
  }
  const std::string_view type = request.headers.GetOr("content-type");
  if (EqualsIgnoringCase(type.substr(0, type.find(';')), kJson)) return std::nullopt;
  return ErrorAnswer(415, "unsupported_media_type", "Say content-type: application/json.");
}

struct AdminServer::State {
  explicit State(AdminSources sources) : handler(std::move(sources)) {}

  AdminHandler handler;
  PlainRefusals refusals;
  runtime::Worker worker{kWorkerIndex};
  std::unique_ptr<Server> server;
};

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(const ListenAddress& address,
                                                                AdminSources sources,
                                                                const base::Clock& clock,
                                                                telemetry::Metrics& metrics) {
  auto state = std::make_unique<State>(std::move(sources));
  ServerOptions options;
  options.max_connections = kMaxConnections;
  options.max_body_bytes = kMaxBody;
  options.exclusive = true;
  auto server =
      Server::Listen(state->worker, {address}, options, {state->handler, state->refusals, clock, metrics});
  if (!server.ok()) return std::move(server).status();
  state->server = *std::move(server);
  state->worker.Start();
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(state)));
}

AdminServer::AdminServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

AdminServer::~AdminServer() {
  state_->worker.Stop();
  state_->worker.Join();
  state_->server.reset();
}

uint16_t AdminServer::port() const { return state_->server->port(); }

}  // namespace portcullis::http
