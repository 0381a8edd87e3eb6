#include "libs/http/server_core.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <utility>

#include "libs/base/strings.h"
#include "libs/http/connection.h"
#include "libs/http/http_metrics.h"
#include "libs/http/response_head.h"

namespace portcullis::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;
using Tcp = asio::ip::tcp;

constexpr int kBacklog = 4096;  // the system caps it at net.core.somaxconn
// Connections beyond the limit that are kept, for a moment, to be told so. More are dropped unanswered.
constexpr size_t kMaxSurplus = 256;

constexpr int kRefusalStatuses[] = {400, 408, 413, 417, 431, 499, 500, 501, 503, 505};

milliseconds TickFor(const ServerOptions& o) {
  const milliseconds shortest = std::min({o.read_timeout, o.idle_timeout, o.write_timeout, o.linger_timeout});
  return std::clamp(shortest / 4, milliseconds(1), milliseconds(1000));
}

absl::Status ListenError(const ListenAddress& address, const error_code& error) {
  const std::string message =
      base::StrCat("cannot listen on ", address.address, " port ", address.port, ": ", error.message());
  if (error == asio::error::address_in_use) {
    return absl::AlreadyExistsError(
        base::StrCat(message, ". Stop the process that uses it or choose another port."));
  }
  if (error == asio::error::access_denied) return absl::PermissionDeniedError(message);
  return absl::UnavailableError(message);
}

void Bind(Acceptor& acceptor, const Tcp::endpoint& endpoint, bool share_port, error_code& error) {
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(Acceptor::reuse_address(true), error);
  const int on = 1;
  if (!error && share_port &&
      setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) {
    error = error_code(errno, boost::system::system_category());
  }
  if (!error) acceptor.bind(endpoint, error);
}

std::string AddressOf(const Tcp::endpoint& peer) {
  const asio::ip::address address = peer.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

}  // namespace

ServerCore::ServerCore(asio::io_context& io, const ServerOptions& options,
                       const ServerDependencies& dependencies)
    : io_(io),
      options_(options),
      dependencies_(dependencies),
      tick_(TickFor(options)),
      timer_(io),
      open_(dependencies.metrics.AddGauge(kOpenConnections)),
      accepted_(dependencies.metrics.AddCounter(kConnections)),
      accept_errors_(dependencies.metrics.AddCounter(kAcceptErrors)),
      departures_(dependencies.metrics.AddCounter(kDepartures)),
      write_stalls_(dependencies.metrics.AddCounter(kWriteStalls)) {
  for (const int status : kRefusalStatuses) {
    refused_[status] = &dependencies.metrics.AddCounter(kRefused, {{"status", std::to_string(status)}});
  }
}

absl::Status ServerCore::Open(const ListenAddress& address) {
  error_code error;
  const asio::ip::address ip = asio::ip::make_address(address.address, error);
  if (error) {
    return absl::InvalidArgumentError(base::StrCat(
        "'", address.address, "' is not an IP address; use for example 127.0.0.1, 0.0.0.0 or ::"));
  }
  const Tcp::endpoint endpoint(ip, address.port);
  if (options_.exclusive &&
      address.port != 0) {  // sharing would hide that somebody else listens: try without it
    Acceptor probe(io_.get_executor());
    Bind(probe, endpoint, /*share_port=*/false, error);
    if (error) return ListenError(address, error);
  }
  Acceptor& acceptor = acceptors_.emplace_back(io_.get_executor());
  Bind(acceptor, endpoint, /*share_port=*/true, error);
  if (!error) acceptor.listen(kBacklog, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error) return ListenError(address, error);
  addresses_.push_back({address.address, acceptor.local_endpoint().port()});
  return absl::OkStatus();
}

void ServerCore::Start() {
  UpdateDate();
  ScheduleTick();
  for (Acceptor& acceptor : acceptors_) Accept(acceptor);
}

