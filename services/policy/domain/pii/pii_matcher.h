// All identifiers of pii-detector as one matcher. The rule number of a match is its Entity.
#pragma once

#include <bitset>

#include "libs/text/fold_table.h"
#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/pii/identifier_matcher.h"
#include "services/policy/domain/pii/pii_context.h"
#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

class PiiMatcher final : public Matcher {
 public:
  PiiMatcher(const std::bitset<kEntityCount>& enabled, const text::FoldTable& fold);

  MatchResult At(const Window& window, size_t position) const override;
  bool MayStart(char before, char first) const override;
  size_t NextStart(std::string_view text, size_t from, size_t until) const override;
  size_t max_length() const override;

 private:
  bool Wants(Entity entity) const { return enabled_[static_cast<size_t>(entity)]; }
  void AddAddresses(const Window& window, size_t position, BestMatch* best) const;
  void AddNumbers(const Window& window, size_t position, const IdentifierMatcher::Found& found,
                  LazyContext& context, BestMatch* best) const;

  std::bitset<kEntityCount> enabled_;
  ContextWords words_;
  IdentifierMatcher identifiers_;
};

}  // namespace portcullis::policy
