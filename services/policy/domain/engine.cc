#include "services/policy/domain/engine.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "libs/base/strings.h"
#include "libs/text/json_folder.h"
#include "services/policy/api/catalog_api.h"
#include "services/policy/domain/channel_guard.h"
#include "services/policy/domain/examination.h"
#include "services/policy/domain/moderation/moderated_exchange.h"
#include "services/policy/domain/quality/quality_tap.h"
#include "services/policy/domain/workspace.h"

namespace portcullis::policy {
namespace {

absl::Status TooLarge(std::string_view what, uint64_t limit) {
  return absl::ResourceExhaustedError(
      base::StrCat("the text to examine is over the limit of ", limit, " ", what));
}

absl::Status CheckLimits(const PolicyLimits& limits, const std::vector<Segment>& segments) {
  if (segments.size() > limits.max_segments) return TooLarge("segments", limits.max_segments);
  uint64_t bytes = 0;
  for (const Segment& segment : segments) bytes += segment.text.size();
  return bytes > limits.max_text_bytes ? TooLarge("bytes", limits.max_text_bytes) : absl::OkStatus();
}

// Whose policies hold for a request.
std::string_view CatalogTenantOf(const base::RequestContext& context) {
  if (!context.tenant.empty()) return context.tenant;
  return context.principal.empty() ? kNamelessTenant : std::string_view(context.principal);
}

std::string FoldedQuery(const std::vector<Segment>& segments, const text::FoldTable& table) {
  std::string query;
  for (const Segment& segment : segments) {
    text::FoldedText folded;
    if (segment.kind == SegmentKind::kJson) {
      text::JsonFolder(&table).Feed(segment.text, true, &folded);
    } else {
      text::TextFolder(&table).Feed(segment.text, true, &folded);
    }
    if (!query.empty()) query += '\n';
    query += folded.bytes();
  }
  return query;
}

Circumstances CircumstancesOf(const OpenRequest& request, const base::Clock& clock) {
  Circumstances now;
  now.tenant = request.context.tenant.empty() ? "default" : request.context.tenant;
  now.model = request.model;
  now.headers = request.headers;
  now.modalities = request.modalities;
  now.now = clock.Now();
  return now;
}

// What the conditions of the bundle look at; null if it has none.
std::unique_ptr<Circumstances> KnownOf(const Bundle& bundle, const OpenRequest& request,
                                       const base::Clock& clock) {
  const bool looks = bundle.gated(Direction::kInput) || bundle.gated(Direction::kOutput) ||
                     bundle.cost_limit() != nullptr || bundle.moderation() != nullptr ||
                     bundle.quality_gate() != nullptr;
  if (!looks) return nullptr;
  auto now = std::make_unique<Circumstances>(CircumstancesOf(request, clock));
  const TenantRules* const rules = bundle.tenant_rules();
  if (rules == nullptr) return now;
  now->catalog_tenant = CatalogTenantOf(request.context);
  now->user = request.context.user;
  now->request_type = request.request_type;
  const bool query = rules->reads_query(Direction::kInput) || rules->reads_query(Direction::kOutput);
  if (query && CheckLimits(bundle.limits(), request.input).ok())
    now->query = FoldedQuery(request.input, bundle.fold());
  return now;
}

}  // namespace

// What a worker's engine and its exchanges share.
class Engine::Shard {
 public:
  Shard(const BundleSource* bundles, const base::Clock* clock, Probe* probe)
      : bundles_(bundles), clock_(clock), probe_(probe) {}

  absl::StatusOr<std::shared_ptr<const Bundle>> CurrentBundle() {
    const std::shared_ptr<const Bundle>& bundle = bundles_.Get();
    if (bundle == bundle_) return bundle_;
    for (const Direction direction : {Direction::kInput, Direction::kOutput}) {
      if (absl::Status status = bundle->prefilter(direction).Prepare(&workspace_.scratch); !status.ok())
        return status;
    }
    prepared_.clear();
    bundle_ = bundle;
    return bundle_;
  }

