#include "libs/rpc/resolver.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::rpc {
namespace {

using boost::asio::ip::tcp;

std::string AddressOf(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return endpoint.address().is_v4() ? base::StrCat("ipv4:", address, ":", endpoint.port())
                                    : base::StrCat("ipv6:[", address, "]:", endpoint.port());
}

absl::StatusOr<std::vector<std::string>> AddressesOf(const std::string& target,
                                                     const boost::system::error_code& error,
                                                     const tcp::resolver::results_type& results) {
  if (error) return absl::UnavailableError(base::StrCat("cannot resolve ", target, ": ", error.message()));
  std::vector<std::string> addresses;
  for (const auto& entry : results) addresses.push_back(AddressOf(entry.endpoint()));
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

}  // namespace

absl::StatusOr<std::pair<std::string, std::string>> SplitHostPort(const std::string& target) {
  const size_t colon = target.rfind(':');
  const bool bracketed = target.starts_with('[');
  const size_t host_end = bracketed ? target.find(']') : colon;
  const size_t shortest = bracketed ? 2 : 1;
  const bool well_formed = colon != std::string::npos && host_end != std::string::npos &&
                           host_end >= shortest && colon + 1 < target.size() &&
                           (!bracketed || host_end + 1 == colon) && (bracketed || target.find(':') == colon);
  if (!well_formed) {
    return absl::InvalidArgumentError(
        base::StrCat("\"", target, "\" is no address; write host:port or [ipv6]:port"));
  }
  const size_t begin = bracketed ? 1 : 0;
  return std::pair(target.substr(begin, host_end - begin), target.substr(colon + 1));
}

DnsResolver::DnsResolver(boost::asio::io_context& io) : io_(io), resolver_(io) {}

void DnsResolver::Resolve(const std::string& target, Callback done) {
  const auto later = [this](Callback callback, absl::StatusOr<std::vector<std::string>> result) {
    boost::asio::post(io_, [callback = std::move(callback), result = std::move(result)]() mutable {
      std::move(callback)(std::move(result));
    });
  };
  if (target.starts_with("unix:")) return later(std::move(done), std::vector<std::string>{target});
  auto parts = SplitHostPort(target);
  if (!parts.ok()) return later(std::move(done), parts.status());
  resolver_.async_resolve(
      parts->first, parts->second,
      [target, done = std::move(done)](const boost::system::error_code& error,
                                       const tcp::resolver::results_type& results) mutable {
        if (error == boost::asio::error::operation_aborted) return;
        std::move(done)(AddressesOf(target, error, results));
      });
}

absl::StatusOr<std::vector<std::string>> ResolveNow(const std::string& target) {
  if (target.starts_with("unix:")) return std::vector<std::string>{target};
  ASSIGN_OR_RETURN(const auto parts, SplitHostPort(target));
  boost::asio::io_context io;
  boost::system::error_code error;
  const auto results = tcp::resolver(io).resolve(parts.first, parts.second, error);
  return AddressesOf(target, error, results);
}

}  // namespace portcullis::rpc
