// The settings of the edge that a reload changes. A request keeps those that it began with.
#pragma once

#include <string>
#include <vector>

#include "libs/base/published.h"
#include "services/edge/domain/axonflow/axonflow_live.h"
#include "services/edge/domain/block_stream.h"

namespace portcullis::edge {

struct LiveSettings {
  std::string config_version;
  int block_status = 400;
  BlockStream block_stream = BlockStream::kError;
  bool serve_without_policy = false;  // policy fail mode `allow`

  // What the conditions of the policies ask for.
  std::vector<std::string> policy_headers;  // names in lower case
  bool modalities = false;                  // whether requests hold images, sound or tools

  bool asks_again = false;  // requests are kept, so that a policy can have another answer asked for

  AxonFlowLive axonflow;
};

using LiveSource = base::Published<LiveSettings>;

}  // namespace portcullis::edge
