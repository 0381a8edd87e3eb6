// Turns releases, which are positions, into text: for callers of the plain Exchange RPC. Keeps of each
// channel what was not released yet. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "portcullis/policy/v1/policy.pb.h"
#include "services/policy/api/policy_api.h"

namespace portcullis::policy {

class ReleaseTexts {
 public:
  void Add(const std::vector<Piece>& pieces);

  // Fills in `text` of each release. INTERNAL when a release lies outside of the text.
  absl::Status Fill(v1::GuardVerdict& verdict);

 private:
  struct Channel {
    uint64_t released = 0;  // bytes that have left
    std::string tail;       // bytes after those
  };

  std::map<uint32_t, Channel> channels_;
};

}  // namespace portcullis::policy
