// `portcullis policy test`: do the policies of a pack do what its tests say?
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "libs/base/clock.h"
#include "libs/config/environment.h"

namespace portcullis::app {

inline constexpr int kTestsPassed = 0;
inline constexpr int kTestsFailed = 1;
inline constexpr int kTestsUnusable = 2;  // the configuration or a test cannot be read, or there is none

struct PolicyTestOptions {
  std::filesystem::path pack_dir = ".";  // policy-config.yaml and tests/*.json
  bool json = false;
  std::string junit;  // a file to write JUnit XML to; "" = none
};

// Runs tests/*.json, in the order of their names, and `testing.suites` of the configuration.
int RunPolicyTests(const PolicyTestOptions& options, const config::Environment& environment,
                   const base::Clock& clock, std::ostream& out, std::ostream& err);

}  // namespace portcullis::app
