// What of OpenAI's requests has no counterpart at Anthropic, or is named otherwise. What remains is
// translated by anthropic_request.h.
//
// Source: Anthropic's reference of the Messages API, version 2023-06-01
// (https://docs.anthropic.com/en/api/messages), and the request types of its Python package, anthropic 2.12.0.
#pragma once

#include "services/router/domain/dialect/rewrite_rules.h"

namespace portcullis::router {

const RuleBook& AnthropicRules();

}  // namespace portcullis::router
