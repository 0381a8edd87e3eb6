// Names to addresses, for lanes, which pick among the addresses themselves.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"

namespace portcullis::rpc {

// Belongs to a worker; callbacks run there, later. Destroying it drops what is under way.
class Resolver {
 public:
  // Addresses in gRPC's naming ("ipv4:10.0.0.1:41011"), sorted, each once.
  using Callback = absl::AnyInvocable<void(absl::StatusOr<std::vector<std::string>>) &&>;

  virtual ~Resolver() = default;
  virtual void Resolve(const std::string& target, Callback done) = 0;
};

// Targets are "host:port" or "[ipv6]:port"; "unix:/path" is its own address. Uses the system's resolver, on a
// thread of its own.
class DnsResolver final : public Resolver {
 public:
  explicit DnsResolver(boost::asio::io_context& io);

  void Resolve(const std::string& target, Callback done) override;

 private:
  boost::asio::io_context& io_;
  boost::asio::ip::tcp::resolver resolver_;
};

// As Resolver::Resolve of a DnsResolver, at once; blocks.
absl::StatusOr<std::vector<std::string>> ResolveNow(const std::string& target);

// Splits "host:port"; INVALID_ARGUMENT otherwise.
absl::StatusOr<std::pair<std::string, std::string>> SplitHostPort(const std::string& target);

}  // namespace portcullis::rpc
