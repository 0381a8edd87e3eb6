#include "apps/process/address.h"

#include <charconv>

#include "libs/base/strings.h"

namespace portcullis::app {

absl::StatusOr<http::ListenAddress> ParseAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  http::ListenAddress address;
  const std::string_view port = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size()) {
    return absl::InvalidArgumentError(
        base::StrCat("'", text, "' is no address: write HOST:PORT, for example 127.0.0.1:41002"));
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  address.address = host == "localhost" ? "127.0.0.1" : host.empty() ? "0.0.0.0" : std::string(host);
  return address;
}

std::string FormatAddress(const http::ListenAddress& address) {
  const bool v6 = address.address.find(':') != std::string::npos;
  return base::StrCat(v6 ? "[" : "", address.address, v6 ? "]" : "", ":", address.port);
}

}  // namespace portcullis::app
