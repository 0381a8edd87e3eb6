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
  static constexpr size_t kMinNumberDigits = 7;  // of a telephone number; others have more

  // The letters and digits from a start position on, and what follows them: most words and numbers are seen
  // to be nothing by these alone.
  struct Token {
    size_t size = 0;  // cut at the longest that matters
    bool digits = false;
    bool letters = false;
    bool lower = false;
    bool open = false;     // the text ends with it, and more may come
    bool chained = false;  // may be the first group of several
    char next = ' ';

    bool Leads(bool to_match) const { return open || to_match; }
    bool MayBeIdentifier() const {
      // Letters alone: a BIC, or a group before others, "GB 980 2806 12".
      return size > 0 && (digits || open || size == 8 || size == 11 || (!lower && size <= 6));
    }
    bool MayBeNumber() const { return !letters && (chained || size >= kMinNumberDigits); }
  };

  static Token ReadToken(const Window& window, size_t position);
  bool Wants(Entity entity) const { return enabled_[static_cast<size_t>(entity)]; }
  void AddAddresses(const Window& window, size_t position, const Token& token, BestMatch* best) const;
  void AddNumbers(const Window& window, size_t position, const IdentifierMatcher::Found& found,
                  LazyContext& context, BestMatch* best) const;

  std::bitset<kEntityCount> enabled_;
  ContextWords words_;
  IdentifierMatcher identifiers_;
};

}  // namespace portcullis::policy
