// All identifiers of pii-detector as one matcher. The rule number of a match is its Entity.
#pragma once

#include <bitset>

#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

class PiiMatcher final : public Matcher {
 public:
  explicit PiiMatcher(const std::bitset<kEntityCount>& enabled) : enabled_(enabled) {}

  MatchResult At(const Window& window, size_t position) const override;
  bool MayStart(char before, char first) const override;
  size_t max_length() const override;

 private:
  bool Wants(Entity entity) const { return enabled_[static_cast<size_t>(entity)]; }
  void AddNumbers(const Window& window, size_t position, BestMatch* best) const;

  std::bitset<kEntityCount> enabled_;
};

}  // namespace portcullis::policy
