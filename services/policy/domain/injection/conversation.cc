#include "services/policy/domain/injection/conversation.h"

#include <algorithm>

#include "libs/base/strings.h"
#include "services/policy/domain/injection/injection_policy.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

constexpr size_t kMaxCueBytes = 4096;  // of a turn, where it may ask to put parts together
constexpr double kRepeated = 0.5;      // of its weight counts when an earlier turn had the signal

// The part of a text that may complete what an earlier turn began, cut between words.
std::string_view Head(std::string_view text) {
  if (text.size() <= kSeamBytes) return text;
  size_t end = kSeamBytes;
  while (end > 0 && IsWordByte(text[end - 1])) --end;
  return text.substr(0, end);
}

std::string TurnsText(const std::vector<uint32_t>& turns) {
  std::string out = turns.size() == 1 ? "turn " : "turns ";
  for (size_t i = 0; i < turns.size(); ++i) {
    if (i > 0) out += i + 1 == turns.size() ? " and " : ", ";
    out += std::to_string(turns[i]);
  }
  return out;
}

}  // namespace

PhraseWords PhraseWordsOf(const PrefilterResult* found, uint8_t lane, size_t text_bytes) {
  if (found == nullptr) return {};
  const std::vector<Region>& regions = found->regions[lane];
  if (regions.empty()) return {false, false};
  return {regions.front().begin == 0, regions.back().end + kSeamBytes > text_bytes};
}

void Conversation::Clear() {
  turn_ = 0;
  message_.clear();
  score_ = 0;
  signalling_.clear();
  seen_.clear();
  tail_.clear();
  tail_texts_.clear();
  parts_.clear();
}

std::optional<ConversationSign> Conversation::Add(const InjectionPolicy& policy, std::string_view message,
                                                  const Window& window, const PhraseWords& words,
                                                  const InjectionJudgement& alone) {
  NextTurn(policy.options().multi_turn_decay, message);
  Turn turn;
  AddOwn(policy, alone, &turn);
  AddAcrossSeam(policy, window, words, &turn);
  AddParts(policy, window, &turn);
  KeepTail(window.text, words.near_end);
  if (turn.harmless == 1) return std::nullopt;
  score_ = 1 - (1 - score_) * turn.harmless;
  if (signalling_.empty() || signalling_.back() != turn_) signalling_.push_back(turn_);
  if (signalling_.size() > kMaxNamedTurns) signalling_.erase(signalling_.begin());
  const double threshold = policy.options().multi_turn_threshold.value_or(policy.options().threshold);
  const bool together = signalling_.size() > 1 || !turn.others.empty();
  if (!together || score_ < threshold || alone.score >= policy.ThresholdFor(Role::kUser)) return std::nullopt;
  return ConversationSign{turn.rule, score_, turn.strongest, NamedTurns(turn)};
}

void Conversation::NextTurn(double decay, std::string_view message) {
  if (turn_ > 0 && !message.empty() && message == message_) return;
  ++turn_;
  message_ = message;
  score_ *= decay;
}

void Conversation::Turn::Add(uint16_t rule, double weight) {
  harmless *= 1 - weight;
  if (weight <= greatest) return;
  greatest = weight;
  strongest = rule;
}

void Conversation::AddOwn(const InjectionPolicy& policy, const InjectionJudgement& alone, Turn* turn) {
  for (const Signal& signal : alone.signals) {
    const std::string_view name = policy.RuleName(signal.rule);
    auto seen = std::find_if(seen_.begin(), seen_.end(), [&](const auto& one) { return one.first == name; });
    if (seen == seen_.end()) seen = seen_.insert(seen_.end(), {name, turn_});
    const double share = seen->second < turn_ ? kRepeated : 1;
    turn->Add(signal.rule, share * policy.RuleWeight(signal.rule));
  }
}

// Turns are read one after the other; a word may be cut between them.
void Conversation::AddAcrossSeam(const InjectionPolicy& policy, const Window& window,
                                 const PhraseWords& words, Turn* turn) const {
  if (tail_.empty() || window.text.empty()) return;
  const bool possible =
      words.near_begin || std::any_of(tail_texts_.begin(), tail_texts_.end(),
                                      [](const TailText& text) { return text.phrase_words; });
  if (possible) AddJoined(policy, " ", window, turn);
  const bool cut = IsLetter(tail_.back()) && window.text[0] >= 'a' && window.text[0] <= 'z';
  if (cut && turn->others.empty()) AddJoined(policy, "", window, turn);
}

