// Ids of tool calls in the form that Mistral takes: 9 letters and digits.
//
// Ids that Mistral gave pass as they are, in both directions. Others (OpenAI's "call_...", Anthropic's
// "toolu_...") stand only in histories that clients send; each becomes the same 9 characters wherever and
// whenever it appears, so that calls and their results still belong together and nothing has to be
// remembered. 62^9 values: two of a thousand ids in one request collide with a chance of 4e-11.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::router {

bool IsMistralToolCallId(std::string_view id);

// 9 characters made from any id.
std::string MistralToolCallId(std::string_view id);

}  // namespace portcullis::router
