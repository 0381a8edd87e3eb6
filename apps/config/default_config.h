// The built-in configuration, for a start without a file.
#pragma once

#include <string>

namespace portcullis::app {

// The policies, without providers.
std::string DefaultPolicies();

// `providers` with one target: a provider simulator, whose base_url (providers.targets[0].base_url) the
// caller fills in.
std::string SimulatorProviders();

}  // namespace portcullis::app