  // The bundle for the requests of its tenant.
  absl::StatusOr<std::shared_ptr<const Bundle>> BundleFor(const base::RequestContext& context) {
    auto bundle = CurrentBundle();
    if (!bundle.ok() || !(*bundle)->has_tenants()) return bundle;
    const std::shared_ptr<const Bundle>* own = (*bundle)->ForTenant(CatalogTenantOf(context));
    if (own == nullptr) return bundle;
    const TenantRules* const rules = (*own)->tenant_rules();
    if (prepared_.count(rules) == 0) {
      for (const Direction direction : {Direction::kInput, Direction::kOutput}) {
        if (absl::Status status = rules->prefilter(direction).Prepare(&workspace_.scratch); !status.ok())
          return status;
      }
      prepared_.insert(rules);
    }
    return *own;
  }

  absl::StatusOr<Decision> Examine(const Bundle& bundle, Direction direction,
                                   const std::vector<Segment>& segments, const Circumstances* now,
                                   Pseudonyms* pseudonyms) {
    if (absl::Status status = CheckLimits(bundle.limits(), segments); !status.ok()) return status;
    const base::MonotonicTime begin = clock_->Monotonic();
    Examination examination(bundle, direction, StagePlan(bundle, direction, now, false), *clock_, &workspace_,
                            pseudonyms);
    for (const Segment& segment : segments) examination.Add(segment);
    Decision decision = examination.Finish(probe_);
    Measure(direction, decision.scanned_bytes, begin);
    return decision;
  }

  void Measure(Direction direction, uint64_t bytes, base::MonotonicTime begin) {
    probe_->OnScanned(direction, bytes);
    probe_->OnCheckDuration(direction, clock_->Monotonic() - begin);
  }

  Workspace& workspace() { return workspace_; }
  const base::Clock& clock() const { return *clock_; }
  Probe& probe() { return *probe_; }

  class DirectExchange;

 private:
  base::Snapshot<Bundle> bundles_;
  const base::Clock* clock_;
  Probe* probe_;
  std::shared_ptr<const Bundle> bundle_;   // for which the workspace is prepared
  std::set<const TenantRules*> prepared_;  // of bundle_, the same
  Workspace workspace_;
};

class Engine::Shard::DirectExchange final : public Exchange {
 public:
  DirectExchange(std::shared_ptr<Shard> shard, std::shared_ptr<const Bundle> bundle,
                 std::unique_ptr<Circumstances> now, std::unique_ptr<Pseudonyms> pseudonyms,
                 const std::vector<Segment>& input)
      : shard_(std::move(shard)),
        bundle_(std::move(bundle)),
        now_(std::move(now)),
        pseudonyms_(std::move(pseudonyms)) {
    if (bundle_->quality() != nullptr) quality_.emplace(bundle_->quality(), input);
  }

  void SetTarget(std::string_view target) override {
    if (now_ != nullptr) now_->target = target;
  }

  void SetCanAskAgain(bool can) override { can_ask_again_ = can; }

  void CheckOutput(std::vector<Segment> segments, DecisionCallback done) override {
    auto decision = shard_->Examine(*bundle_, Direction::kOutput, segments, now_.get(), pseudonyms_.get());
    if (decision.ok() && Scores()) JudgeQuality(segments, &*decision);
    std::move(done)(std::move(decision));
  }

  void Guard(const std::vector<Piece>& pieces, GuardCallback done) override {
    std::move(done)(GuardAll(pieces));
  }

  void Close(const ExchangeSummary&) override {}

