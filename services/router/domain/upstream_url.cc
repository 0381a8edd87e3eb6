#include "services/router/domain/upstream_url.h"

#include <string_view>

#include "libs/base/strings.h"

namespace portcullis::router {
namespace {

constexpr std::string_view kAnthropicVersion = "2023-06-01";

std::string_view Endpoint(UpstreamPath path) {
  switch (path) {
    case UpstreamPath::kFimCompletions:
      return "/fim/completions";
    case UpstreamPath::kEmbeddings:
      return "/embeddings";
    case UpstreamPath::kModels:
      return "/models";
    case UpstreamPath::kProbe:  // the configuration says its path
      return "";
    case UpstreamPath::kChatCompletions:
      break;
  }
  return "/chat/completions";
}

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

// One segment of a path, percent-encoded.
std::string Encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (IsUnreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += base::StrCat("%", kHex.substr(byte >> 4, 1), kHex.substr(byte & 15, 1));
    }
  }
  return out;
}

}  // namespace

std::string UpstreamUrl(const TargetOptions& target, UpstreamPath path) {
  switch (target.dialect.dialect) {
    case Dialect::kAzure: {
      const std::string deployment = path == UpstreamPath::kModels
                                         ? ""
                                         : base::StrCat("/deployments/", Encoded(target.azure_deployment));
      return base::StrCat(target.base_url, "/openai", deployment, Endpoint(path),
                          "?api-version=", Encoded(target.azure_api_version));
    }
    case Dialect::kAnthropic:
      return target.base_url + (path == UpstreamPath::kModels ? "/models" : "/messages");
    case Dialect::kOpenAi:
    case Dialect::kMistral:
      break;
  }
  return base::StrCat(target.base_url, Endpoint(path));
}

std::vector<std::string> UpstreamHeaders(const TargetOptions& target) {
  if (target.dialect.dialect != Dialect::kAnthropic) return {};
  return {base::StrCat("anthropic-version: ", kAnthropicVersion)};
}

}  // namespace portcullis::router
