// One connection: reads requests, asks the service, delivers the replies with their pace and faults.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "apps/sim/service.h"

namespace portcullis::sim {

// Limits of a request: 16 KiB of header, 64 MiB of body.
inline constexpr uint32_t kMaxHeaderBytes = 16 * 1024;
inline constexpr uint64_t kMaxBodyBytes = uint64_t{64} << 20;

// Runs until the connection ends. The service outlives it.
boost::asio::awaitable<void> ServeConnection(boost::asio::ip::tcp::socket socket, Service& service);

}  // namespace portcullis::sim