 private:
  absl::StatusOr<GuardResult> GuardAll(const std::vector<Piece>& pieces) {
    const base::MonotonicTime begin = shard_->clock().Monotonic();
    if (channels_.empty()) plan_ = StagePlan(*bundle_, Direction::kOutput, now_.get(), true);
    const bool scores = Scores();
    GuardResult result;
    for (const Piece& piece : pieces) {
      if (block_.has_value()) break;
      ChannelGuard* channel = ChannelOf(piece);
      guarded_bytes_ += piece.text.size();
      if (channel == nullptr) return TooLarge("channels", bundle_->limits().max_segments);
      if (guarded_bytes_ > bundle_->limits().max_text_bytes)
        return TooLarge("bytes", bundle_->limits().max_text_bytes);
      const size_t findings = result.findings.size();
      held_bytes_ -= channel->held_bytes();
      block_ = channel->Feed(piece.text, piece.last, &shard_->workspace(), &result);
      held_bytes_ += channel->held_bytes();
      Report(result, findings);
      if (scores) quality_->Take(piece, &result.findings);
    }
    MergeReleases(&result.releases);
    Conclude(&result);
    shard_->Measure(Direction::kOutput, result.scanned_bytes, begin);
    return result;
  }

  // Whether quality-scorer has something to say of this answer.
  bool Scores() const {
    const Gate* gate = bundle_->quality_gate();
    return quality_.has_value() && (gate == nullptr || gate->Runs(*now_, Direction::kOutput));
  }

  void JudgeQuality(const std::vector<Segment>& answer, Decision* decision) {
    const Gate* gate = bundle_->quality_gate();
    const bool observed = gate != nullptr && gate->control().mode == PolicyMode::kObserve;
    const Action action = quality_->Judge(answer, {observed, can_ask_again_}, decision);
    if (observed) {
      shard_->probe().OnObserved(kQualityScorer, action);
    } else {
      shard_->probe().OnDecision(kQualityScorer, action);
    }
  }

  ChannelGuard* ChannelOf(const Piece& piece) {
    for (ChannelGuard& guard : channels_) {
      if (guard.channel() == piece.channel) return &guard;
    }
    if (channels_.size() >= bundle_->limits().max_segments) return nullptr;
    channels_.emplace_back(bundle_.get(), &plan_, &shard_->clock(), pseudonyms_.get(), piece.channel,
                           piece.kind);
    return &channels_.back();
  }

  // What came of a piece: the findings from `first` on.
  void Report(const GuardResult& result, size_t first) {
    Probe& probe = shard_->probe();
    for (size_t i = first; i < result.findings.size(); ++i) {
      const Finding& finding = result.findings[i];
      const bool blocked = finding.action == Action::kBlock && !finding.observed;
      if (finding.rule == kTimeoutRule) probe.OnFailure(finding.policy, blocked);
      if (finding.action == Action::kAllow) continue;
      if (finding.observed) {
        probe.OnObserved(finding.policy, finding.action);
      } else {
        probe.OnDecision(finding.policy, finding.action);
      }
    }
  }

  // Several pieces of one call may belong to one channel; the first release of a channel takes in the later
  // ones.
  static void MergeReleases(std::vector<Release>* releases) {
    size_t kept = 0;
    for (size_t i = 0; i < releases->size(); ++i) {
      Release& release = (*releases)[i];
      const auto end = releases->begin() + static_cast<std::ptrdiff_t>(kept);
      const auto same = std::find_if(releases->begin(), end,
                                     [&](const Release& r) { return r.channel == release.channel; });
      if (same == end) {
        if (kept != i) (*releases)[kept] = std::move(release);
        ++kept;
        continue;
      }
      same->end = release.end;
      std::move(release.edits.begin(), release.edits.end(), std::back_inserter(same->edits));
    }
    releases->resize(kept);
  }

  void Conclude(GuardResult* result) {
    action_ = std::max(action_, result->action);
    result->action = action_;
    result->held_bytes = held_bytes_;
    if (!block_.has_value()) return;
    result->policy = block_->policy;
    result->reason_code = block_->reason_code;
    result->message = block_->message;
  }

