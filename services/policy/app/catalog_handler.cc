#include "services/policy/app/catalog_handler.h"

#include <chrono>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"
#include "libs/text/folder.h"
#include "services/policy/adapters/catalog_store/postgres_catalog_store.h"
#include "services/policy/adapters/catalog_store/sqlite_catalog_store.h"
#include "services/policy/app/policy_metrics.h"
#include "services/policy/domain/catalog/catalog_conditions.h"
#include "services/policy/domain/engine.h"

namespace portcullis::policy {
namespace {

constexpr char kFileName[] = "policies.db";
constexpr size_t kIdBytes = 8;
constexpr size_t kMaxTrialInputs = 100;
constexpr size_t kMaxTrialBytes = 256 << 10;
constexpr size_t kMaxTrialTexts = 100;  // that one input may show

std::string KindName(CatalogKind kind) {
  return std::string(kind == CatalogKind::kStatic ? kStaticPolicy : kDynamicPolicy);
}

// A stored policy that does not compile: nothing starts without it.
absl::Status Uncompiled(std::string_view tenant, const absl::Status& status) {
  return absl::FailedPreconditionError(base::StrCat(
      "the policies of tenant \"", tenant, "\" in the catalogue do not compile: ", base::Message(status),
      "; start with services.policy.catalog.access: off to go without all of them"));
}

PatternTrial::Match MatchIn(const DlpPattern& pattern, const text::FoldTable& fold,
                            const std::string& input) {
  PatternTrial::Match match{input, {}};
  text::FoldedText folded;
  text::TextFolder(&fold).Feed(input, true, &folded);
  const Window window{folded.bytes(), true, nullptr};
  for (size_t at = 0; at < window.text.size() && match.texts.size() < kMaxTrialTexts;) {
    const bool may = pattern.first()[static_cast<uint8_t>(window.text[at])];
    const MatchResult result = may ? pattern.At(window, at) : MatchResult::None();
    if (result.matched()) {
      const uint32_t begin = folded.RawBegin(static_cast<uint32_t>(at));
      match.texts.push_back(
          input.substr(begin, folded.RawEnd(static_cast<uint32_t>(at) + result.length) - begin));
    }
    at += result.matched() ? result.length : 1;
  }
  return match;
}

}  // namespace

CatalogHandler::CatalogHandler(const CatalogSettings& settings, PolicyComponent& policies,
                               const base::Clock& clock, telemetry::Metrics& metrics,
                               telemetry::Logger& logger)
    : settings_(settings), policies_(policies), clock_(clock), metrics_(metrics), logger_(logger) {}

absl::StatusOr<std::unique_ptr<CatalogHandler>> CatalogHandler::Create(
    const CatalogSettings& settings, const std::filesystem::path& state_dir, PolicyComponent& policies,
    const base::Clock& clock, telemetry::Metrics& metrics, telemetry::Logger& logger) {
  std::unique_ptr<CatalogHandler> handler(new CatalogHandler(settings, policies, clock, metrics, logger));
  RETURN_IF_ERROR(handler->Open(state_dir));
  if (handler->store_ != nullptr) handler->watch_ = std::thread([raw = handler.get()] { raw->Watch(); });
  return handler;
}

CatalogHandler::~CatalogHandler() {
  {
    const std::lock_guard lock(watch_mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (watch_.joinable()) watch_.join();
}

absl::Status CatalogHandler::Open(const std::filesystem::path& state_dir) {
  ASSIGN_OR_RETURN(fold_, text::FoldTable::Build({}));
  ASSIGN_OR_RETURN(no_chain_, Bundle::Compile({}));
  for (const CatalogKind kind : {CatalogKind::kStatic, CatalogKind::kDynamic}) {
    for (const char* result : {"done", "refused", "failed"}) {
      metrics_.AddCounter(kCatalogChanges, {{"kind", KindName(kind)}, {"result", result}});
    }
  }
  const std::lock_guard lock(mutex_);
  catalog_ = std::make_unique<Catalog>(CatalogLimits{settings_.max_policies, settings_.max_tenant_policies},
                                       std::vector<CatalogPolicy>());
  if (settings_.access != CatalogAccess::kOff) {
    RETURN_IF_ERROR(OpenStore(state_dir));
    RETURN_IF_ERROR(Load());
    logger_.Info("policy catalogue",
                 {{"store", StoreName()}, {"policies", catalog_->size()}, {"tenants", rules_.size()}});
  }
  Count();
  return absl::OkStatus();
}

std::string CatalogHandler::StoreName() const {
  return settings_.store == CatalogStoreKind::kPostgresql ? "postgresql" : "sqlite";
}

absl::Status CatalogHandler::OpenStore(const std::filesystem::path& state_dir) {
  const bool read_only = settings_.access == CatalogAccess::kReadOnly;
  if (settings_.store == CatalogStoreKind::kPostgresql) {
    const pg::Connection connection = {settings_.postgresql.connection,
                                       settings_.postgresql.password.Reveal(), "portcullis-policy"};
    ASSIGN_OR_RETURN(store_, PostgresCatalogStore::Open(connection, read_only, clock_));
    return absl::OkStatus();
  }
  const std::string path = settings_.database.empty() ? (state_dir / kFileName).string() : settings_.database;
  ASSIGN_OR_RETURN(store_, SqliteCatalogStore::Open(path, read_only));
  return absl::OkStatus();
}

absl::Status CatalogHandler::Load() {
  ASSIGN_OR_RETURN(foreign_changes_, store_->ForeignChanges());
  ASSIGN_OR_RETURN(const std::vector<CatalogPolicy> stored, store_->Load());
  auto catalog =
      std::make_unique<Catalog>(CatalogLimits{settings_.max_policies, settings_.max_tenant_policies}, stored);
  CatalogRules rules;
  for (const std::string& tenant : catalog->Tenants()) {
    auto compiled = TenantRules::Compile(catalog->OfTenant(tenant), *fold_);
    if (!compiled.ok()) return Uncompiled(tenant, compiled.status());
    if (!(*compiled)->empty()) rules.emplace(tenant, *std::move(compiled));
  }
  catalog_ = std::move(catalog);
  rules_ = std::move(rules);
  policies_.SetCatalog(rules_);
  return absl::OkStatus();
}

absl::Status CatalogHandler::Refresh() {
  const std::lock_guard lock(mutex_);
  return TakeOver();
}

absl::Status CatalogHandler::TakeOver() {
  if (store_ == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(const int64_t changes, store_->ForeignChanges());
  if (changes == foreign_changes_) return absl::OkStatus();
  RETURN_IF_ERROR(Load());
  Count();
  logger_.Info("policy catalogue changed by another process", {{"policies", catalog_->size()}});
  return absl::OkStatus();
}

void CatalogHandler::Watch() {
  bool failing = false;
  std::unique_lock lock(watch_mutex_);
  while (!wake_.wait_for(lock, kWatchInterval, [this] { return stopping_; })) {
    lock.unlock();
    const absl::Status status = Refresh();
    if (!status.ok() && !failing) {
      logger_.Error("the policy catalogue cannot be read; the policies before stay in effect",
                    {{"reason", base::Message(status)}});
    }
    failing = !status.ok();
    lock.lock();
  }
}

void CatalogHandler::Count() {
  std::map<CatalogKind, double> counts = {{CatalogKind::kStatic, 0}, {CatalogKind::kDynamic, 0}};
  for (const std::string& tenant : catalog_->Tenants()) {
    for (const CatalogPolicy& policy : catalog_->OfTenant(tenant))
      counts[policy.kind] += policy.enabled ? 1 : 0;
  }
  for (const auto& [kind, count] : counts)
    metrics_.AddGauge(kCatalogPolicies, {{"kind", KindName(kind)}}).Set(count);
}

void CatalogHandler::Find(const CatalogQuery& query, Callback<std::vector<CatalogPolicy>> done) {
  std::move(done)(FindAll(query));
}

absl::StatusOr<std::vector<CatalogPolicy>> CatalogHandler::FindAll(const CatalogQuery& query) {
  std::vector<CatalogPolicy> found = policies_.SystemPolicies();
  {
    const std::lock_guard lock(mutex_);
    for (CatalogPolicy& policy : catalog_->OfTenant(query.tenant)) found.push_back(std::move(policy));
  }
  std::erase_if(found, [&](const CatalogPolicy& policy) {
    return policy.kind != query.kind || (!query.id.empty() && policy.id != query.id);
  });
  if (!query.id.empty() && found.empty()) return absl::NotFoundError("there is no policy of this id");
  return found;
}

absl::StatusOr<CatalogPolicy> CatalogHandler::FindOne(const CatalogQuery& query) {
  if (query.id.empty()) return absl::NotFoundError("there is no policy of this id");
  ASSIGN_OR_RETURN(std::vector<CatalogPolicy> found, FindAll(query));
  return std::move(found.front());
}

void CatalogHandler::Change(const CatalogChange& change, Callback<CatalogResult> done) {
  absl::StatusOr<CatalogResult> result = ChangeOne(change);
  const bool failed =
      !result.ok() && (absl::IsUnavailable(result.status()) || absl::IsDataLoss(result.status()));
  const char* word = result.ok() ? "done" : failed ? "failed" : "refused";
  metrics_.AddCounter(kCatalogChanges, {{"kind", KindName(change.kind)}, {"result", word}}).Add();
  if (result.ok()) {
    logger_.Info("policy of a tenant changed", {{"tenant", change.tenant},
                                                {"policy", result->policy.id},
                                                {"change", result->change},
                                                {"fields", result->summary},
                                                {"version", result->policy.version},
                                                {"by", change.actor}});
  }
  if (failed) return std::move(done)(StoreFailed(result.status()));
  std::move(done)(std::move(result));
}

// What the store says is for the log: it names places that are nobody's business who calls the API.
absl::Status CatalogHandler::StoreFailed(const absl::Status& status) {
  logger_.Error("the store of the policy catalogue fails", {{"reason", base::Message(status)}});
  return absl::Status(status.code(),
                      "the store of the policies fails; the log of the policy service says why");
}

absl::Status CatalogHandler::CheckWritable(const CatalogChange& change) const {
  if (change.id.starts_with("sys.")) {
    return absl::PermissionDeniedError("policies of the tier system are changed in the configuration");
  }
  if (settings_.access == CatalogAccess::kReadWrite) return absl::OkStatus();
  return absl::PermissionDeniedError("services.policy.catalog.access does not allow changes by this API");
}

absl::StatusOr<CatalogResult> CatalogHandler::ChangeOne(const CatalogChange& change) {
  RETURN_IF_ERROR(CheckWritable(change));
  const std::string id =
      base::StrCat(change.kind == CatalogKind::kStatic ? "pol_" : "dyn_", crypto::RandomHex(kIdBytes));
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.Now().time_since_epoch()).count();
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(TakeOver());  // so that names and limits are those of all
  ASSIGN_OR_RETURN(CatalogResult result, catalog_->Plan(change, id, now));
  ASSIGN_OR_RETURN(std::shared_ptr<const TenantRules> rules,
                   TenantRules::Compile(catalog_->After(result), *fold_));
  // Also when it is not enabled yet, so that switching it on cannot fail.
  CatalogPolicy alone = result.policy;
  alone.enabled = true;
  if (result.change != "deleted") RETURN_IF_ERROR(TenantRules::Compile({alone}, *fold_).status());
  RETURN_IF_ERROR(store_->Write(result));
  catalog_->Apply(result);
  rules_.erase(change.tenant);
  if (!rules->empty()) rules_.emplace(change.tenant, std::move(rules));
  policies_.SetCatalog(rules_);
  Count();
  return result;
}

void CatalogHandler::Versions(const CatalogQuery& query, Callback<std::vector<CatalogVersion>> done) {
  const absl::StatusOr<CatalogPolicy> found = FindOne(query);
  if (!found.ok()) return std::move(done)(found.status());
  if (found->tier == kSystemTier) return std::move(done)(std::vector<CatalogVersion>());
  const std::lock_guard lock(mutex_);
  absl::StatusOr<std::vector<CatalogVersion>> versions = store_->Versions(query.id, kMaxCatalogVersions);
  if (!versions.ok()) return std::move(done)(StoreFailed(versions.status()));
  std::move(done)(*std::move(versions));
}

void CatalogHandler::TryPattern(const std::string& pattern, const std::vector<std::string>& inputs,
                                Callback<PatternTrial> done) {
  size_t bytes = 0;
  for (const std::string& input : inputs) bytes += input.size();
  if (inputs.size() > kMaxTrialInputs || bytes > kMaxTrialBytes) {
    return std::move(done)(absl::ResourceExhaustedError(
        base::StrCat("inputs: at most ", kMaxTrialInputs, " with ", kMaxTrialBytes, " bytes in all")));
  }
  PatternTrial trial;
  const auto parsed = CheapPattern(pattern, "pattern", *fold_);
  if (!parsed.ok()) trial.error = base::Message(parsed.status());
  for (const std::string& input : inputs) {
    trial.matches.push_back(parsed.ok() ? MatchIn(*parsed, *fold_, input) : PatternTrial::Match{input, {}});
  }
  std::move(done)(std::move(trial));
}

void CatalogHandler::TryPolicy(const PolicyTrialInput& input, Callback<PolicyTrial> done) {
  const absl::StatusOr<CatalogPolicy> found = FindOne({CatalogKind::kDynamic, input.tenant, input.id});
  if (!found.ok()) return std::move(done)(found.status());
  if (found->tier == kSystemTier) {
    return std::move(done)(
        absl::InvalidArgumentError("policies of the tier system are tried with POST /api/request"));
  }
  if (input.query.size() + input.response.size() > kMaxTrialBytes) {
    return std::move(done)(
        absl::ResourceExhaustedError(base::StrCat("query and response: at most ", kMaxTrialBytes, " bytes")));
  }
  std::move(done)(Try(*found, input));
}

// By an engine of its own with this policy alone, whether it is enabled or not.
absl::StatusOr<PolicyTrial> CatalogHandler::Try(const CatalogPolicy& policy, const PolicyTrialInput& input) {
  CatalogPolicy enabled = policy;
  enabled.enabled = true;
  ASSIGN_OR_RETURN(std::shared_ptr<const TenantRules> rules, TenantRules::Compile({enabled}, *fold_));
  const BundleSource bundles(Bundle::WithCatalog(*no_chain_, {{policy.tenant, std::move(rules)}}));
  NullProbe probe;
  Engine engine(&bundles, &clock_, &probe);
  OpenRequest request;
  request.context.tenant = input.tenant;
  request.context.user = input.user;
  request.request_type = input.request_type;
  request.input.push_back({input.query, SegmentKind::kText, Role::kUser, "query"});
  const base::MonotonicTime begin = clock_.Monotonic();
  std::vector<Finding> findings;
  absl::Status status;
  const auto take = [&](const absl::StatusOr<Decision>& decision) {
    status = decision.status();
    if (status.ok()) findings.insert(findings.end(), decision->findings.begin(), decision->findings.end());
  };
  engine.Open(request, [&](absl::StatusOr<OpenResult> result) {
    if (!result.ok()) return take(result.status());
    take(result->decision);
    if (input.response.empty() || result->exchange == nullptr) return;
    result->exchange->CheckOutput({{input.response, SegmentKind::kText, Role::kAssistant, "response"}}, take);
  });
  RETURN_IF_ERROR(status);
  PolicyTrial trial;
  trial.micros = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.Monotonic() - begin).count());
  trial.matched = !findings.empty();
  if (trial.matched) {
    trial.blocked = findings.front().action >= Action::kEscalate;
    trial.actions = policy.actions;
  }
  trial.explanation = trial.matched ? findings.front().reason : "not all of its conditions hold";
  return trial;
}

}  // namespace portcullis::policy
