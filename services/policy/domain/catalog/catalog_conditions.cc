#include "services/policy/domain/catalog/catalog_conditions.h"

#include <algorithm>
#include <optional>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/json/tape.h"
#include "libs/text/folder.h"
#include "services/policy/domain/catalog/catalog_policy.h"

namespace portcullis::policy {
namespace {

// Bounds of the time that one start of a pattern may take: every byte of a text may be one.
constexpr size_t kMaxWork = 8'192;      // positions times greatest length
constexpr size_t kMaxFirstBytes = 128;  // bytes that a match may begin with

struct FieldName {
  std::string_view name;
  ConditionField field;
};
constexpr FieldName kFields[] = {{"query", ConditionField::kQuery},
                                 {"response", ConditionField::kResponse},
                                 {"user.email", ConditionField::kUser},
                                 {"user.tenant_id", ConditionField::kTenant},
                                 {"request_type", ConditionField::kRequestType}};
constexpr std::string_view kNotKnown[] = {"user.role", "user.department", "risk_score", "connector",
                                          "cost_estimate"};

struct OperatorName {
  std::string_view name;
  ConditionTest test;
  bool negated;
  bool many;
};
constexpr OperatorName kOperators[] = {{"equals", ConditionTest::kEquals, false, false},
                                       {"not_equals", ConditionTest::kEquals, true, false},
                                       {"contains", ConditionTest::kContains, false, false},
                                       {"not_contains", ConditionTest::kContains, true, false},
                                       {"contains_any", ConditionTest::kContains, false, true},
                                       {"regex", ConditionTest::kPattern, false, false},
                                       {"in", ConditionTest::kEquals, false, true},
                                       {"not_in", ConditionTest::kEquals, true, true}};

absl::Status Wrong(std::string_view place, std::string_view what) {
  return absl::InvalidArgumentError(base::StrCat(place, ": ", what));
}

absl::StatusOr<ConditionField> FieldOf(std::string_view name, std::string_view place) {
  for (const FieldName& row : kFields) {
    if (row.name == name) return row.field;
  }
  const std::string field = base::StrCat(place, ".field");
  if (std::find(std::begin(kNotKnown), std::end(kNotKnown), name) != std::end(kNotKnown)) {
    return Wrong(field, base::StrCat("this gateway does not know ", name,
                                     " of a request, so that the condition could never be decided"));
  }
  return Wrong(field, "must be query, response, user.email, user.tenant_id or request_type");
}

absl::StatusOr<OperatorName> OperatorOf(std::string_view name, std::string_view place) {
  for (const OperatorName& row : kOperators) {
    if (row.name == name) return row;
  }
  const std::string field = base::StrCat(place, ".operator");
  if (name == "greater_than" || name == "less_than") {
    return Wrong(field, base::StrCat(name, " compares numbers, and no field that this gateway knows is one"));
  }
  return Wrong(field,
               "must be equals, not_equals, contains, not_contains, contains_any, regex, in or not_in");
}

std::optional<std::string> Scalar(const json::Tape& tape, const json::Node& node) {
  std::string scratch;
  switch (node.kind) {
    case json::Kind::kString:
      return std::string(tape.String(node, &scratch));
    case json::Kind::kNumber:
    case json::Kind::kTrue:
    case json::Kind::kFalse:
      return std::string(tape.Raw(node));
    default:
      return std::nullopt;
  }
}

absl::StatusOr<std::vector<std::string>> ValuesOf(const CatalogCondition& condition, bool many,
                                                  std::string_view place) {
  const std::string field = base::StrCat(place, ".value");
  json::Tape tape;
  if (!tape.Parse(condition.value, {.max_depth = 4}).ok()) return Wrong(field, "is required");
  std::vector<std::string> values;
  if (!many) {
    std::optional<std::string> value = Scalar(tape, tape.root());
    if (!value) return Wrong(field, "must be a text, a number, true or false");
    values.push_back(*std::move(value));
  } else if (tape.root().kind == json::Kind::kArray) {
    for (const json::Node& item : tape.Children(tape.root())) {
      std::optional<std::string> value = Scalar(tape, item);
      if (!value) return Wrong(field, "must be an array of texts");
      values.push_back(*std::move(value));
    }
  }
  if (values.empty()) return Wrong(field, "must be an array that is not empty");
  if (values.size() > kMaxCatalogValues)
    return Wrong(field, base::StrCat("has more than ", kMaxCatalogValues, " items"));
  return values;
}

// The text as a pattern that means itself, in any case.
std::string Escaped(std::string_view text) {
  std::string out = "(?i)";
  for (const char c : text) {
    constexpr std::string_view kSigns = "\\.[](){}|?*+^$";
    if (kSigns.find(c) != kSigns.npos) out += '\\';
    out += c;
  }
  return out;
}

std::string Lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

bool Finds(const DlpPattern& pattern, std::string_view text) {
  const Window window{text, true, nullptr};
  for (size_t at = 0; at < text.size(); ++at) {
    if (pattern.first()[static_cast<uint8_t>(text[at])] && pattern.At(window, at).matched()) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::vector<ParsedCondition>> ParseConditions(
    const std::vector<CatalogCondition>& conditions) {
  std::vector<ParsedCondition> parsed;
  bool response = false;
  for (size_t i = 0; i < conditions.size(); ++i) {
    ParsedCondition& one = parsed.emplace_back();
    one.place = base::StrCat("conditions[", i, "]");
    ASSIGN_OR_RETURN(one.field, FieldOf(conditions[i].field, one.place));
    ASSIGN_OR_RETURN(const OperatorName op, OperatorOf(conditions[i].op, one.place));
    one.test = op.test;
    one.negated = op.negated;
    ASSIGN_OR_RETURN(one.values, ValuesOf(conditions[i], op.many, one.place));
    if (one.field != ConditionField::kResponse) continue;
    if (!one.searchable()) {
      return Wrong(base::StrCat(one.place, ".operator"),
                   "of a response only contains, contains_any and regex can be decided while it streams");
    }
    if (std::exchange(response, true)) {
      return Wrong(one.place, "a second condition on the response cannot be decided while it streams");
    }
  }
  return parsed;
}

absl::StatusOr<DlpPattern> CheapPattern(std::string_view pattern, std::string_view place,
                                        const text::FoldTable& fold) {
  auto parsed = DlpPattern::Parse(text::FoldWhole(pattern, fold));
  if (!parsed.ok()) {
    return Wrong(place,
                 base::StrCat("is no pattern that runs in linear time: ", base::Message(parsed.status())));
  }
  if (parsed->first().count() > kMaxFirstBytes) {
    return Wrong(place, "can begin with almost any character; let it begin with what is looked for");
  }
  if (parsed->positions() * parsed->max_length() > kMaxWork) {
    return Wrong(place,
                 base::StrCat("is too costly: its ", parsed->positions(), " characters times the ",
                              parsed->max_length(), " that a match may have are more than ", kMaxWork));
  }
  return parsed;
}

absl::StatusOr<std::vector<DlpPattern>> PatternsOf(const ParsedCondition& condition,
                                                   const text::FoldTable& fold) {
  std::vector<DlpPattern> patterns;
  for (const std::string& value : condition.values) {
    const bool literal = condition.test == ConditionTest::kContains;
    ASSIGN_OR_RETURN(DlpPattern pattern, CheapPattern(literal ? Escaped(value) : value,
                                                      base::StrCat(condition.place, ".value"), fold));
    patterns.push_back(std::move(pattern));
  }
  return patterns;
}

absl::StatusOr<std::unique_ptr<const RequestConditions>> RequestConditions::Create(
    std::vector<ParsedCondition> conditions, const text::FoldTable& fold) {
  std::unique_ptr<RequestConditions> all(new RequestConditions());
  for (ParsedCondition& condition : conditions) {
    Row& row = all->rows_.emplace_back();
    row.condition = std::move(condition);
    const bool query = row.condition.field == ConditionField::kQuery;
    all->reads_query_ = all->reads_query_ || query;
    if (row.condition.test == ConditionTest::kPattern) {
      ASSIGN_OR_RETURN(row.patterns, PatternsOf(row.condition, fold));
      continue;
    }
    for (std::string& value : row.condition.values) {
      if (query) value = text::FoldWhole(value, fold);
      if (row.condition.test == ConditionTest::kContains) row.lowered.push_back(Lowered(value));
    }
  }
  return all;
}

bool RequestConditions::Fits(const Row& row, std::string_view text) {
  switch (row.condition.test) {
    case ConditionTest::kEquals:
      return std::find(row.condition.values.begin(), row.condition.values.end(), text) !=
             row.condition.values.end();
    case ConditionTest::kContains: {
      const std::string lowered = Lowered(text);
      return std::any_of(row.lowered.begin(), row.lowered.end(),
                         [&](const std::string& value) { return lowered.find(value) != lowered.npos; });
    }
    case ConditionTest::kPattern:
      return std::any_of(row.patterns.begin(), row.patterns.end(),
                         [&](const DlpPattern& pattern) { return Finds(pattern, text); });
  }
  return false;
}

bool RequestConditions::Holds(const Circumstances& now) const {
  return std::all_of(rows_.begin(), rows_.end(), [&](const Row& row) {
    switch (row.condition.field) {
      case ConditionField::kQuery:
        return Fits(row, now.query) != row.condition.negated;
      case ConditionField::kUser:
        return Fits(row, now.user) != row.condition.negated;
      case ConditionField::kTenant:
        return Fits(row, now.catalog_tenant) != row.condition.negated;
      case ConditionField::kRequestType:
        return Fits(row, now.request_type) != row.condition.negated;
      case ConditionField::kResponse:
        return false;
    }
    return false;
  });
}

}  // namespace portcullis::policy
