// The router's options in a process.
#pragma once

#include "apps/process/context.h"
#include "services/router/app/router_component.h"

namespace portcullis::app {

// As configured, with the file of the state folder that keeps weights which are set while it runs.
inline router::RouterOptions RouterOptionsOf(const Context& context) {
  router::RouterOptions options = context.config.router;
  options.weights_file = context.state_dir / "routing-weights.json";
  return options;
}

}  // namespace portcullis::app
