#include "libs/rpc/channel.h"

#include <grpcpp/create_channel.h>

#include <algorithm>

namespace portcullis::rpc {
namespace {

constexpr int kMaxReconnectBackoffMs = 2'000;
constexpr int kInitialReconnectBackoffMs = 100;
// A peer that was restarted elsewhere is found again within this time. (gRPC's own minimum is 30 s.)
constexpr int kMinResolveIntervalMs = 2'000;

}  // namespace

std::shared_ptr<grpc::ChannelCredentials> PlaintextChannelCredentials() {
  return grpc::InsecureChannelCredentials();
}

std::shared_ptr<grpc::Channel> NewChannel(const std::string& target,
                                          const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                          const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, static_cast<int>(options.keepalive_time.count()));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, static_cast<int>(options.keepalive_timeout.count()));
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, static_cast<int>(options.connect_timeout.count()));
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kInitialReconnectBackoffMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectBackoffMs);
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, kMinResolveIntervalMs);
  arguments.SetMaxReceiveMessageSize(options.max_message_bytes);
  arguments.SetMaxSendMessageSize(options.max_message_bytes);
  if (options.all_addresses) arguments.SetLoadBalancingPolicyName("round_robin");
  if (!options.authority.empty()) arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, options.authority);
  return grpc::CreateCustomChannel(target, credentials, arguments);
}

std::vector<std::shared_ptr<grpc::Channel>> NewChannels(
    const std::vector<std::string>& targets, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  ChannelOptions options;
  options.all_addresses = true;
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (const std::string& target : targets) channels.push_back(NewChannel(target, credentials, options));
  return channels;
}

std::unique_ptr<grpc::ClientContext> NewClientContext(base::MonotonicTime deadline,
                                                      const base::Clock& clock) {
  auto context = std::make_unique<grpc::ClientContext>();
  if (deadline == base::MonotonicTime{}) return context;
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(deadline - clock.Monotonic());
  context->set_deadline(gpr_time_from_micros(std::max<int64_t>(left.count(), 0), GPR_TIMESPAN));
  return context;
}

}  // namespace portcullis::rpc
