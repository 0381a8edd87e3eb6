#include "services/policy/domain/channel_guard.h"

#include <algorithm>

namespace portcullis::policy {
namespace {

// Decided text is forgotten in steps of at least this size, so that most pieces move no memory.
constexpr uint32_t kTrimStep = 512;

std::variant<text::TextFolder, text::JsonFolder> MakeFolder(SegmentKind kind, const text::FoldTable* table) {
  if (kind == SegmentKind::kJson) return text::JsonFolder(table);
  return text::TextFolder(table);
}

}  // namespace

ChannelGuard::ChannelGuard(const Bundle* bundle, Pseudonyms* pseudonyms, uint32_t channel, SegmentKind kind)
    : channel_(channel),
      kind_(kind),
      pseudonyms_(pseudonyms),
      restores_(!pseudonyms->empty()),
      folder_(MakeFolder(kind, &bundle->fold())) {
  for (const Stage& stage : bundle->stages(Direction::kOutput)) {
    if (stage.match != nullptr && stage.match->Reads(kind, Role::kAssistant)) lanes_.push_back({&stage});
  }
}

std::optional<BlockReason> ChannelGuard::Feed(std::string_view text, bool last, Workspace* workspace,
                                              GuardResult* result) {
  received_ += static_cast<uint32_t>(text.size());
  if (lanes_.empty() && !restores_) {
    Release(received_, result);
    return std::nullopt;
  }
  result->scanned_bytes += text.size();
  result->required_bytes += text.size();
  std::visit([&](auto& folder) { folder.Feed(text, last, &folded_); }, folder_);
  std::optional<BlockReason> block;
  uint32_t decided = folded_.end();
  for (Lane& lane : lanes_) {
    const std::optional<uint16_t> rule = RunLane(&lane, last, workspace, result);
    if (rule.has_value() && !block.has_value())
      block = MatchBlock(*lane.stage->match, *rule, Direction::kOutput);
    decided = std::min(decided, lane.cursor);
  }
  if (restores_) {
    RestoreTokens(last, workspace);
    decided = std::min(decided, restored_);
  }
  Release(folded_.RawBegin(decided), result);
  const uint32_t needed = decided - std::min<uint32_t>(decided, kContextBytes);
  if (needed > folded_.begin() + kTrimStep) folded_.TrimTo(needed);
  return block;
}

std::optional<uint16_t> ChannelGuard::RunLane(Lane* lane, bool last, Workspace* workspace,
                                              GuardResult* result) {
  const MatchPolicy& policy = *lane->stage->match;
  std::vector<Hit>& hits = workspace->hits;
  hits.clear();
  const uint32_t base = folded_.begin();
  size_t at = lane->cursor - base;
  const Window window{folded_.bytes(), last, &workspace->steps};
  Scan(policy.matcher(), window, window.text.size(), &at, &hits);
  lane->cursor = base + static_cast<uint32_t>(at);
  for (Hit& hit : hits) {
    hit.begin += base;
    hit.end += base;
    AddMatch(*lane->stage, hit, result);
    if (policy.action() != Action::kBlock) continue;
    lane->cursor = hit.begin;
    return hit.rule;
  }
  return std::nullopt;
}

void ChannelGuard::RestoreTokens(bool last, Workspace* workspace) {
  std::vector<Hit>& hits = workspace->hits;
  hits.clear();
  const uint32_t base = folded_.begin();
  size_t at = restored_ - base;
  const Window window{folded_.bytes(), last, &workspace->steps};
  Scan(TokenMatcher(), window, window.text.size(), &at, &hits);
  restored_ = base + static_cast<uint32_t>(at);
  for (const Hit& hit : hits) {
    const std::string* original = pseudonyms_->Original(window.text.substr(hit.begin, hit.end - hit.begin));
    if (original == nullptr) continue;
    edits_.Add(folded_.RawBegin(base + hit.begin), folded_.RawEnd(base + hit.end), kRestoreStage,
               ReplacementIn(kind_, false, *original, original->size()));
  }
}

void ChannelGuard::AddMatch(const Stage& stage, const Hit& hit, GuardResult* result) {
  const MatchPolicy& policy = *stage.match;
  const uint32_t begin = folded_.RawBegin(hit.begin);
  const uint32_t end = folded_.RawEnd(hit.end);
  result->action = std::max(result->action, policy.action());
  if (findings_++ < kMaxFindings)
    result->findings.push_back(MatchFinding(policy, hit.rule, channel_, begin, end));
  if (policy.action() != Action::kRedact) return;
  const std::string_view matched = folded_.bytes().substr(hit.begin - folded_.begin(), hit.end - hit.begin);
  const bool in_number = folded_.InNumber(hit.begin);
  Replaced replaced =
      policy.Replacement(hit.rule, {matched, matched, Direction::kOutput, in_number, pseudonyms_});
  edits_.Add(begin, end, stage.lane,
             ReplacementIn(kind_, in_number, std::move(replaced.text), matched.size()));
}

void ChannelGuard::Release(uint32_t decided, GuardResult* result) {
  std::vector<Edit> edits;
  const uint32_t end = edits_.Take(decided, channel_, &edits);
  if (end <= released_) return;
  released_ = end;
  result->releases.push_back({channel_, end, std::move(edits)});
}

}  // namespace portcullis::policy
