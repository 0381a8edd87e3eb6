#include "libs/rpc/peer.h"

#include <utility>

namespace portcullis::rpc {

std::vector<std::string> NamesOfPeer(const grpc::AuthContext& peer) {
  std::vector<std::string> names;
  for (const char* property : {"peer_dns", "peer_uri"}) {
    for (const grpc::string_ref& name : peer.FindPropertyValues(property))
      names.emplace_back(name.data(), name.size());
  }
  return names;
}

std::string AddressOfPeer(const std::string& peer) {
  const size_t begin = peer.find(':');
  const size_t end = peer.rfind(':');
  if (begin == std::string::npos || end <= begin) return peer;
  return peer.substr(begin + 1, end - begin - 1);
}

std::string NameOrAddressOfPeer(const grpc::ServerContextBase& call) {
  std::vector<std::string> names = NamesOfPeer(*call.auth_context());
  return names.empty() ? AddressOfPeer(call.peer()) : std::move(names[0]);
}

}  // namespace portcullis::rpc
