// SQL injection in values: in parameters of web addresses and arguments of tools. Whole SQL statements are no
// injection: tools are asked with them every day.
//
// A match begins at the word or sign that attacks (or, ;, union, a quote before a comment); what stands
// before it says whether it breaks out of a value.
#pragma once

#include <array>

#include "services/policy/domain/scan/matcher.h"
#include "services/policy/domain/scan/prefilter.h"
#include "services/policy/domain/sql/sql_condition.h"
#include "services/policy/domain/sql/sql_rules.h"

namespace portcullis::policy {

// Immutable.
class SqlMatcher final : public Matcher {
 public:
  explicit SqlMatcher(const std::array<bool, kSqlRules.size()>& enabled) : enabled_(enabled) {}

  MatchResult At(const Window& window, size_t position) const override;
  bool MayStart(char before, char first) const override;
  size_t NextStart(std::string_view text, size_t from, size_t until) const override;
  size_t max_length() const override { return kMaxSqlLength + 3; }

  static void AddTriggers(uint8_t lane, std::vector<Trigger>* triggers);

 private:
  std::array<bool, kSqlRules.size()> enabled_;
};

}  // namespace portcullis::policy
