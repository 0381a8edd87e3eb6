#include "services/router/domain/dialect/body_rewriter.h"

#include <algorithm>

#include "libs/base/strings.h"
#include "services/router/domain/dialect/tool_call_id.h"

namespace portcullis::router {
namespace {

using json::Kind;
using json::Node;

// Which objects are looked into.
struct Descent {
  Scope in;
  std::string_view key;
  Scope to;
};

constexpr Descent kDescents[] = {
    {Scope::kChat, "messages", Scope::kMessage},  {Scope::kChat, "tools", Scope::kTool},
    {Scope::kMessage, "content", Scope::kPart},   {Scope::kMessage, "tool_calls", Scope::kToolCall},
    {Scope::kTool, "function", Scope::kFunction},
};

}  // namespace

std::string_view ScopeName(Scope scope) {
  constexpr std::string_view kNames[kScopes] = {
      "", "", "", "messages", "messages.content", "messages.tool_calls", "tools", "tools.function"};
  return scope == Scope::kNone ? std::string_view() : kNames[static_cast<size_t>(scope)];
}

std::string BodyRewriter::Place::Path() const {
  std::string path = parent != nullptr ? parent->Path() : std::string();
  if (!key.empty()) path += base::StrCat(path.empty() ? "" : ".", key);
  if (index >= 0) path += base::StrCat("[", index, "]");
  return path;
}

bool BodyRewriter::Rewrite(Scope scope, Refusal* refusal) {
  refusal_ = refusal;
  return Visit(scope, tape_.root(), Place(), true);
}

bool BodyRewriter::Visit(Scope scope, const Node& object, const Place& place, bool last) {
  if (object.kind != Kind::kObject) return true;
  if (!ApplyRules(scope, {tape_, object, last}, place)) return false;
  for (const Node& member : tape_.Children(object)) {
    if (!VisitMember(scope, member, place)) return false;
  }
  return true;
}

// Each member's key is compared with the fields of some fifty rules: where it stands, by its length first.
std::string_view BodyRewriter::KeyOf(const Node& member, std::string* unescaped) const {
  if (!member.key_escaped) return tape_.text().substr(member.key_begin, member.key_end - member.key_begin);
  *unescaped = tape_.Key(member);
  return *unescaped;
}

bool BodyRewriter::VisitMember(Scope scope, const Node& member, const Place& place) {
  if (member.kind != Kind::kObject && member.kind != Kind::kArray) return true;
  for (const Descent& descent : kDescents) {
    if (descent.in != scope || !tape_.KeyIs(member, descent.key)) continue;
    if (member.kind == Kind::kObject) return Visit(descent.to, member, {&place, descent.key, -1}, true);
    int index = 0;
    for (const Node& element : tape_.Children(member)) {
      const bool last = element.next == member.next;
      if (!Visit(descent.to, element, {&place, descent.key, index++}, last)) return false;
    }
  }
  return true;
}

bool BodyRewriter::ApplyRules(Scope scope, const RuleContext& context, const Place& place) {
  const std::span<const RewriteRule> rules = book_.of[static_cast<size_t>(scope)];
  if (rules.empty()) return true;
  json::ObjectEdits edits(tape_, context.object);
  std::string unescaped;
  for (const Node& member : tape_.Children(context.object)) {
    const std::string_view key = KeyOf(member, &unescaped);
    for (const RewriteRule& rule : rules) {
      if (rule.field.size() != key.size() || rule.field != key || !rule.test(context, &member)) continue;
      if (!Apply(scope, rule, context, &member, place, &edits)) return false;
      break;
    }
  }
  for (const RewriteRule& rule : rules) {
    if (rule.action != RuleAction::kInsert || tape_.Find(context.object, rule.field) != nullptr) continue;
    if (rule.test(context, nullptr)) edits.Insert(rule.field, rule.argument);
  }
  edits.AppendTo(&splices_);
  return true;
}

bool BodyRewriter::Apply(Scope scope, const RewriteRule& rule, const RuleContext& context, const Node* member,
                         const Place& place, json::ObjectEdits* edits) {
  switch (rule.action) {
    case RuleAction::kKeep:
      return true;
    case RuleAction::kRemove:
      edits->Remove(*member);
      return true;
    case RuleAction::kDrop:
      edits->Remove(*member);
      NoteDropped(scope, rule.field);
      return true;
    case RuleAction::kUnsupported:
    case RuleAction::kClamp:
    case RuleAction::kImpossible:
      return ApplyUnsupported(scope, rule, *member, place, edits);
    default:
      Transform(rule, context, *member, edits);
      return true;
  }
}

bool BodyRewriter::ApplyUnsupported(Scope scope, const RewriteRule& rule, const Node& member,
                                    const Place& place, json::ObjectEdits* edits) {
  if (mode_ == OnUnsupported::kPass) return true;
  if (mode_ == OnUnsupported::kDrop && rule.action != RuleAction::kImpossible) {
    if (rule.action == RuleAction::kClamp) {
      edits->Replace(member, rule.argument);
    } else {
      edits->Remove(member);
    }
    NoteDropped(scope, rule.field);
    return true;
  }
  const Place field{&place, rule.field, -1};
  refusal_->param = field.Path();
  refusal_->message =
      base::StrCat("`", refusal_->param, "` cannot be honoured by ", provider_, ": ", rule.reason);
  return false;
}

void BodyRewriter::Transform(const RewriteRule& rule, const RuleContext& context, const Node& member,
                             json::ObjectEdits* edits) const {
  std::string scratch;
  switch (rule.action) {
    case RuleAction::kRename:
      return edits->Rename(member, rule.argument);
    case RuleAction::kReplace:
      return edits->Replace(member, rule.argument);
    case RuleAction::kUnwrap:
      if (const Node* inner = tape_.Find(member, rule.argument)) edits->Replace(member, tape_.Raw(*inner));
      return;
    case RuleAction::kSmaller:
      return TakeSmaller(rule, context, member, edits);
    case RuleAction::kPositive:
      edits->Rename(member, rule.argument);
      if (tape_.Raw(member).starts_with('-')) edits->Replace(member, tape_.Raw(member).substr(1));
      return;
    case RuleAction::kMapToolCallId:
      return edits->Replace(member,
                            base::StrCat("\"", MistralToolCallId(tape_.String(member, &scratch)), "\""));
    default:
      return;
  }
}

void BodyRewriter::TakeSmaller(const RewriteRule& rule, const RuleContext& context, const Node& member,
                               json::ObjectEdits* edits) const {
  const Node* other = tape_.Find(context.object, rule.argument);
  const int64_t here = tape_.Integer(member);
  const int64_t there = tape_.Integer(*other);
  edits->Remove(member);
  if (here >= 0 && (there < 0 || here < there)) edits->Replace(*other, tape_.Raw(member));
}

void BodyRewriter::NoteDropped(Scope scope, std::string_view field) {
  const std::string_view name = ScopeName(scope);
  std::string path = base::StrCat(name, name.empty() ? "" : ".", field);
  if (std::find(dropped_.begin(), dropped_.end(), path) == dropped_.end())
    dropped_.push_back(std::move(path));
}

}  // namespace portcullis::router
