// Channels and client contexts. Only libs/rpc makes either, so that deadlines, keepalive and identity are
// settled in one place.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/clock.h"

namespace portcullis::rpc {

struct ChannelOptions {
  std::chrono::milliseconds keepalive_time{10'000};    // a ping when nothing came for so long
  std::chrono::milliseconds keepalive_timeout{5'000};  // the peer is gone when no answer came for so long
  std::chrono::milliseconds connect_timeout{2'000};
  int max_message_bytes = 64 << 20;
  // Spread calls over all addresses of the target; else they go to the first that answers.
  bool all_addresses = false;
  // The name that the peer's certificate must carry, and the :authority; empty = from the target.
  std::string authority;
};

// Without encryption: for loopback and for networks that encrypt by themselves. The place for TLS.
std::shared_ptr<grpc::ChannelCredentials> PlaintextChannelCredentials();

// A channel with its own connection (channels with equal arguments would share one). `target` in gRPC's
// naming: "ipv4:127.0.0.1:41011", "dns:///policy:41011", "unix:/run/policy.sock". Connects lazily.
std::shared_ptr<grpc::Channel> NewChannel(const std::string& target,
                                          const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                          const ChannelOptions& options = {});

// A channel to each target, which spreads its calls over all addresses of its name.
std::vector<std::shared_ptr<grpc::Channel>> NewChannels(
    const std::vector<std::string>& targets, const std::shared_ptr<grpc::ChannelCredentials>& credentials);

// For one call. `deadline` zero = none.
std::unique_ptr<grpc::ClientContext> NewClientContext(base::MonotonicTime deadline, const base::Clock& clock);

}  // namespace portcullis::rpc
