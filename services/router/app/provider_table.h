// The providers that are known by name.
//
// Source of the URLs and variables: the providers' public API references. A provider that is not here works
// with `base_url`.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::router {

struct ProviderInfo {
  std::string_view name;
  std::string_view base_url;      // with the version path, without a slash at the end; "" = must be given
  std::string_view key_variable;  // "" = needs no key
  std::string_view dialect;       // the provider_type: "mistral", "openai", "azure", ...
  bool stream_usage = true;       // takes stream_options.include_usage
};

// The provider of that name, or null.
const ProviderInfo* FindProvider(std::string_view name);

std::vector<std::string> ProviderNames();

// Providers that people know and whose wire format is not supported yet: "bedrock", "vertex", ...
bool IsForeignProvider(std::string_view name);

// `url` without a slash at the end; the bare host of a known provider ("https://api.openai.com") gains the
// path of its API.
std::string NormalizeBaseUrl(std::string_view url);

}  // namespace portcullis::router
