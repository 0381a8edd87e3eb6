// A gRPC service, with others beside it, on an address of its own.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "libs/http/server.h"
#include "libs/rpc/security.h"
#include "libs/rpc/server_host.h"

namespace portcullis::app {

// Not thread-safe.
class HostedService {
 public:
  // A further service on the same address, which must outlive this. Before Start.
  void Add(grpc::Service& service, const std::string& name) { more_.emplace_back(&service, name); }

  // See rpc::ServerHostOptions; for services whose clients are not lanes, which look for replicas themselves.
  void SetMaxConnectionAge(std::chrono::milliseconds age) { max_connection_age_ = age; }

  // `service` and `security` must outlive this. `on_drain`, if any, turns clients away when a drain begins.
  absl::Status Start(const std::string& address, const rpc::Security& security, grpc::Service& service,
                     const std::string& name, std::function<void()> on_drain);

  std::string address() const;  // port resolved; after Start

  // Waits for calls under way, at most `patience`. Nothing to do before Start.
  void Drain(std::chrono::milliseconds patience);

 private:
  http::ListenAddress address_;
  std::vector<std::pair<grpc::Service*, std::string>> more_;
  std::chrono::milliseconds max_connection_age_{0};
  std::unique_ptr<rpc::ServerHost> host_;
};

}  // namespace portcullis::app
