// What the accuracy programs have in common: an engine with one chain that is asked directly, and lines of
// labelled data.
//
// Errors are exceptions, which RunProgram prints. Not thread-safe.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "libs/base/clock.h"
#include "services/policy/domain/engine.h"

namespace portcullis::policy {

class Checker {
 public:
  // Throws std::runtime_error if the chain does not compile.
  explicit Checker(const ChainOptions& options);

  // What is decided of texts that a user sends in one request, in their order.
  Decision Check(const std::vector<std::string>& texts);

  // The findings of one text.
  std::vector<Finding> Find(const std::string& text) { return Check({text}).findings; }

 private:
  base::SystemClock clock_;
  NullProbe probe_;
  BundleSource bundles_;
  Engine engine_;
};

// Calls `take` with each line of a file of JSON values.
void ReadLines(const std::string& path, const std::function<void(const nlohmann::json&)>& take);

// Whether a text is held back from tuning: one in `parts`, by the FNV-1a hash of `likeness`, so that texts
// that are alike are in the same part.
bool IsHeldBack(std::string_view likeness, uint32_t parts);

// Runs a program; what it throws is printed and is exit code 1.
int RunProgram(int (*program)(int, char**), int argc, char** argv);

}  // namespace portcullis::policy
