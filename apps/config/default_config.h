// The built-in configuration, for a start without a file.
#pragma once

#include <string>

namespace portcullis::app {

// One target: Mistral, key from MISTRAL_API_KEY, the client's choice of model.
std::string DefaultConfigWithMistral();

// One target: a provider simulator, whose base_url (providers.targets[0].base_url) the caller fills in.
std::string DefaultConfigWithSimulator();

}  // namespace portcullis::app
