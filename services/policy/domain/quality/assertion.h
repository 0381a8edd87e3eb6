// What an operator asserts of every answer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/policy/domain/chain_options.h"
#include "services/policy/domain/dlp/dlp_pattern.h"
#include "services/policy/domain/quality/json_form.h"

namespace portcullis::policy {

// contains, starts-with, ends-with, equals: the value as text. regex: the value as a pattern of
// dlp_pattern.h. is-json, contains-json: no value, or a JSON schema that the JSON must fit. min-chars,
// max-chars, min-words, max-words, min-sentences, max-sentences: the value as a number. language: a code such
// as "de". Names: quality_names.h.
//
// Immutable; thread-safe.
class Assertion {
 public:
  // INVALID_ARGUMENT: the type is not known, or the value does not fit it.
  static absl::StatusOr<Assertion> Create(const QualityAssertion& options);

  bool Holds(std::string_view text) const { return Test(text) != options_.negate; }

  const std::string& name() const { return options_.name.empty() ? options_.type : options_.name; }
  double weight() const { return options_.weight; }
  bool counts() const { return options_.mode == "enforce"; }
  bool critical() const { return options_.severity == "critical"; }

 private:
  explicit Assertion(const QualityAssertion& options) : options_(options) {}

  bool Test(std::string_view text) const;
  bool TestNumber(std::string_view text) const;
  bool TestPattern(std::string_view text) const;

  QualityAssertion options_;
  size_t number_ = 0;
  std::shared_ptr<const DlpPattern> pattern_;
  std::shared_ptr<const JsonSchema> schema_;
};

}  // namespace portcullis::policy
