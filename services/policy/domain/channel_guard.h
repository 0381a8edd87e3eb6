// The guard of one channel of a streamed answer: one growing text.
//
// What may leave is the text before the oldest position at which some policy is still undecided. For every
// way to cut the text between code points the released text, joined, is the text that a whole check would
// release; where that would block, it is a prefix of it that ends at the match at the latest.
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
  ChannelGuard(const Bundle* bundle, Pseudonyms* pseudonyms, uint32_t channel, SegmentKind kind);

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
    uint32_t cursor = 0;  // folded offset up to which everything is decided
  };

  // Returns the rule that blocks, if one does; the lane's cursor is then at the start of its match.
  std::optional<uint16_t> RunLane(Lane* lane, bool last, Workspace* workspace, GuardResult* result);
  void RestoreTokens(bool last, Workspace* workspace);
  void AddMatch(const Stage& stage, const Hit& hit, GuardResult* result);
  void Release(uint32_t decided, GuardResult* result);

  uint32_t channel_;
  SegmentKind kind_;
  Pseudonyms* pseudonyms_;
  bool restores_;          // the request gave out tokens
  uint32_t restored_ = 0;  // folded offset up to which tokens are looked for
  std::variant<text::TextFolder, text::JsonFolder> folder_;
  text::FoldedText folded_;
  std::vector<Lane> lanes_;
  EditList edits_;
  uint32_t received_ = 0;
  uint32_t released_ = 0;
  size_t findings_ = 0;
};

}  // namespace portcullis::policy