  std::shared_ptr<Shard> shard_;
  std::shared_ptr<const Bundle> bundle_;
  std::unique_ptr<Circumstances> now_;  // null when no policy has a gate
  std::unique_ptr<Pseudonyms> pseudonyms_;
  StagePlan plan_;  // of the stream
  std::optional<QualityTap> quality_;
  bool can_ask_again_ = false;
  std::vector<ChannelGuard> channels_;
  uint64_t guarded_bytes_ = 0;
  uint64_t held_bytes_ = 0;
  Action action_ = Action::kAllow;
  std::optional<BlockReason> block_;
};

Engine::Engine(const BundleSource* bundles, const base::Clock* clock, Probe* probe,
               ModerationPort* moderation)
    : shard_(std::make_shared<Shard>(bundles, clock, probe)), moderation_(moderation) {}

Engine::~Engine() = default;

void Engine::Open(const OpenRequest& request, OpenCallback done) {
  auto bundle = shard_->BundleFor(request.context);
  if (!bundle.ok()) return std::move(done)(bundle.status());
  auto pseudonyms = std::make_unique<Pseudonyms>();
  std::unique_ptr<Circumstances> now = KnownOf(**bundle, request, shard_->clock());
  const CostLimitPolicy* cost_limit = (*bundle)->cost_limit();
  const std::shared_ptr<const ModerationPolicy> moderation = (*bundle)->moderation();
  auto decision = shard_->Examine(**bundle, Direction::kInput, request.input, now.get(), pseudonyms.get());
  if (!decision.ok()) return std::move(done)(decision.status());
  const TenantRules* const rules = (*bundle)->tenant_rules();
  if (rules != nullptr && now != nullptr && !rules->reads_query(Direction::kOutput)) now->query = {};
  if (cost_limit != nullptr) decision->max_cost_nano_usd = cost_limit->LimitFor(*now);
  OpenResult result;
  result.decision = *std::move(decision);
  result.bundle = (*bundle)->hash();
  if (result.decision.action == Action::kBlock) return std::move(done)(std::move(result));
  const Circumstances known = moderation != nullptr ? *now : Circumstances();
  result.exchange = std::make_unique<Shard::DirectExchange>(shard_, *std::move(bundle), std::move(now),
                                                            std::move(pseudonyms), request.input);
  if (moderation == nullptr) return std::move(done)(std::move(result));
  Moderate(request, known, moderation, std::move(result), std::move(done));
}

// What patterns let pass is for the service to judge; its verdict is waited for here or before the answer.
void Engine::Moderate(const OpenRequest& request, const Circumstances& now,
                      const std::shared_ptr<const ModerationPolicy>& policy, OpenResult result,
                      OpenCallback done) {
  auto moderator = std::make_shared<Moderator>(policy, now, moderation_, shard_->clock(), shard_->probe());
  std::vector<ModerationText> texts;
  if (result.decision.action < Action::kEscalate && moderator->Runs(Direction::kInput))
    texts = moderator->TextsOf(Direction::kInput, request.input, result.decision.edits);
  const bool later = policy->options().concurrent && !request.only_input && !texts.empty();
  const auto late = later ? std::make_shared<LateVerdict>() : nullptr;
  result.exchange = std::make_unique<ModeratedExchange>(std::move(result.exchange), moderator, late);
  if (later) {
    moderator->Judge(Direction::kInput, false, std::move(texts),
                     [late](ModerationVerdict verdict) { late->Set(std::move(verdict)); });
    return std::move(done)(std::move(result));
  }
  moderator->Judge(Direction::kInput, false, std::move(texts),
                   [result = std::move(result), done = std::move(done)](ModerationVerdict verdict) mutable {
                     AddVerdict(std::move(verdict), &result.decision);
                     if (result.decision.action == Action::kBlock) result.exchange = nullptr;
                     std::move(done)(std::move(result));
                   });
}

uint64_t Engine::steps() const { return shard_->workspace().steps; }
void Engine::set_use_prefilter(bool use) { shard_->workspace().use_prefilter = use; }

}  // namespace portcullis::policy
