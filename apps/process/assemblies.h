// The processes of the suite, put together from their parts.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "apps/process/context.h"

namespace portcullis::app {

// `context` must outlive what these return.
absl::StatusOr<std::unique_ptr<Assembly>> MakeGateway(Context& context);
absl::StatusOr<std::unique_ptr<Assembly>> MakeEdge(Context& context);
absl::StatusOr<std::unique_ptr<Assembly>> MakePolicy(Context& context);
absl::StatusOr<std::unique_ptr<Assembly>> MakeRouter(Context& context);
absl::StatusOr<std::unique_ptr<Assembly>> MakeAudit(Context& context);

}  // namespace portcullis::app