void Conversation::AddJoined(const InjectionPolicy& policy, std::string_view gap, const Window& window,
                             Turn* turn) const {
  const std::string joined = base::StrCat(tail_, gap, Head(window.text));
  std::vector<Hit> hits;
  policy.FindAcross({joined, true, window.steps}, tail_.size(), &hits);
  for (const Signal& signal : policy.SignalsOf(hits)) {
    turn->Add(signal.rule, policy.RuleWeight(signal.rule));
    turn->rule = "multi_turn.phrase";
    for (const TailText& text : tail_texts_) {
      const bool last = &text == &tail_texts_.back();
      if (last || (&text)[1].begin > signal.begin) turn->others.push_back(text.turn);
    }
  }
}

void Conversation::AddParts(const InjectionPolicy& policy, const Window& window, Turn* turn) {
  CollectParts(window.text, turn_, window.steps, &parts_);
  if (parts_.empty() && score_ == 0) return;
  std::vector<Hit> cues;
  policy.FindCues({window.text.substr(0, kMaxCueBytes), true, window.steps}, &cues);
  const auto recalls = std::find_if(cues.begin(), cues.end(),
                                    [&](const Hit& hit) { return policy.CueWeight(hit.rule) > kRepeated; });
  if (recalls != cues.end() && score_ > 0) turn->harmless *= 1 - policy.CueWeight(recalls->rule);
  if (parts_.size() < 2) return;
  std::vector<std::vector<size_t>> orders = NamedTogether(window.text, parts_, window.steps);
  if (!cues.empty()) {
    std::vector<size_t>& all = orders.emplace_back();
    for (size_t i = 0; i < parts_.size(); ++i) all.push_back(i);
  }
  for (const std::vector<size_t>& order : orders) {
    AddAssembled(policy, order, " ", window.steps, turn);
    AddAssembled(policy, order, "", window.steps, turn);
  }
}

// What shows across the ends of parts shows in none of them.
void Conversation::AddAssembled(const InjectionPolicy& policy, const std::vector<size_t>& order,
                                std::string_view gap, uint64_t* steps, Turn* turn) const {
  if (turn->rule == "multi_turn.parts") return;
  std::string joined;
  std::vector<size_t> seams;
  for (const size_t part : order) {
    joined += base::StrCat(joined.empty() ? "" : gap, parts_[part].value);
    seams.push_back(joined.size());
  }
  for (const Signal& signal : policy.Judge({joined, true, steps}, nullptr, 0, {}).signals) {
    const bool across = std::any_of(seams.begin(), seams.end(),
                                    [&](size_t seam) { return signal.begin < seam && signal.end > seam; });
    if (!across) continue;
    turn->Add(signal.rule, policy.RuleWeight(signal.rule));
    turn->rule = "multi_turn.parts";
    for (const size_t part : order) turn->others.push_back(parts_[part].turn);
  }
}

void Conversation::KeepTail(std::string_view text, bool phrase_words) {
  if (!tail_.empty()) tail_ += ' ';
  tail_texts_.push_back({tail_.size(), turn_, phrase_words});
  size_t begin = text.size() - std::min(text.size(), kSeamBytes);
  while (begin > 0 && begin < text.size() && IsWordByte(text[begin])) ++begin;
  tail_ += text.substr(begin);
  if (tail_.size() <= kSeamBytes) return;
  size_t cut = tail_.size() - kSeamBytes;
  while (cut < tail_.size() && IsWordByte(tail_[cut])) ++cut;
  tail_.erase(0, cut);
  std::vector<TailText> kept;
  for (size_t i = 0; i < tail_texts_.size(); ++i) {
    const bool ends_before = i + 1 < tail_texts_.size() && tail_texts_[i + 1].begin <= cut;
    if (!ends_before)
      kept.push_back({tail_texts_[i].begin - std::min(tail_texts_[i].begin, cut), tail_texts_[i].turn,
                      tail_texts_[i].phrase_words});
  }
  tail_texts_ = std::move(kept);
}

std::string Conversation::NamedTurns(const Turn& turn) const {
  std::vector<uint32_t> turns = turn.others.empty() ? signalling_ : turn.others;
  turns.push_back(turn_);
  std::sort(turns.begin(), turns.end());
  turns.erase(std::unique(turns.begin(), turns.end()), turns.end());
  if (turns.size() > kMaxNamedTurns) turns.erase(turns.begin(), turns.end() - kMaxNamedTurns);
  return TurnsText(turns);
}

}  // namespace portcullis::policy
