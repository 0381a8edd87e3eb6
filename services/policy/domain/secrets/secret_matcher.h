// All secrets as one matcher. The number of a match's rule is its place in the list of names.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "services/policy/domain/scan/matcher.h"
#include "services/policy/domain/scan/prefilter.h"
#include "services/policy/domain/secrets/secret_rules.h"

namespace portcullis::policy {

class SecretMatcher final : public Matcher {
 public:
  // `off`: names that are not looked for.
  explicit SecretMatcher(const std::vector<std::string_view>& off);

  MatchResult At(const Window& window, size_t position) const override;
  bool MayStart(char before, char first) const override;
  size_t max_length() const override;

  std::string_view NameOf(uint16_t rule) const { return names_[rule]; }
  std::string_view ReasonOf(uint16_t rule) const { return reasons_[rule]; }

  void AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const;

 private:
  struct Prefix {
    const SecretRule* rule;
    uint16_t name;
  };

  MatchResult MatchPrefix(const Prefix& prefix, const Window& window, size_t position) const;
  bool Wants(SecretShape shape) const { return shapes_[static_cast<size_t>(shape)]; }
  uint16_t NumberOf(SecretShape shape) const;
  void AddShape(SecretShape shape, MatchResult result, BestMatch* best) const;

  std::vector<std::string_view> names_;
  std::vector<std::string_view> reasons_;
  std::array<std::vector<Prefix>, 256> prefixes_;  // by first byte
  std::array<bool, kSecretShapeCount> shapes_{};
};

}  // namespace portcullis::policy
