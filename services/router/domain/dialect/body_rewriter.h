// Applies a book of rewrite rules to a request.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/json/splice.h"
#include "libs/json/tape.h"
#include "services/router/domain/dialect/dialect.h"
#include "services/router/domain/dialect/rewrite_rules.h"

namespace portcullis::router {

// For one body. What it does not know passes: objects of unexpected types too, which the provider judges.
class BodyRewriter {
 public:
  // `provider` is named in refusals. Everything is borrowed.
  BodyRewriter(const json::Tape& tape, const RuleBook& book, OnUnsupported mode, std::string_view provider)
      : tape_(tape), book_(book), mode_(mode), provider_(provider) {}

  // Examines the body, an object, and everything in it. False when refused.
  bool Rewrite(Scope scope, Refusal* refusal);

  std::vector<json::Splice>& splices() { return splices_; }
  std::vector<std::string>& dropped() { return dropped_; }

 private:
  // Where an object stands; the parents are on the stack.
  struct Place {
    const Place* parent = nullptr;
    std::string_view key;
    int index = -1;
    std::string Path() const;
  };

  std::string_view KeyOf(const json::Node& member, std::string* unescaped) const;
  bool Visit(Scope scope, const json::Node& object, const Place& place, bool last);
  bool VisitMember(Scope scope, const json::Node& member, const Place& place);
  bool ApplyRules(Scope scope, const RuleContext& context, const Place& place);
  bool Apply(Scope scope, const RewriteRule& rule, const RuleContext& context, const json::Node* member,
             const Place& place, json::ObjectEdits* edits);
  bool ApplyUnsupported(Scope scope, const RewriteRule& rule, const json::Node& member, const Place& place,
                        json::ObjectEdits* edits);
  void Transform(const RewriteRule& rule, const RuleContext& context, const json::Node& member,
                 json::ObjectEdits* edits) const;
  void TakeSmaller(const RewriteRule& rule, const RuleContext& context, const json::Node& member,
                   json::ObjectEdits* edits) const;
  void NoteDropped(Scope scope, std::string_view field);

  const json::Tape& tape_;
  const RuleBook& book_;
  const OnUnsupported mode_;
  const std::string_view provider_;
  Refusal* refusal_ = nullptr;
  std::vector<json::Splice> splices_;
  std::vector<std::string> dropped_;
};

}  // namespace portcullis::router
