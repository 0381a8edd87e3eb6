#include "apps/sim/simulator.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>
#include <utility>

#include "apps/sim/connection.h"
#include "apps/sim/service.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace asio = boost::asio;
namespace {

using asio::ip::tcp;

constexpr int kMaxThreads = 64;
constexpr int kBacklog = 4096;
constexpr std::chrono::milliseconds kAcceptPause(10);  // when out of file descriptors

absl::Status CheckOptions(const SimulatorOptions& options) {
  if (options.threads < 1 || options.threads > kMaxThreads) {
    return absl::InvalidArgumentError(
        base::StrCat("threads: needs 1 to ", kMaxThreads, ", got ", options.threads));
  }
  if (options.latency.count() < 0) return absl::InvalidArgumentError("latency: must not be negative");
  if (!(options.tokens_per_second >= 0)) {
    return absl::InvalidArgumentError("tokens_per_second: must not be negative");
  }
  return absl::OkStatus();
}

ServiceOptions ServiceOptionsOf(SimulatorOptions& options) {
  return {.require_key = options.require_key,
          .accepted_keys = std::move(options.accepted_keys),
          .provider = options.provider,
          .latency = options.latency,
          .tokens_per_second = options.tokens_per_second};
}

struct Loop {
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
  std::thread thread;
};

}  // namespace

class Simulator::Impl {
 public:
  explicit Impl(SimulatorOptions options)
      : clock_(options.clock == nullptr ? machine_clock_ : *options.clock),
        service_(ServiceOptionsOf(options), clock_) {
    for (int i = 0; i < options.threads; ++i) loops_.push_back(std::make_unique<Loop>());
  }

  ~Impl() {
    for (const auto& loop : loops_) loop->io.stop();
    for (const auto& loop : loops_) {
      if (loop->thread.joinable()) loop->thread.join();
    }
    acceptor_.reset();
    loops_.clear();
  }

  absl::Status Listen(const std::string& address, uint16_t port) {
    boost::system::error_code error;
    const auto ip = asio::ip::make_address(address, error);
    if (error)
      return absl::InvalidArgumentError(base::StrCat("address \"", address, "\": needs an IP address"));
    const tcp::endpoint endpoint(ip, port);
    acceptor_.emplace(loops_.front()->io);
    acceptor_->open(endpoint.protocol(), error);
    if (!error) acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(kBacklog, error);
    if (!error) endpoint_ = acceptor_->local_endpoint(error);
    if (!error) return absl::OkStatus();
    return absl::UnavailableError(
        base::StrCat("cannot listen on ", address, ":", port, ": ", error.message()));
  }

  void Run() {
    asio::co_spawn(loops_.front()->io, Accept(), asio::detached);
    for (const auto& loop : loops_) {
      loop->thread = std::thread([&io = loop->io] { io.run(); });
    }
  }

  Service& service() { return service_; }
  const tcp::endpoint& endpoint() const { return endpoint_; }

 private:
  // Hands the connections out in turn.
  asio::awaitable<void> Accept() {
    asio::steady_timer pause(loops_.front()->io);
    for (size_t next = 0;; next = (next + 1) % loops_.size()) {
      asio::io_context& io = loops_[next]->io;
      auto [error, socket] = co_await acceptor_->async_accept(io, asio::as_tuple(asio::use_awaitable));
      if (error) {
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        continue;
      }
      asio::co_spawn(io, ServeConnection(std::move(socket), service_), asio::detached);
    }
  }

  const base::SystemClock machine_clock_;
  const base::Clock& clock_;
  Service service_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::optional<tcp::acceptor> acceptor_;
  tcp::endpoint endpoint_;
};

Simulator::Simulator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Simulator::~Simulator() = default;

absl::StatusOr<std::unique_ptr<Simulator>> Simulator::Start(SimulatorOptions options) {
  RETURN_IF_ERROR(CheckOptions(options));
  auto impl = std::make_unique<Impl>(options);
  RETURN_IF_ERROR(impl->Listen(options.address, options.port));
  if (!options.script.empty()) RETURN_IF_ERROR(impl->service().SetScript(options.script));
  impl->Run();
  return std::unique_ptr<Simulator>(new Simulator(std::move(impl)));
}

uint16_t Simulator::port() const { return impl_->endpoint().port(); }

std::string Simulator::url() const {
  const auto address = impl_->endpoint().address();
  const std::string host =
      address.is_v6() ? base::StrCat("[", address.to_string(), "]") : address.to_string();
  return base::StrCat("http://", host, ":", port(), "/v1");
}

Stats Simulator::stats() const { return impl_->service().journal().stats(); }

std::vector<ReceivedRequest> Simulator::requests() const { return impl_->service().journal().requests(); }

absl::Status Simulator::SetScript(std::string_view json) { return impl_->service().SetScript(json); }

void Simulator::Reset() {
  impl_->service().journal().Clear();
  impl_->service().script().Clear();
}

}  // namespace portcullis::sim
