// What of OpenAI's requests has no counterpart at Anthropic, or is named otherwise. What remains is
// translated by anthropic_request.h.
//
// Source: Anthropic's reference of the Messages API, version 2023-06-01
// (https://docs.anthropic.com/en/api/messages).
#pragma once

#include "services/router/domain/dialect/rewrite_rules.h"

namespace portcullis::router {

const RuleBook& AnthropicRules();

}  // namespace portcullis::router
