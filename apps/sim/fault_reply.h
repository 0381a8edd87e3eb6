// What a fault does to a reply.
#pragma once

#include <optional>

#include "apps/sim/api_error.h"
#include "apps/sim/fault.h"
#include "apps/sim/reply.h"

namespace portcullis::sim {

// The refusal that a status fault or `context` stands for; nothing for other faults.
std::optional<ApiError> RefusalOf(const Fault& fault, Provider provider);

// Changes the body and the delivery of a reply as the fault says.
void ApplyFault(const Fault& fault, Reply& reply);

}  // namespace portcullis::sim
