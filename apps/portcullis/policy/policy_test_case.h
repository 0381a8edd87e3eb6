// A behaviour test of a policy pack: a request, maybe a provider's answer, and what must come of them.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "apps/config/testing_settings.h"

namespace portcullis::app {

struct PolicyTestCase {
  std::string suite;  // of the configuration, or the name of the file
  std::string name;
  std::string body;                            // the request, as a JSON object with messages
  std::string response;                        // the provider's answer, as a JSON object; "" = none
  std::map<std::string, std::string> headers;  // names in lower case
  std::string tenant;
  std::map<std::string, std::string> expected;  // kExpectations -> value; those that are given must hold
};

// What can be expected: the verdict; why; the policy that decided; the last message as the model would see
// it; the answer as the client would.
inline constexpr std::string_view kExpectations[] = {"verdict", "reason_code", "policy", "content",
                                                     "response"};

// The golden tests of one file: an object {name, input: {messages, headers, request, upstream_response,
// tenant}, expected: {verdict, ...}}, or a list of them. INVALID_ARGUMENT names the file and what is wrong.
absl::StatusOr<std::vector<PolicyTestCase>> ReadGoldenFile(const std::filesystem::path& file);

// Of `testing.suites` of a configuration.
std::vector<PolicyTestCase> InlineCases(const TestingSettings& testing);

}  // namespace portcullis::app