void ServerCore::Accept(Acceptor& acceptor) {
  acceptor.async_accept([self = shared_from_this(), &acceptor](const error_code& error, Socket socket) {
    if (!acceptor.is_open()) return;
    if (!error) {
      self->Admit(std::move(socket));
    } else if (error != asio::error::connection_aborted) {
      self->accept_errors_.Add();
      self->paused_acceptors_.push_back(&acceptor);
      return;
    }
    self->Accept(acceptor);
  });
}

void ServerCore::Admit(Socket socket) {
  error_code error;
  const Tcp::endpoint peer = socket.remote_endpoint(error);
  if (!error) socket.non_blocking(true, error);
  if (!error) socket.set_option(Tcp::no_delay(true), error);
  if (error) return;  // gone already
  accepted_.Add();
  const bool surplus = connections_.size() - surplus_connections_ >= options_.max_connections;
  std::string address = AddressOf(peer);
  if (surplus && surplus_connections_ >= kMaxSurplus) {
    Refuse({503,
            "too_many_connections",
            "Too many connections are open.",
            {},
            {},
            address,
            /*answerable=*/false});
    return;
  }
  surplus_connections_ += surplus ? 1 : 0;
  std::make_shared<Connection>(shared_from_this(), std::move(socket), std::move(address), surplus)->Start();
}

ServerCore::Link ServerCore::Add(Connection& connection) {
  open_.Add(1);
  return connections_.insert(connections_.end(), &connection);
}

void ServerCore::Remove(Link link, bool surplus) {
  open_.Add(-1);
  surplus_connections_ -= surplus ? 1 : 0;
  connections_.erase(link);
}

Response ServerCore::Refuse(const Refusal& refusal) {
  if (const auto counter = refused_.find(refusal.status); counter != refused_.end()) counter->second->Add();
  return dependencies_.refusals.OnRefused(refusal);
}

uint64_t ServerCore::DeadlineAfter(milliseconds timeout) const {
  return now_tick_ + 1 + static_cast<uint64_t>((timeout + tick_ - milliseconds(1)) / tick_);
}

void ServerCore::ScheduleTick() {
  timer_.expires_after(tick_);
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error && !self->shut_down_) self->Tick();
  });
}

void ServerCore::Tick() {
  ++now_tick_;
  UpdateDate();
  std::vector<std::shared_ptr<Connection>> due;
  for (Connection* connection : connections_) {
    if (connection->IsDue(now_tick_)) due.push_back(connection->shared_from_this());
  }
  for (const auto& connection : due) connection->OnDeadline();
  for (Acceptor* acceptor : std::exchange(paused_acceptors_, {})) {
    if (acceptor->is_open()) Accept(*acceptor);
  }
  ScheduleTick();
}

void ServerCore::UpdateDate() {
  const int64_t seconds =
      std::chrono::floor<std::chrono::seconds>(dependencies_.clock.Now().time_since_epoch()).count();
  if (seconds == date_seconds_) return;
  date_seconds_ = seconds;
  date_line_ = DateLine(seconds);
}

std::vector<std::shared_ptr<Connection>> ServerCore::Snapshot() {
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(connections_.size());
  for (Connection* connection : connections_) all.push_back(connection->shared_from_this());
  return all;
}

void ServerCore::Drain() {
  if (std::exchange(draining_, true)) return;
  for (Acceptor& acceptor : acceptors_) {
    AcceptPending(acceptor);
    error_code ignored;
    acceptor.close(ignored);
  }
  for (const auto& connection : Snapshot()) connection->OnDrain();
}

// Closing the acceptor resets the connections that wait in its queue: take them first.
void ServerCore::AcceptPending(Acceptor& acceptor) {
  for (;;) {
    error_code error;
    Socket socket(io_.get_executor());
    acceptor.accept(socket, error);
    if (error) return;
    Admit(std::move(socket));
  }
}

void ServerCore::Shutdown() {
  shut_down_ = true;
  draining_ = true;
  timer_.cancel();
  error_code ignored;
  for (Acceptor& acceptor : acceptors_) acceptor.close(ignored);
  for (const auto& connection : Snapshot()) connection->Abort();
}

}  // namespace portcullis::http
