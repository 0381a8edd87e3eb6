// Tests for the tables of rewrite rules.
#pragma once

#include "services/router/domain/dialect/rewrite_rules.h"

namespace portcullis::router {

bool Always(const RuleContext& context, const json::Node* member);  // it is there
bool Missing(const RuleContext& context, const json::Node* member);
bool IsNull(const RuleContext& context, const json::Node* member);
bool IsTrue(const RuleContext& context, const json::Node* member);
bool IsFalseOrNull(const RuleContext& context, const json::Node* member);
bool IsEmptyOrNull(const RuleContext& context, const json::Node* member);  // {}, [], "", null
bool IsZeroOrNull(const RuleContext& context, const json::Node* member);   // 0, 0.0, null
bool IsArray(const RuleContext& context, const json::Node* member);
bool IsObject(const RuleContext& context, const json::Node* member);

// Strings, by their text.
bool IsText(const RuleContext& context, const json::Node* member, std::string_view text);

template <const auto& kText>
bool Is(const RuleContext& context, const json::Node* member) {
  return IsText(context, member, kText);
}

template <const auto& kText>
bool IsNot(const RuleContext& context, const json::Node* member) {
  return member != nullptr && !IsText(context, member, kText);
}

}  // namespace portcullis::router
