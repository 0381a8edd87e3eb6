// What moderation services are sent, and what they answer.
//
// mistral, openai and webhook: {"model": ..., "input": [texts]} -> {"results": [{"flagged": ...,
// "categories": {name: bool}, "category_scores": {name: number}}]}, one result for each text. presidio: its
// analyzer's /analyze. guard-model: OpenAI's chat completions; the model answers "safe", "unsafe" with
// hazards (S1, S10), "yes", "no", or one result as above in JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/policy/domain/chain_options.h"
#include "services/policy/domain/moderation/moderation_port.h"

namespace portcullis::policy {

// Texts that one call may carry.
size_t TextsPerCall(ModerationProvider provider);

// Lines "Name: value", the key among them.
std::vector<std::string> ModerationHeaders(const ModerationService& service);

std::string ModerationBody(const ModerationService& service, const std::vector<std::string_view>& texts);

// The scores of `count` texts. DATA_LOSS: the answer is not what it must be.
absl::StatusOr<std::vector<TextScores>> ParseModeration(ModerationProvider provider, std::string_view body,
                                                        size_t count);

}  // namespace portcullis::policy
