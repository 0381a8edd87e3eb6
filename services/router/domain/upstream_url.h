// Where a target's provider is asked, and with which headers besides the key's.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "services/router/domain/router_options.h"
#include "services/router/domain/upstream_port.h"

namespace portcullis::router {

// OpenAI's form: {base_url}/chat/completions. Azure's: {base_url}/openai/deployments/{deployment}/chat/
// completions?api-version=... (https://learn.microsoft.com/azure/ai-foundry/openai/reference). Anthropic's:
// {base_url}/messages (https://docs.anthropic.com/en/api/messages).
std::string UpstreamUrl(const TargetOptions& target, UpstreamPath path);

// "anthropic-version: 2023-06-01".
std::vector<std::string> UpstreamHeaders(const TargetOptions& target);

}  // namespace portcullis::router
