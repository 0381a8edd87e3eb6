#include "apps/process/reloader.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "apps/config/rule_place.h"
#include "apps/process/config_metrics.h"
#include "libs/base/strings.h"

namespace portcullis::app {
namespace {

using Json = nlohmann::ordered_json;
using Outcome = ReloadResult::Outcome;

constexpr size_t kMaxProblems = 20;

// What a reload changes. Everything else waits for a restart.
bool IsLive(std::string_view path) {
  constexpr std::array<std::string_view, 8> kLive = {"pack",
                                                     "policies",
                                                     "testing",
                                                     "gateway.block_status",
                                                     "gateway.block_stream",
                                                     "gateway.fail_mode",
                                                     "services.policy.max_text_bytes",
                                                     "services.policy.max_segments"};
  if (std::find(kLive.begin(), kLive.end(), path) != kLive.end()) return true;
  return path.starts_with("policy.") && !path.starts_with("policy.audit-logger");
}

const Json& MemberOf(const Json& object, const std::string& key) {
  static const Json kAbsent;
  const auto found = object.find(key);
  return found == object.end() ? kAbsent : *found;
}

// Takes what is live of `fresh` over into `running`, and lists what else differs.
void Merge(const Json& fresh, const std::string& path, Json* running, std::vector<std::string>* waiting) {
  std::set<std::string> keys;
  for (const Json* object : {&fresh, &std::as_const(*running)}) {
    for (const auto& [key, value] : object->items()) keys.insert(key);
  }
  for (const std::string& key : keys) {
    const std::string below = path.empty() ? key : base::StrCat(path, ".", key);
    const Json& value = MemberOf(fresh, key);
    if (value == MemberOf(*running, key)) continue;
    if (IsLive(below)) {
      (*running)[key] = value;
      if (value.is_null()) running->erase(key);
    } else if (value.is_object() && MemberOf(*running, key).is_object()) {
      Merge(value, below, &(*running)[key], waiting);
    } else {
      waiting->push_back(below);
    }
  }
}

std::vector<std::string> ProblemsOf(const LoadedConfig& config) {
  std::vector<std::string> problems;
  for (const config::Issue& issue : config.issues.all()) {
    if (issue.severity != config::Severity::kError || problems.size() == kMaxProblems) continue;
    problems.push_back(base::StrCat(issue.file, ":", issue.line, ":", issue.column, ": ", issue.message));
  }
  if (problems.empty() && !config.refusal.empty()) problems.push_back(config.refusal);
  return problems;
}

std::string Joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : "; ") + text;
  return all;
}

}  // namespace

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kApplied:
      return "applied";
    case Outcome::kUnchanged:
      return "unchanged";
    case Outcome::kRejected:
      return "rejected";
  }
  return "unknown";
}

Reloader::Reloader(const LoadedConfig& running, Parts parts, telemetry::Metrics& metrics,
                   telemetry::Logger& logger)
    : parts_(std::move(parts)),
      metrics_(metrics),
      logger_(logger),
      effective_(running.effective),
      version_(running.version),
      pack_(running.pack.name) {
  metrics_.AddGauge(kConfigInfo, {{"version", version_}, {"pack", pack_}}).Set(1);
  for (const Outcome outcome : {Outcome::kApplied, Outcome::kUnchanged, Outcome::kRejected}) {
    metrics_.AddCounter(kConfigReloads, {{"result", std::string(OutcomeName(outcome))}});
  }
}

ReloadResult Reloader::Reload(std::string_view trigger) {
  const std::lock_guard one_at_a_time(reloading_);
  ReloadResult result = Try();
  metrics_.AddCounter(kConfigReloads, {{"result", std::string(OutcomeName(result.outcome))}}).Add();
  Log(result, trigger);
  return result;
}

ReloadResult Reloader::Try() {
  LoadedConfig fresh = parts_.load();
  if (std::vector<std::string> problems = ProblemsOf(fresh); !problems.empty())
    return Reject(std::move(problems));
  Json merged = Json::parse(effective_);
  ReloadResult result;
  Merge(Json::parse(fresh.effective), "", &merged, &result.restart_needed);
  const std::string effective = merged.dump(2);
  fresh.version = result.version = VersionOf(effective);
  if (result.version != version_) {
    if (const absl::Status applied = parts_.apply(fresh); !applied.ok()) {
      AddCompileProblem(applied, &fresh);
      return Reject(ProblemsOf(fresh));
    }
    result.outcome = Outcome::kApplied;
    metrics_.AddGauge(kConfigInfo, {{"version", version_}, {"pack", pack_}}).Set(0);
    metrics_.AddGauge(kConfigInfo, {{"version", fresh.version}, {"pack", fresh.pack.name}}).Set(1);
  }
  const std::lock_guard lock(mutex_);
  effective_ = effective;
  version_ = fresh.version;
  pack_ = fresh.pack.name;
  restart_needed_ = result.restart_needed;
  return result;
}

ReloadResult Reloader::Reject(std::vector<std::string> problems) const {
  ReloadResult result;
  result.outcome = Outcome::kRejected;
  result.version = version_;
  result.problems = std::move(problems);
  result.restart_needed = restart_needed_;
  return result;
}

void Reloader::Log(const ReloadResult& result, std::string_view trigger) {
  if (result.outcome == Outcome::kRejected) {
    logger_.Error(
        "the changed configuration is refused; the one before stays in effect",
        {{"trigger", trigger}, {"config_version", result.version}, {"problems", Joined(result.problems)}});
    return;
  }
  const bool applied = result.outcome == Outcome::kApplied;
  logger_.Info(applied ? "configuration reloaded" : "configuration unchanged",
               {{"trigger", trigger}, {"config_version", result.version}});
  if (result.restart_needed.empty()) return;
  logger_.Warning("changed settings wait for a restart",
                  {{"trigger", trigger}, {"settings", Joined(result.restart_needed)}});
}

std::string Reloader::Effective() const {
  const std::lock_guard lock(mutex_);
  Json json = Json::parse(effective_);
  json["x-portcullis"] = {{"version", version_}, {"restart_needed", restart_needed_}};
  return json.dump(2);
}

}  // namespace portcullis::app
