// What the connections of one Server share: limits, the list of them, the tick that ends slow ones. Internal.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/http/request_parser.h"
#include "libs/http/server.h"

namespace portcullis::http {

class Connection;

// A type of its own so that no call goes through a type-erased executor.
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;

class ServerCore final : public std::enable_shared_from_this<ServerCore> {
 public:
  ServerCore(boost::asio::io_context& io, const ServerOptions& options,
             const ServerDependencies& dependencies);

  absl::Status Open(const ListenAddress& address);
  void Start();
  void Drain();
  void Shutdown();

  // --- for connections ---

  using Link = std::list<Connection*>::iterator;

  const ServerOptions& options() const { return options_; }
  Handler& handler() { return dependencies_.handler; }
  boost::asio::io_context& io() { return io_; }
  bool draining() const { return draining_; }
  std::string_view date_line() const { return date_line_; }

  // The tick at which a time-out that begins now has certainly passed.
  uint64_t DeadlineAfter(std::chrono::milliseconds timeout) const;

  Link Add(Connection& connection);
  void Remove(Link link, bool surplus);

  // Tells the refusal handler, counts, and returns the answer.
  Response Refuse(const Refusal& refusal);
  void CountDeparture() { departures_.Add(); }
  void CountWriteStall() { write_stalls_.Add(); }

  size_t active_requests = 0;

  // --- for Server ---

  const std::vector<ListenAddress>& addresses() const { return addresses_; }
  size_t open_connections() const { return connections_.size(); }

 private:
  void Accept(Acceptor& acceptor);
  void AcceptPending(Acceptor& acceptor);
  void Admit(Socket socket);
  void ScheduleTick();
  void Tick();
  void UpdateDate();
  std::vector<std::shared_ptr<Connection>> Snapshot();

  boost::asio::io_context& io_;
  const ServerOptions options_;
  const ServerDependencies dependencies_;
  const std::chrono::milliseconds tick_;
  boost::asio::steady_timer timer_;
  std::list<Acceptor> acceptors_;
  std::list<Acceptor*> paused_acceptors_;  // after an accept error, until the next tick
  std::vector<ListenAddress> addresses_;
  std::list<Connection*> connections_;
  size_t surplus_connections_ = 0;  // beyond the limit, kept to be told so
  uint64_t now_tick_ = 0;
  int64_t date_seconds_ = -1;
  std::string date_line_;
  bool draining_ = false;
  bool shut_down_ = false;

  telemetry::Gauge& open_;
  telemetry::Counter& accepted_;
  telemetry::Counter& accept_errors_;
  telemetry::Counter& departures_;
  telemetry::Counter& write_stalls_;
  std::map<int, telemetry::Counter*> refused_;
};

}  // namespace portcullis::http
