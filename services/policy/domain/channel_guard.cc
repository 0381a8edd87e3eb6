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

ChannelGuard::ChannelGuard(const Bundle* bundle, StagePlan* plan, const base::Clock* clock,
                           Pseudonyms* pseudonyms, uint32_t channel, SegmentKind kind)
    : channel_(channel),
      kind_(kind),
      pseudonyms_(pseudonyms),
      restores_(!pseudonyms->empty()),
      folder_(MakeFolder(kind, &bundle->fold())),
      clock_(clock) {
  for (const Stage& stage : bundle->stages(Direction::kOutput)) {
    StageRun* run = plan->run(stage);
    if (stage.match == nullptr || !stage.match->Reads(kind, Role::kAssistant)) continue;
    if (run != nullptr && !run->on) continue;
    lanes_.push_back({&stage, run});
    if (run == nullptr || run->observed) continue;
    StreamMode mode = run->stream;
    if (mode == StreamMode::kSentence && kind == SegmentKind::kJson) mode = StreamMode::kBuffer;
    mode_ = std::max(mode_, mode);
  }
}

std::optional<BlockReason> ChannelGuard::Feed(std::string_view text, bool last, Workspace* workspace,
                                              GuardResult* result) {
  received_ += static_cast<uint32_t>(text.size());
  if (lanes_.empty() && !restores_) {
    Release(received_, result);
    return std::nullopt;
  }
  std::visit([&](auto& folder) { folder.Feed(text, last, &folded_); }, folder_);
  std::optional<BlockReason> block;
  uint32_t decided = folded_.end();  // by the policies that enforce
  uint32_t seen = folded_.end();     // by all
  bool missed = false;
  for (Lane& lane : lanes_) {
    const std::optional<uint32_t> rule = RunLane(&lane, last, workspace, result);
    if (rule.has_value()) TakeBlock(lane, *rule, &block);
    seen = std::min(seen, lane.cursor);
    if (lane.observed()) continue;
    decided = std::min(decided, lane.cursor);
    missed = missed || (lane.run != nullptr && lane.run->failed);
  }
  if (restores_) {
    RestoreTokens(last, workspace);
    decided = std::min(decided, restored_);
  }
  result->required_bytes += text.size();
  if (!missed) result->scanned_bytes += text.size();
  Release(Held(decided, last && !block.has_value()), result);
  seen = std::min(seen, decided);
  const uint32_t needed = seen - std::min<uint32_t>(seen, kContextBytes);
  if (needed > folded_.begin() + kTrimStep) folded_.TrimTo(needed);
  return block;
}

std::optional<uint32_t> ChannelGuard::RunLane(Lane* lane, bool last, Workspace* workspace,
                                              GuardResult* result) {
  if (lane->run != nullptr && lane->run->failed) {
    lane->cursor = folded_.end();
    return std::nullopt;
  }
  const MatchPolicy& policy = *lane->stage->match;
  std::vector<Hit>& hits = workspace->hits;
  hits.clear();
  const uint32_t base = folded_.begin();
  size_t at = lane->cursor - base;
  const Window window{folded_.bytes(), last, &workspace->steps};
  bool in_time = true;
  if (lane->run == nullptr) {
    Scan(policy.matcher(), window, window.text.size(), &at, &hits);
  } else {
    const StageTimer timer(lane->run, *clock_);
    in_time = ScanWithin(timer, policy.matcher(), window, window.text.size(), &at, &hits);
  }
  lane->cursor = base + static_cast<uint32_t>(at);
  for (Hit& hit : hits) {
    hit.begin += base;
    hit.end += base;
    if (!AddMatch(*lane, hit, result) || policy.action() < Action::kEscalate) continue;
    lane->cursor = hit.begin;
    return hit.rule;
  }
  if (in_time) return std::nullopt;
  return Fail(lane, result);
}

// The lane looks at nothing more.
std::optional<uint32_t> ChannelGuard::Fail(Lane* lane, GuardResult* result) {
  lane->run->failed = true;
  Finding finding = TimeoutFinding(*lane->stage, *lane->run, channel_);
  const bool block = finding.action == Action::kBlock && !finding.observed;
  Note(*lane->stage, std::move(finding), result);
  if (!block) {
    lane->cursor = folded_.end();
    return std::nullopt;
  }
  result->action = Action::kBlock;
  return kTimedOut;
}

