#include "apps/process/hosted_service.h"

#include <utility>

#include "apps/process/address.h"
#include "libs/base/status_macros.h"

namespace portcullis::app {

absl::Status HostedService::Start(const std::string& address, const rpc::Security& security,
                                  grpc::Service& service, const std::string& name,
                                  std::function<void()> on_drain) {
  ASSIGN_OR_RETURN(address_, ParseAddress(address));
  rpc::ServerHostOptions options;
  options.address = FormatAddress(address_);
  options.max_connection_age = max_connection_age_;
  host_ = std::make_unique<rpc::ServerHost>(options, security.Server());
  host_->AddService(service, name);
  for (const auto& [one, its_name] : more_) host_->AddService(*one, its_name);
  if (on_drain) host_->OnDrain(std::move(on_drain));
  RETURN_IF_ERROR(host_->Start());
  address_.port = static_cast<uint16_t>(host_->port());
  host_->SetAllServing(true);
  return absl::OkStatus();
}

std::string HostedService::address() const { return FormatAddress(address_); }

void HostedService::Drain(std::chrono::milliseconds patience) {
  if (host_ != nullptr) host_->Drain(patience);
}

}  // namespace portcullis::app
