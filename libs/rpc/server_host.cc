#include "libs/rpc/server_host.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>

#include <utility>

#include "grpc/health/v1/health.pb.h"
#include "libs/base/strings.h"

namespace portcullis::rpc {

std::shared_ptr<grpc::ServerCredentials> PlaintextServerCredentials() {
  return grpc::InsecureServerCredentials();
}

ServerHost::ServerHost(ServerHostOptions options, std::shared_ptr<grpc::ServerCredentials> credentials)
    : options_(std::move(options)), credentials_(std::move(credentials)) {}

ServerHost::~ServerHost() { Drain(std::chrono::milliseconds(0)); }

void ServerHost::AddService(grpc::Service& service, const std::string& name) {
  services_.emplace_back(&service, name);
}

void ServerHost::OnDrain(std::function<void()> hook) { drain_hooks_.push_back(std::move(hook)); }

absl::Status ServerHost::Start() {
  grpc::EnableDefaultHealthCheckService(true);
  (void)grpc::health::v1::HealthCheckRequest::descriptor();  // links it, so that reflection describes health
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options_.address, credentials_, &port_);
  builder.SetMaxReceiveMessageSize(options_.max_receive_bytes);
  builder.SetMaxSendMessageSize(options_.max_send_bytes);
  // Two processes on one port would share its connections unnoticed.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, static_cast<int>(options_.keepalive_time.count()));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                             static_cast<int>(options_.keepalive_timeout.count()));
  if (options_.max_connection_age.count() > 0) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                               static_cast<int>(options_.max_connection_age.count()));
  }
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             static_cast<int>(options_.min_client_ping_interval.count()));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  for (const auto& [service, name] : services_) builder.RegisterService(service);
  server_ = builder.BuildAndStart();
  const bool needs_port = !options_.address.starts_with("unix:");
  if (server_ == nullptr || (needs_port && port_ == 0)) {
    server_.reset();
    return absl::UnavailableError(base::StrCat("cannot listen on ", options_.address,
                                               ": the address is in use or not one of this machine"));
  }
  if (!needs_port) port_ = 0;
  SetAllServing(false);
  return absl::OkStatus();
}

void ServerHost::SetServing(const std::string& name, bool serving) {
  server_->GetHealthCheckService()->SetServingStatus(name, serving);
}

void ServerHost::SetAllServing(bool serving) {
  SetServing("", serving);
  for (const auto& [service, name] : services_) SetServing(name, serving);
}

void ServerHost::Drain(std::chrono::milliseconds patience) {
  if (server_ == nullptr) return;
  SetAllServing(false);
  for (const auto& hook : drain_hooks_) hook();
  server_->Shutdown(gpr_time_from_millis(patience.count(), GPR_TIMESPAN));
  server_->Wait();
  server_.reset();
}

}  // namespace portcullis::rpc