// Of several the greatest action counts, and of equals the first of the chain.
void ChannelGuard::TakeBlock(const Lane& lane, uint32_t rule, std::optional<BlockReason>* block) {
  BlockReason reason = rule == kTimedOut
                           ? TimeoutBlock(*lane.stage, Direction::kOutput)
                           : MatchBlock(*lane.stage->match, static_cast<uint16_t>(rule), Direction::kOutput);
  if (!block->has_value() || reason.action > (*block)->action) *block = std::move(reason);
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

bool ChannelGuard::AddMatch(const Lane& lane, const Hit& hit, GuardResult* result) {
  const MatchPolicy& policy = *lane.stage->match;
  const uint32_t begin = folded_.RawBegin(hit.begin);
  const uint32_t end = folded_.RawEnd(hit.end);
  Finding finding = MatchFinding(policy, hit.rule, channel_, begin, end);
  bool counts = true;
  if (lane.run != nullptr) {
    finding.observed = lane.run->observed;
    const std::string_view matched = folded_.bytes().substr(hit.begin - folded_.begin(), hit.end - hit.begin);
    const PolicyException* exception = lane.run->ExceptionFor(finding.rule, matched);
    if (exception != nullptr) MarkExcepted(*exception, &finding);
    counts = exception == nullptr && !finding.observed;
  }
  Note(*lane.stage, std::move(finding), result);
  if (!counts) return false;
  result->action = std::max(result->action, policy.action());
  if (policy.action() == Action::kRedact) Redact(*lane.stage, hit, begin, end);
  return true;
}

void ChannelGuard::Redact(const Stage& stage, const Hit& hit, uint32_t begin, uint32_t end) {
  const std::string_view matched = folded_.bytes().substr(hit.begin - folded_.begin(), hit.end - hit.begin);
  const bool in_number = folded_.InNumber(hit.begin);
  Replaced replaced =
      stage.match->Replacement(hit.rule, {matched, matched, Direction::kOutput, in_number, pseudonyms_});
  edits_.Add(begin, end, stage.lane,
             ReplacementIn(kind_, in_number, std::move(replaced.text), matched.size()));
}

void ChannelGuard::Note(const Stage& stage, Finding finding, GuardResult* result) {
  if (quota_.Take(stage)) result->findings.push_back(std::move(finding));
}

uint32_t ChannelGuard::Held(uint32_t decided, bool complete) {
  if (mode_ == StreamMode::kExact || complete) return folded_.RawBegin(decided);
  if (mode_ == StreamMode::kBuffer) return 0;
  FindSentences(decided);
  return sentence_end_;
}

// A sentence ends after the space that follows `.`, `!` or `?`, after a line feed, and after an ideographic
// full stop, which folds to a stop of several raw bytes.
void ChannelGuard::FindSentences(uint32_t decided) {
  const std::string_view bytes = folded_.bytes();
  const uint32_t base = folded_.begin();
  uint32_t end = 0;
  for (; sentences_to_ < decided; ++sentences_to_) {
    const size_t i = sentences_to_ - base;
    const char before = i > 0 ? bytes[i - 1] : ' ';
    const bool after_stop = bytes[i] == ' ' && (before == '.' || before == '!' || before == '?');
    const bool wide_stop =
        bytes[i] == '.' && folded_.RawEnd(sentences_to_ + 1) > folded_.RawBegin(sentences_to_) + 1;
    if (after_stop || wide_stop || bytes[i] == '\n') end = sentences_to_ + 1;
  }
  if (end > 0) sentence_end_ = folded_.RawBegin(end);
}

void ChannelGuard::Release(uint32_t limit, GuardResult* result) {
  if (limit <= released_) return;
  std::vector<Edit> edits;
  const uint32_t end = edits_.Take(limit, channel_, &edits);
  if (end <= released_) return;
  released_ = end;
  result->releases.push_back({channel_, end, std::move(edits)});
}

}  // namespace portcullis::policy
