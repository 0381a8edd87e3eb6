// `portcullis status`: are all processes of a running suite well?
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "apps/portcullis/status/service_status.h"

namespace portcullis::status {

struct StatusOptions {
  std::vector<Place> places;  // the first is the gateway's or the edge's
  bool all = false;           // ask them all, even when the first is a gateway with everything in it
  bool json = false;
};

// Asks each address and writes a text or one JSON object: {"ready", "notes", "services"}. True when every
// process that was asked is ready.
bool RunStatus(const Ask& ask, const StatusOptions& options, base::SystemTime now, std::ostream& out);

}  // namespace portcullis::status
