#include "services/policy/domain/outcome.h"

#include <algorithm>

#include "libs/base/strings.h"
#include "libs/json/text.h"

namespace portcullis::policy {
namespace {

bool CanBeNumber(std::string_view text) {
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && !text.empty() && text[0] != '0';
}

}  // namespace

std::string_view SideName(Direction direction) {
  return direction == Direction::kInput ? "Request" : "Response";
}

std::string_view Verb(Action action) {
  return action == Action::kEscalate ? " held for review by policy " : " blocked by policy ";
}

Finding MatchFinding(const MatchPolicy& policy, uint16_t rule, uint32_t segment, uint32_t begin,
                     uint32_t end) {
  Finding finding;
  finding.policy = policy.kind();
  finding.rule = policy.RuleName(rule);
  finding.reason = base::StrCat("the text holds ", policy.RuleReason(rule));
  if (const std::string detail = policy.RuleDetail(rule); !detail.empty())
    finding.reason += base::StrCat(" (", detail, ")");
  finding.action = policy.action();
  finding.segment = segment;
  finding.begin = begin;
  finding.end = end;
  return finding;
}

Finding WholeFinding(const MatchPolicy& policy) {
  Finding finding;
  finding.policy = policy.kind();
  finding.rule = policy.RuleName(0);
  finding.reason = base::StrCat("the request is ", policy.RuleReason(0));
  finding.action = policy.action();
  return finding;
}

void MarkExcepted(const PolicyException& exception, Finding* finding) {
  finding->action = Action::kAllow;
  finding->reason += base::StrCat("; excepted until ", exception.expires);
  if (!exception.reason.empty()) finding->reason += base::StrCat(": ", exception.reason);
}

BlockReason MatchBlock(const MatchPolicy& policy, uint16_t rule, Direction direction) {
  return {std::string(policy.kind()), std::string(policy.reason_code()),
          base::StrCat(SideName(direction), Verb(policy.action()), policy.kind(), " (", policy.RuleName(rule),
                       "): the text holds ", policy.RuleReason(rule), "."),
          policy.action()};
}

BlockReason WholeBlock(const MatchPolicy& policy, Direction direction) {
  return {std::string(policy.kind()), std::string(policy.reason_code()),
          base::StrCat(SideName(direction), Verb(policy.action()), policy.kind(), " (", policy.RuleName(0),
                       "): it is ", policy.RuleReason(0), "."),
          policy.action()};
}

Finding TimeoutFinding(const Stage& stage, const StageRun& run, uint32_t segment) {
  Finding finding;
  finding.policy = stage.kind();
  finding.rule = kTimeoutRule;
  finding.reason =
      base::StrCat("the policy did not finish within ", stage.gate->control().timeout.count(), " ms");
  finding.action = stage.gate->fail_mode() == FailMode::kBlock ? Action::kBlock : Action::kAllow;
  finding.observed = run.observed;
  finding.segment = segment;
  return finding;
}

BlockReason TimeoutBlock(const Stage& stage, Direction direction) {
  return {std::string(stage.kind()), "policy.timeout",
          base::StrCat(SideName(direction), " blocked by policy ", stage.kind(),
                       ": it could not be checked in time."),
          Action::kBlock};
}

BlockReason InjectionBlock(const InjectionPolicy& policy, uint16_t rule) {
  BlockReason block{std::string(kPromptInjection), "prompt_injection.detected", policy.options().message};
  block.action = ActionOf(policy.options().action);
  if (block.message.empty()) {
    block.message =
        base::StrCat("Request", Verb(block.action), kPromptInjection, " (",
                     InjectionPolicy::CategoryOf(policy.RuleName(rule)), "): ", policy.RuleReason(rule), ".");
  }
  return block;
}

Finding ConversationFinding(const InjectionPolicy& policy, const ConversationSign& sign, uint32_t segment) {
  Finding finding;
  finding.policy = kPromptInjection;
  finding.rule = sign.rule;
  finding.reason = base::StrCat(sign.turns, " of the user together: ", policy.RuleReason(sign.strongest));
  finding.score = sign.score;
  finding.segment = segment;
  return finding;
}

BlockReason ConversationBlock(const InjectionPolicy& policy, const ConversationSign& sign, Action action) {
  BlockReason block{std::string(kPromptInjection), "prompt_injection.detected", policy.options().message,
                    action};
  if (block.message.empty()) {
    block.message =
        base::StrCat("Request", Verb(action), kPromptInjection, " (", sign.rule, "): ", sign.turns,
                     " of the user together: ", policy.RuleReason(sign.strongest), ".");
  }
  return block;
}

std::string ReplacementIn(SegmentKind kind, bool in_number, std::string replacement, size_t matched_bytes) {
  if (kind == SegmentKind::kText) return replacement;
  if (in_number) return CanBeNumber(replacement) ? replacement : std::string(matched_bytes, '9');
  std::string escaped;
  json::AppendEscaped(replacement, &escaped);
  return escaped;
}

}  // namespace portcullis::policy
