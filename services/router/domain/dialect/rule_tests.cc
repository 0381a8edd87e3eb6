#include "services/router/domain/dialect/rule_tests.h"

#include <algorithm>
#include <string>

namespace portcullis::router {

using json::Kind;
using json::Node;

bool Always(const RuleContext&, const Node* member) { return member != nullptr; }
bool Missing(const RuleContext&, const Node* member) { return member == nullptr; }
bool IsNull(const RuleContext&, const Node* member) {
  return member != nullptr && member->kind == Kind::kNull;
}
bool IsTrue(const RuleContext&, const Node* member) {
  return member != nullptr && member->kind == Kind::kTrue;
}
bool IsFalseOrNull(const RuleContext& context, const Node* member) {
  return IsNull(context, member) || (member != nullptr && member->kind == Kind::kFalse);
}

bool IsEmptyOrNull(const RuleContext& context, const Node* member) {
  if (member == nullptr) return false;
  if (member->kind == Kind::kString) return member->end - member->begin == 2;
  if (member->kind != Kind::kObject && member->kind != Kind::kArray) return IsNull(context, member);
  const auto children = context.tape.Children(*member);
  return !(children.begin() != children.end());
}

bool IsZeroOrNull(const RuleContext& context, const Node* member) {
  if (member == nullptr || member->kind != Kind::kNumber) return IsNull(context, member);
  const std::string_view raw = context.tape.Raw(*member);
  const std::string_view digits = raw.substr(0, raw.find_first_of("eE"));
  return std::none_of(digits.begin(), digits.end(), [](char c) { return c >= '1' && c <= '9'; });
}

bool IsArray(const RuleContext&, const Node* member) {
  return member != nullptr && member->kind == Kind::kArray;
}
bool IsObject(const RuleContext&, const Node* member) {
  return member != nullptr && member->kind == Kind::kObject;
}

bool IsText(const RuleContext& context, const Node* member, std::string_view text) {
  if (member == nullptr || member->kind != Kind::kString) return false;
  std::string scratch;
  return context.tape.String(*member, &scratch) == text;
}

}  // namespace portcullis::router
