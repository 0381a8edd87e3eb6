// Where workers get the current bundle from.
#pragma once

#include "libs/base/published.h"
#include "services/policy/domain/bundle.h"

namespace portcullis::policy {

// A reload is one Publish; exchanges that are open keep the bundle they were opened with.
using BundleSource = base::Published<Bundle>;

}  // namespace portcullis::policy
