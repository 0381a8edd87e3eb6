#include "services/policy/domain/injection/injection_policy.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/policy/domain/injection/base64.h"
#include "services/policy/domain/injection/decodings.h"
#include "services/policy/domain/injection/injection_rules.h"
#include "services/policy/domain/match_policy.h"

namespace portcullis::policy {
namespace {

constexpr std::string_view kOperatorRule = "attack_patterns";
constexpr size_t kMaxDecodedBytes = 64 * 1024;  // of all base64 runs of one text
constexpr size_t kMinHiddenTags = 8;
constexpr uint32_t kMinHiddenInWords = 3;

bool StartsWithLiteral(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  for (size_t i = 0; i < lower.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

absl::Status CheckShares(const PromptInjectionOptions& options) {
  const auto check = [](std::string_view name, double value) {
    if (value >= 0 && value <= 1) return absl::OkStatus();
    return absl::InvalidArgumentError(
        base::StrCat("prompt-injection: ", name, " ", value, " is not between 0 and 1"));
  };
  RETURN_IF_ERROR(check("threshold", options.threshold));
  RETURN_IF_ERROR(check("tool_threshold", options.tool_threshold.value_or(0)));
  RETURN_IF_ERROR(check("multi_turn.threshold", options.multi_turn_threshold.value_or(0)));
  return check("multi_turn.decay", options.multi_turn_decay);
}

void FindAllIn(const PhraseSet& phrases, const Window& window, size_t from, size_t until,
               std::vector<Hit>* hits) {
  for (size_t at = from; at < until; ++at) {
    const char before = at == 0 ? ' ' : window.text[at - 1];
    if (phrases.MayStart(before, window.text[at])) phrases.AllAt(window, at, hits);
  }
}

}  // namespace

uint16_t InjectionPolicy::AddRule(std::string_view name, double weight) {
  names_.emplace_back(name);
  weights_.push_back(weight);
  return static_cast<uint16_t>(names_.size() - 1);
}

absl::StatusOr<std::unique_ptr<const InjectionPolicy>> InjectionPolicy::Create(
    const PromptInjectionOptions& options, std::shared_ptr<const text::FoldTable> fold) {
  RETURN_IF_ERROR(CheckShares(options));
  std::unique_ptr<InjectionPolicy> policy(new InjectionPolicy(options));
  policy->fold_ = std::move(fold);
  RETURN_IF_ERROR(policy->AddPhrases());
  RETURN_IF_ERROR(policy->AddCues());
  policy->first_literal_ = static_cast<uint16_t>(policy->names_.size());
  for (const InjectionRule& rule : DelimiterRules()) policy->AddRule(rule.name, rule.weight);
  policy->encoded_rule_ = policy->AddRule("encoding.base64", 0.6);
  policy->hex_rule_ = policy->AddRule("encoding.hex", 0.6);
  policy->rot13_rule_ = policy->AddRule("encoding.rot13", 0.7);
  policy->leet_rule_ = policy->AddRule("encoding.leet", 0.4);
  policy->comment_rule_ = policy->AddRule("encoding.html_comment", 0.5);
  policy->tags_rule_ = policy->AddRule("encoding.tag_characters", 0.85);
  policy->invisible_rule_ = policy->AddRule("encoding.invisible", 0.4);
  return policy;
}

absl::Status InjectionPolicy::AddPhrases() {
  std::vector<PhraseSet::Phrase> rules;
  for (const auto& built_in : {EnglishOverrideRules(), EnglishPersonaRules(), EnglishLeakRules(),
                               EnglishIndirectRules(), GermanInjectionRules(), RomanceInjectionRules()}) {
    for (const InjectionRule& rule : built_in) {
      ASSIGN_OR_RETURN(auto tokens, ParsePhrase(rule.pattern, InjectionWordSets()));
      rules.push_back({std::move(tokens)});
      AddRule(rule.name, rule.weight);
    }
  }
  for (size_t i = 0; i < options_.attack_patterns.size(); ++i) {
    auto tokens = LiteralPhrase(text::FoldWhole(options_.attack_patterns[i], *fold_));
    if (!tokens.ok()) {
      return absl::InvalidArgumentError(base::StrCat("prompt-injection: detection.attack_patterns[", i,
                                                     "]: ", base::Message(tokens.status())));
    }
    rules.push_back({*std::move(tokens)});
    AddRule(kOperatorRule, 1.0);
  }
  phrases_ = std::make_unique<const PhraseSet>(rules);
  return absl::OkStatus();
}

absl::Status InjectionPolicy::AddCues() {
  std::vector<PhraseSet::Phrase> rules;
  for (const InjectionRule& cue : MultiTurnCues()) {
    ASSIGN_OR_RETURN(auto tokens, ParsePhrase(cue.pattern, InjectionWordSets()));
    rules.push_back({std::move(tokens)});
    cue_weights_.push_back(cue.weight);
  }
  cues_ = std::make_unique<const PhraseSet>(rules);
  return absl::OkStatus();
}

std::string_view InjectionPolicy::RuleReason(uint16_t rule) const {
  if (names_[rule] == kOperatorRule) return "the text holds a phrase that this gateway takes for an attack";
  return InjectionReason(CategoryOf(names_[rule]));
}

void InjectionPolicy::AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const {
  AddPhraseTriggers(*phrases_, lane, triggers);
  const auto literals = DelimiterRules();
  for (size_t i = 0; i < literals.size(); ++i) {
    triggers->push_back({std::string(literals[i].pattern), true, lane, Trigger::Reach::kReport,
                         static_cast<uint32_t>(first_literal_ + i)});
  }
  if (options_.decode_rot13) {
    for (const std::string_view sign : kRot13Signs)
      triggers->push_back({std::string(sign), true, lane, Trigger::Reach::kReport, rot13_rule_});
  }
  if (options_.decode_leet) {
    for (const std::string_view sign : kLeetSigns)
      triggers->push_back({std::string(sign), false, lane, Trigger::Reach::kReport, leet_rule_});
  }
}

InjectionJudgement InjectionPolicy::Judge(const Window& window, const PrefilterResult* found, uint8_t lane,
                                          const text::HiddenText& hidden) const {
  std::vector<Hit> hits;
  if (found == nullptr) {
    FindPhrases(window, 0, window.text.size(), &hits);
  } else {
    for (const Region& region : found->regions[lane]) FindPhrases(window, region.begin, region.end, &hits);
  }
  FindLiterals(window, found, &hits);
  if (options_.decode_base64 || options_.decode_hex) FindEncoded(window, &hits);
  FindRewritten(window, found, &hits);
  if (const Hit* hit = FirstInComment(window.text, hits); hit != nullptr)
    hits.push_back({hit->begin, hit->end, comment_rule_});
  FindHidden(hidden, window.steps, &hits);
  InjectionJudgement judgement{0, SignalsOf(hits)};
  judgement.score = ScoreOf(judgement.signals);
  return judgement;
}

void InjectionPolicy::FindPhrases(const Window& window, size_t from, size_t until,
                                  std::vector<Hit>* hits) const {
  FindAllIn(*phrases_, window, from, until, hits);
}

void InjectionPolicy::FindAcross(const Window& window, size_t seam, std::vector<Hit>* hits) const {
  FindPhrases(window, 0, seam, hits);
  std::erase_if(*hits, [seam](const Hit& hit) { return hit.end <= seam; });
}

void InjectionPolicy::FindCues(const Window& window, std::vector<Hit>* hits) const {
  FindAllIn(*cues_, window, 0, window.text.size(), hits);
}

void InjectionPolicy::FindLiterals(const Window& window, const PrefilterResult* found,
                                   std::vector<Hit>* hits) const {
  const auto literals = DelimiterRules();
  for (size_t i = 0; i < literals.size(); ++i) {
    const auto rule = static_cast<uint16_t>(first_literal_ + i);
    if (found != nullptr &&
        std::find(found->reported.begin(), found->reported.end(), rule) == found->reported.end()) {
      continue;
    }
    const std::string_view literal = literals[i].pattern;
    for (size_t at = 0; at + literal.size() <= window.text.size(); ++at) {
      if (!StartsWithLiteral(window.text.substr(at), literal)) continue;
      hits->push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(at + literal.size()), rule});
      break;
    }
  }
}

void InjectionPolicy::FindEncoded(const Window& window, std::vector<Hit>* hits) const {
  size_t budget = kMaxDecodedBytes;
  Base64Run run = FindBase64Run(window.text, 0);
  for (; run.begin < run.end && budget > 0; run = FindBase64Run(window.text, run.end)) {
    const std::string_view encoded = window.text.substr(run.begin, run.end - run.begin);
    std::string decoded = options_.decode_hex ? DecodeHexText(encoded) : std::string();
    const bool hex = !decoded.empty();
    if (!hex && options_.decode_base64) decoded = DecodeBase64Text(encoded);
    if (decoded.empty()) continue;
    decoded = text::FoldWhole(decoded, *fold_).substr(0, budget);
    budget -= decoded.size();
    std::vector<Hit> inside;
    FindPhrases({decoded, true, window.steps}, 0, decoded.size(), &inside);
    if (inside.empty()) continue;
    const auto begin = static_cast<uint32_t>(run.begin);
    const auto end = static_cast<uint32_t>(run.end);
    for (const Hit& hit : inside) hits->push_back({begin, end, hit.rule});
    hits->push_back({begin, end, hex ? hex_rule_ : encoded_rule_});
  }
}

// Texts that spell words of attacks by other letters are read again as a whole.
void InjectionPolicy::FindRewritten(const Window& window, const PrefilterResult* found,
                                    std::vector<Hit>* hits) const {
  const auto reported = [&](uint16_t rule) {
    return found == nullptr ||
           std::find(found->reported.begin(), found->reported.end(), rule) != found->reported.end();
  };
  const Window part{window.text.substr(0, kMaxDecodedBytes), true, window.steps};
  if (options_.decode_rot13 && reported(rot13_rule_)) FindIn(Rot13(part.text), rot13_rule_, part, hits);
  if (options_.decode_leet && reported(leet_rule_)) FindIn(FromLeet(part.text), leet_rule_, part, hits);
}

void InjectionPolicy::FindIn(std::string_view rewritten, uint16_t rule, const Window& window,
                             std::vector<Hit>* hits) const {
  std::vector<Hit> inside;
  FindPhrases({rewritten, true, window.steps}, 0, rewritten.size(), &inside);
  for (const Hit& hit : inside) {
    // What reads the same in both spellings is no disguise.
    if (window.text.substr(hit.begin, hit.end - hit.begin) ==
        rewritten.substr(hit.begin, hit.end - hit.begin))
      continue;
    hits->push_back(hit);
    hits->push_back({hit.begin, hit.end, rule});
  }
}

void InjectionPolicy::FindHidden(const text::HiddenText& hidden, uint64_t* steps,
                                 std::vector<Hit>* hits) const {
  if (hidden.tags.size() >= kMinHiddenTags) {
    hits->push_back({0, 0, tags_rule_});
    std::vector<Hit> inside;
    FindPhrases({hidden.tags, true, steps}, 0, hidden.tags.size(), &inside);
    for (const Hit& hit : inside) hits->push_back({0, 0, hit.rule});
  }
  if (hidden.inside_words >= kMinHiddenInWords || hidden.longest_run > text::kMaxInvisibleRun) {
    hits->push_back({0, 0, invisible_rule_});
  }
}

std::vector<Signal> InjectionPolicy::SignalsOf(const std::vector<Hit>& hits) const {
  std::vector<Signal> signals;
  for (const Hit& hit : hits) {
    const auto same = std::find_if(signals.begin(), signals.end(),
                                   [&](const Signal& s) { return names_[s.rule] == names_[hit.rule]; });
    if (same == signals.end()) {
      signals.push_back({hit.rule, hit.begin, hit.end});
    } else if (weights_[hit.rule] > weights_[same->rule]) {
      *same = {hit.rule, hit.begin, hit.end};
    }
  }
  std::stable_sort(signals.begin(), signals.end(),
                   [&](const Signal& a, const Signal& b) { return weights_[a.rule] > weights_[b.rule]; });
  return signals;
}

double InjectionPolicy::ScoreOf(const std::vector<Signal>& signals) const {
  double harmless = 1;
  for (const Signal& signal : signals) harmless *= 1 - weights_[signal.rule];
  return 1 - harmless;
}

}  // namespace portcullis::policy
