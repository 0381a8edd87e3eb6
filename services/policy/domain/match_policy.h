// A policy of the chain whose every match stands for itself: pii-detector and safety-filter.
// (prompt-injection adds up what it finds into a score: injection/injection_policy.h.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/policy/api/policy_api.h"
#include "services/policy/domain/chain_options.h"
#include "services/policy/domain/direction.h"
#include "services/policy/domain/scan/matcher.h"
#include "services/policy/domain/scan/prefilter.h"

namespace portcullis::policy {

constexpr Action ActionOf(OnDetect on_detect) {
  switch (on_detect) {
    case OnDetect::kAllow:
      return Action::kAllow;
    case OnDetect::kRedact:
      return Action::kRedact;
    case OnDetect::kBlock:
      return Action::kBlock;
    case OnDetect::kEscalate:
      return Action::kEscalate;
  }
  return Action::kBlock;
}

class Pseudonyms;

// What a policy is asked to replace.
struct Matched {
  std::string_view folded;
  std::string_view raw;  // as the client wrote it; the folded text where that is not at hand
  Direction direction = Direction::kInput;
  bool in_number = false;            // of JSON: only digits can stand there
  Pseudonyms* pseudonyms = nullptr;  // of the exchange
};

struct Replaced {
  std::string text;
  bool is_token = false;  // the exchange knows the way back; the text may be shown
};

// Immutable, shared by all threads.
class MatchPolicy {
 public:
  virtual ~MatchPolicy() = default;

  virtual std::string_view kind() const = 0;         // as in the chain
  virtual std::string_view reason_code() const = 0;  // of a block
  virtual ApplyTo apply_to() const = 0;
  virtual Action action() const = 0;
  virtual bool Judges(Role role) const = 0;

  // Whether it examines this form of text of that role. In streams the role is the assistant's.
  virtual bool Reads(SegmentKind, Role role) const { return Judges(role); }

  virtual const Matcher& matcher() const = 0;

  // Whether no trigger can lead to its matches: then the matcher sees the whole text.
  virtual bool TriesEveryWord() const { return false; }

  // The triggers of the matcher, for lane `lane` of a prefilter.
  virtual void AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const = 0;

  virtual std::string_view RuleName(uint16_t rule) const = 0;

  // What was found, as a noun: "an e-mail address".
  virtual std::string_view RuleReason(uint16_t rule) const = 0;

  // More about the rule for the audit record, or "".
  virtual std::string RuleDetail(uint16_t) const { return {}; }

  // What stands in place of `matched`.
  virtual Replaced Replacement(uint16_t rule, const Matched& matched) const = 0;
};

// The triggers of a set of phrases are the words that its rules cannot do without.
class PhraseSet;
void AddPhraseTriggers(const PhraseSet& phrases, uint8_t lane, std::vector<Trigger>* triggers);

}  // namespace portcullis::policy
