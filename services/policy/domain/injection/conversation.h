// What the turns of a user say together that none of them says alone. Three ways:
//
//   multi_turn.phrase      a phrase that begins in one turn and ends in a later one
//   multi_turn.parts       parts that get names, or are to be remembered, and are put together
//   (split_parts.h) multi_turn.escalation  signals of several turns, each too weak alone
//
// Every turn has a score as prompt-injection makes it, of its own signals (half their weight where an earlier
// turn had the same one) and of those of the first two ways. The conversation's score is
//   1 - (1 - decay * score before) * (1 - score of the turn).
//
// Linear in the text. Of earlier turns it keeps the last kSeamBytes and the parts, so its memory is bounded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/policy/domain/injection/split_parts.h"
#include "services/policy/domain/scan/matcher.h"
#include "services/policy/domain/scan/prefilter.h"

namespace portcullis::policy {

class InjectionPolicy;
struct InjectionJudgement;
struct Signal;

// So many bytes on each side of where a turn ends may belong to one phrase.
inline constexpr size_t kSeamBytes = 160;
inline constexpr size_t kMaxNamedTurns = 8;  // in a finding: the latest

// Where a text holds words without which no phrase matches, as the prefilter says: near its begin, near its
// end.
struct PhraseWords {
  bool near_begin = true;
  bool near_end = true;
};
PhraseWords PhraseWordsOf(const PrefilterResult* found, uint8_t lane, size_t text_bytes);

// An attack that shows with a turn.
struct ConversationSign {
  std::string_view rule;  // "multi_turn.phrase"
  double score = 0;
  uint16_t strongest = 0;  // rule of the policy whose signal weighs most
  std::string turns;       // "turns 1 and 3"; turns of the user count from 1
};

// Of one request. Not thread-safe; memory is kept from request to request.
class Conversation {
 public:
  void Clear();

  // Takes the next text of the user: `message` says in which message it stands ("" = in one of its own),
  // `window` is the whole text, `alone` what it shows by itself. Returns what the turns up to this one show
  // together, if that is an attack and the text alone is none.
  std::optional<ConversationSign> Add(const InjectionPolicy& policy, std::string_view message,
                                      const Window& window, const PhraseWords& words,
                                      const InjectionJudgement& alone);

 private:
  // Signals of one turn, as they add up.
  struct Turn {
    void Add(uint16_t rule, double weight);

    double harmless = 1;
    std::string_view rule = "multi_turn.escalation";
    double greatest = 0;
    uint16_t strongest = 0;
    std::vector<uint32_t> others;  // earlier turns that are part of it
  };
  struct TailText {
    size_t begin = 0;  // in tail_
    uint32_t turn = 0;
    bool phrase_words = false;
  };

  void NextTurn(double decay, std::string_view message);
  void AddOwn(const InjectionPolicy& policy, const InjectionJudgement& alone, Turn* turn);
  void AddAcrossSeam(const InjectionPolicy& policy, const Window& window, const PhraseWords& words,
                     Turn* turn) const;
  void AddJoined(const InjectionPolicy& policy, std::string_view gap, const Window& window, Turn* turn) const;
  void AddParts(const InjectionPolicy& policy, const Window& window, Turn* turn);
  void AddAssembled(const InjectionPolicy& policy, const std::vector<size_t>& order, std::string_view gap,
                    uint64_t* steps, Turn* turn) const;
  void KeepTail(std::string_view text, bool phrase_words);
  std::string NamedTurns(const Turn& turn) const;

  uint32_t turn_ = 0;
  std::string message_;
  double score_ = 0;
  std::vector<uint32_t> signalling_;                         // turns with signals, the latest kMaxNamedTurns
  std::vector<std::pair<std::string_view, uint32_t>> seen_;  // names of signals, with their first turn
  std::string tail_;                                         // of the texts so far, a space between
  std::vector<TailText> tail_texts_;
  std::vector<SplitPart> parts_;
};

}  // namespace portcullis::policy
