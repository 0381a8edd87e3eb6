#include "libs/http/server.h"

#include "libs/http/server_core.h"
#include "libs/runtime/worker.h"

namespace portcullis::http {

absl::StatusOr<std::unique_ptr<Server>> Server::Listen(runtime::Worker& worker,
                                                       const std::vector<ListenAddress>& addresses,
                                                       const ServerOptions& options,
                                                       const ServerDependencies& dependencies) {
  if (addresses.empty()) return absl::InvalidArgumentError("no address to listen on");
  auto core = std::make_shared<ServerCore>(worker.io(), options, dependencies);
  for (const ListenAddress& address : addresses) {
    if (absl::Status status = core->Open(address); !status.ok()) return status;
  }
  core->Start();
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

Server::Server(std::shared_ptr<ServerCore> core) : core_(std::move(core)) {}
Server::~Server() { core_->Shutdown(); }

const std::vector<ListenAddress>& Server::addresses() const { return core_->addresses(); }
uint16_t Server::port() const { return core_->addresses().front().port; }
void Server::Drain() { core_->Drain(); }
size_t Server::ActiveRequests() const { return core_->active_requests; }
size_t Server::OpenConnections() const { return core_->open_connections(); }

}  // namespace portcullis::http
