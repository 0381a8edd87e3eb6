// What the answers of AxonFlow's API tell of a record, whichever of them it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/audit/api/record.h"

namespace portcullis::edge {

// The policy that found something: a tenant's own goes by its id.
const std::string& NameOf(const audit::PolicyFinding& finding);

// The policies that found something, and those that redacted: each once, in the order of their findings.
std::vector<std::string> TriggeredPolicies(const audit::Record& record);
std::vector<std::string> RedactingPolicies(const audit::Record& record);

// Refused by a policy, or held for review.
bool IsRefused(const audit::Record& record);

// The 32 digits of a traceparent, "" of what is none.
std::string TraceIdOf(std::string_view traceparent);

}  // namespace portcullis::edge
