// A gRPC server with what every server of the suite has: health, reflection, limits, keepalive, drain.
//
// Use: construct, AddService for each, Start, ..., Drain. Not thread-safe, except SetServing.
// Health (grpc.health.v1): each added service and "" answer NOT_SERVING until SetServing.
#pragma once

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace portcullis::rpc {

struct ServerHostOptions {
  std::string address = "127.0.0.1:0";  // "host:port", port 0 = any free one; "unix:/path"
  int max_receive_bytes = 64 << 20;
  int max_send_bytes = 64 << 20;
  std::chrono::milliseconds keepalive_time{30'000};
  std::chrono::milliseconds keepalive_timeout{10'000};
  // A connection is asked to end after so long, calls under way excepted, so that clients look for new
  // replicas. 0 = never.
  std::chrono::milliseconds max_connection_age{0};
  std::chrono::milliseconds min_client_ping_interval{5'000};  // clients that ping more often are disconnected
};

// Without encryption: for loopback and for networks that encrypt by themselves. The place for TLS.
std::shared_ptr<grpc::ServerCredentials> PlaintextServerCredentials();

class ServerHost {
 public:
  ServerHost(ServerHostOptions options, std::shared_ptr<grpc::ServerCredentials> credentials);
  ~ServerHost();  // Drain without patience
  ServerHost(const ServerHost&) = delete;
  ServerHost& operator=(const ServerHost&) = delete;

  // Before Start. `service` outlives the host. `name` as in its .proto: "portcullis.policy.v1.PolicyService".
  void AddService(grpc::Service& service, const std::string& name);

  // Called once at the beginning of Drain, in the order added: to turn clients away (LaneServer::GoAway).
  void OnDrain(std::function<void()> hook);

  // Errors: UNAVAILABLE when the address cannot be bound.
  absl::Status Start();

  // The port it listens on; 0 before Start and for unix sockets.
  int port() const { return port_; }

  // Health of one service; "" = the whole server. Thread-safe, after Start.
  void SetServing(const std::string& name, bool serving);
  void SetAllServing(bool serving);

  // NOT_SERVING everywhere, hooks, no new calls; waits until calls have ended, at most `patience`, then
  // cancels them. Blocks; idempotent.
  void Drain(std::chrono::milliseconds patience);

 private:
  const ServerHostOptions options_;
  const std::shared_ptr<grpc::ServerCredentials> credentials_;
  std::vector<std::pair<grpc::Service*, std::string>> services_;
  std::vector<std::function<void()>> drain_hooks_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace portcullis::rpc
