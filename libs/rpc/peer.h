// Who is at the other end of a call, for the server.
#pragma once

#include <grpcpp/security/auth_context.h>
#include <grpcpp/server_context.h>

#include <string>
#include <vector>

namespace portcullis::rpc {

// The DNS names, then the URIs, of the other end's certificate; none where it needed none.
std::vector<std::string> NamesOfPeer(const grpc::AuthContext& peer);

// Of grpc::ServerContextBase::peer: "ipv4:127.0.0.1:5000" to "127.0.0.1".
std::string AddressOfPeer(const std::string& peer);

// The first name in the certificate; the address where there is none.
std::string NameOrAddressOfPeer(const grpc::ServerContextBase& call);

}  // namespace portcullis::rpc
