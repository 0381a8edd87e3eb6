// The findings of a record as one text that can be searched and indexed: "policy rule reason" of each, each
// different one once, joined by "; ", at most kMaxFindingsText bytes (whole findings).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/audit/api/record.h"

namespace portcullis::audit {

inline constexpr size_t kMaxFindingsText = 512;

// Adds a finding to the text unless it is there or there is no room.
void AddFinding(std::string_view policy, std::string_view rule, std::string_view reason, std::string* text);

std::string FindingsText(const std::vector<PolicyFinding>& findings);

}  // namespace portcullis::audit
