// The conditions of a dynamic policy: what they ask for, and whether they hold for a request.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/text/fold_table.h"
#include "services/policy/api/catalog_api.h"
#include "services/policy/domain/control/gate.h"
#include "services/policy/domain/dlp/dlp_pattern.h"

namespace portcullis::policy {

enum class ConditionField : uint8_t { kQuery, kResponse, kUser, kTenant, kRequestType };

// How the values are compared: as a whole, as a part in any case, or as patterns. One that fits is enough.
enum class ConditionTest : uint8_t { kEquals, kContains, kPattern };

struct ParsedCondition {
  ConditionField field = ConditionField::kQuery;
  ConditionTest test = ConditionTest::kEquals;
  bool negated = false;
  std::vector<std::string> values;
  std::string place;  // "conditions[1]", for errors

  // Whether it is found somewhere in a text, so that a stage can look for it.
  bool searchable() const { return !negated && test != ConditionTest::kEquals; }
};

// INVALID_ARGUMENT: the condition and what is wrong, also with a field that the gateway does not know.
absl::StatusOr<std::vector<ParsedCondition>> ParseConditions(const std::vector<CatalogCondition>& conditions);

// The values of a searchable condition as patterns. INVALID_ARGUMENT.
absl::StatusOr<std::vector<DlpPattern>> PatternsOf(const ParsedCondition& condition,
                                                   const text::FoldTable& fold);

// A pattern that finds nothing fast enough is refused: INVALID_ARGUMENT. `place` names the field.
absl::StatusOr<DlpPattern> CheapPattern(std::string_view pattern, std::string_view place,
                                        const text::FoldTable& fold);

// Conditions on what is known when a request begins; all must hold. Immutable.
class RequestConditions final : public GateTest {
 public:
  // None of them on the response.
  static absl::StatusOr<std::unique_ptr<const RequestConditions>> Create(
      std::vector<ParsedCondition> conditions, const text::FoldTable& fold);

  bool Holds(const Circumstances& now) const override;
  bool reads_query() const override { return reads_query_; }

 private:
  struct Row {
    ParsedCondition condition;
    std::vector<std::string> lowered;  // of kContains
    std::vector<DlpPattern> patterns;  // of kPattern
  };

  RequestConditions() = default;
  static bool Fits(const Row& row, std::string_view text);

  std::vector<Row> rows_;
  bool reads_query_ = false;
};

}  // namespace portcullis::policy
