// One question to a provider that costs nothing: its list of models.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "libs/base/clock.h"
#include "services/router/domain/router_options.h"

namespace portcullis::doctor {

struct ProviderAnswer {
  std::string url;
  std::string problem;                   // why there is no answer, for people; "" = there is one
  bool tls_problem = false;              // it has to do with certificates
  int status = 0;                        // of HTTP
  std::optional<base::SystemTime> date;  // by the provider's clock
};

// GET of the target's list of models with `key` ("" = none), as the router asks for it. Blocks at most
// `patience`.
ProviderAnswer AskProvider(const router::TargetOptions& target, const std::string& key,
                           std::chrono::milliseconds patience);

}  // namespace portcullis::doctor
