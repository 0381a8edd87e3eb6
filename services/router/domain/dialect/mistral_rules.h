// What of OpenAI's requests Mistral names otherwise, does not need, or refuses.
//
// Source of Mistral's names and types: the request models of its Python package, mistralai 3.7.0
// (ChatCompletionRequest, FIMCompletionRequest, EmbeddingRequest, the message and tool models; the API refuses
// fields that they do not list); of OpenAI's: openai 3.52.0.
#pragma once

#include "services/router/domain/dialect/rewrite_rules.h"

namespace portcullis::router {

const RuleBook& MistralRules();

}  // namespace portcullis::router
