// Whether the chain and the blocks of the policies fit together.
#pragma once

#include "apps/config/settings.h"
#include "libs/config/document.h"
#include "libs/config/issues.h"

namespace portcullis::app {

// Reports kinds that are unknown (E001), not supported, named twice, without a block (E003), and blocks that
// do not run because the chain does not name them.
void CheckChain(const config::Document& document, const Settings& settings, config::Issues& issues);

}  // namespace portcullis::app
