// The process's environment variables, as something that can be handed in.
//
// SystemEnvironment is the only code of the suite that reads the real environment; everything else takes an
// `const Environment&`. Reading is thread-safe as long as nobody changes the environment, and nobody does.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace portcullis::config {

class Environment {
 public:
  virtual ~Environment() = default;

  // The variable's value, or nothing when it is not set. A variable set to "" is set.
  virtual std::optional<std::string> Get(std::string_view name) const = 0;
};

class SystemEnvironment final : public Environment {
 public:
  std::optional<std::string> Get(std::string_view name) const override;
};

// A fixed set of variables: for tests, and for tools that must not depend on where they run.
class MapEnvironment final : public Environment {
 public:
  MapEnvironment() = default;
  explicit MapEnvironment(std::map<std::string, std::string, std::less<>> variables)
      : variables_(std::move(variables)) {}

  std::optional<std::string> Get(std::string_view name) const override {
    auto found = variables_.find(name);
    if (found == variables_.end()) return std::nullopt;
    return found->second;
  }

 private:
  std::map<std::string, std::string, std::less<>> variables_;
};

}  // namespace portcullis::config
