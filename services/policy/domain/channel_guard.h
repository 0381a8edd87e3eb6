// The guard of one channel of a streamed answer: one growing text.
//
// What may leave is the text before the oldest position at which some policy is still undecided. For every
// way to cut the text between code points the released text, joined, is the text that a whole check would
// release; where that would block, it is a prefix of it that ends at the match at the latest. A policy may
// ask for more to be held back (StreamMode): whole sentences, or all of the text.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "libs/text/folded_text.h"
#include "libs/text/folder.h"
#include "libs/text/json_folder.h"
#include "services/policy/api/policy_api.h"
#include "services/policy/domain/bundle.h"
#include "services/policy/domain/edit_list.h"
#include "services/policy/domain/outcome.h"
#include "services/policy/domain/pii/pseudonyms.h"
#include "services/policy/domain/workspace.h"

namespace portcullis::policy {

// Not thread-safe. The bundle and the exchange's pseudonyms must outlive the guard.
class ChannelGuard {
 public:
  // `plan`: of the exchange's answer, shared by its channels; it outlives the guard, like `clock`.
  ChannelGuard(const Bundle* bundle, StagePlan* plan, const base::Clock* clock, Pseudonyms* pseudonyms,
               uint32_t channel, SegmentKind kind);

  uint32_t channel() const { return channel_; }
  uint64_t held_bytes() const { return received_ - released_; }

  // Takes the next piece. Appends to `result` what may leave and new findings, and raises its action. Returns
  // why the answer must be blocked, if it must: then nothing more may be fed.
  std::optional<BlockReason> Feed(std::string_view text, bool last, Workspace* workspace,
                                  GuardResult* result);

 private:
  // The work of one policy on this channel.
  struct Lane {
    const Stage* stage;
    StageRun* run = nullptr;  // null: it has no gate
    uint32_t cursor = 0;      // folded offset up to which everything is decided

    bool observed() const { return run != nullptr && run->observed; }
  };

  // What stands in the place of a rule when a lane's time is over.
  static constexpr uint32_t kTimedOut = UINT32_MAX;

  // Returns the rule that refuses the text, if one does; the lane's cursor is then at the start of its match.
  std::optional<uint32_t> RunLane(Lane* lane, bool last, Workspace* workspace, GuardResult* result);
  std::optional<uint32_t> Fail(Lane* lane, GuardResult* result);
  static void TakeBlock(const Lane& lane, uint32_t rule, std::optional<BlockReason>* block);
  void RestoreTokens(bool last, Workspace* workspace);
  // Returns whether the match counts: the policy enforces, and no exception covers it.
  bool AddMatch(const Lane& lane, const Hit& hit, GuardResult* result);
  void Redact(const Stage& stage, const Hit& hit, uint32_t begin, uint32_t end);
  void Note(const Stage& stage, Finding finding, GuardResult* result);
  // How far the raw text may leave when it is decided up to there.
  uint32_t Held(uint32_t decided, bool complete);
  void FindSentences(uint32_t decided);
  void Release(uint32_t limit, GuardResult* result);

  uint32_t channel_;
  SegmentKind kind_;
  Pseudonyms* pseudonyms_;
  bool restores_;          // the request gave out tokens
  uint32_t restored_ = 0;  // folded offset up to which tokens are looked for
  std::variant<text::TextFolder, text::JsonFolder> folder_;
  text::FoldedText folded_;
  const base::Clock* clock_;
  std::vector<Lane> lanes_;
  StreamMode mode_ = StreamMode::kExact;  // the strictest of the lanes
  uint32_t sentences_to_ = 0;             // kSentence: folded offset up to which ends are looked for
  uint32_t sentence_end_ = 0;             // raw offset after the last one
  EditList edits_;
  uint32_t received_ = 0;
  uint32_t released_ = 0;
  FindingQuota quota_;
};

}  // namespace portcullis::policy
