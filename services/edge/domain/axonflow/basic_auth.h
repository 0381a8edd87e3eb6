// Who calls AxonFlow's API: the user of its Basic credentials.
//
// In community mode nobody needs any: what is sent only names the caller, and what is not understood is as if
// it were not there. In every other mode the credentials must be those of a client of the configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/sha256.h"

namespace portcullis::edge {

struct Credentials {
  std::string id;
  std::string secret;
};

// Of an Authorization header; nullopt unless it is well-formed Basic (RFC 7617) with an id.
std::optional<Credentials> ParseBasic(std::string_view authorization);

struct AxonFlowClient {
  std::string id;
  crypto::Digest secret_sha256{};
};

class AxonFlowAuth {
 public:
  // `community`: nobody needs credentials. Else only `clients` may call.
  AxonFlowAuth(bool community, std::vector<AxonFlowClient> clients)
      : community_(community), clients_(std::move(clients)) {}

  // The caller's id, "" = not named; nullopt if it may not call. Secrets are compared in constant time.
  std::optional<std::string> Caller(std::string_view authorization) const;

  bool community() const { return community_; }

 private:
  const bool community_;
  const std::vector<AxonFlowClient> clients_;
};

}  // namespace portcullis::edge
