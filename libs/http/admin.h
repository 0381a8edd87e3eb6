// The admin port: metrics, health, readiness and the effective configuration, on a thread of its own so that
// it answers when the request workers are busy.
//
//   GET /metrics  text exposition      GET /healthz  200 while the process runs
//   GET /config   JSON, secrets masked GET /readyz   200, or 503 with the reasons; targets with their state
//
// A process may answer more paths (AdminSources::more). Others are 404, other methods 405, both as JSON.
//
// What changes something has a method other than GET and HEAD, and is not everybody's: see RefusedChange.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/http/server.h"
#include "libs/telemetry/api/metrics.h"

namespace portcullis::http {

// What stands for one of the things that requests go to.
struct ReadyTarget {
  std::string id;
  std::string state;  // "healthy", "unhealthy", ...
  std::string description;
};

struct Readiness {
  std::vector<std::string> reasons;  // why the process cannot serve; empty: it can
  std::vector<ReadyTarget> targets;  // for people; left out when empty
};

// Called on the admin thread, thus concurrently with the workers; must be thread-safe and outlive the
// AdminServer.
struct AdminSources {
  std::function<std::string()> metrics;  // Prometheus text exposition
  std::function<Readiness()> readiness;
  std::function<std::string()> config;                          // one JSON value, secrets masked
  std::function<std::optional<Response>(const Request&)> more;  // other paths; may be empty
  std::function<void()> answered;                               // an answer has been sent; may be empty
  bool remote_changes = false;                                  // changes are taken from any address
};

// Why a change is not taken from who asks; nothing: it is. 403 for web pages (a request with `origin` or
// `sec-fetch-site`, which browsers send along with all but GET and HEAD) and, without `remote_changes`, for
// what does not come from a loopback address; 415 for another content type than application/json.
std::optional<Response> RefusedChange(const Request& request, bool remote_changes);

class AdminServer {
 public:
  // Listens and starts the thread. Errors as http::Server::Listen.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(const ListenAddress& address,
                                                            AdminSources sources, const base::Clock& clock,
                                                            telemetry::Metrics& metrics);
  // Stops the thread. Not from one of the sources.
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  uint16_t port() const;

 private:
  struct State;
  explicit AdminServer(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace portcullis::http
