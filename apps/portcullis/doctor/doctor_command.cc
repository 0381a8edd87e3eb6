#include "apps/portcullis/doctor/doctor_command.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "apps/portcullis/doctor/checks.h"

namespace portcullis::doctor {
namespace {

using app::ProcessKind;
using Json = nlohmann::ordered_json;

void Add(Findings more, Findings* findings) {
  for (Finding& finding : more) findings->push_back(std::move(finding));
}

void AskProviders(const app::LoadedConfig& config, const DoctorParts& parts, Findings* findings) {
  for (const router::TargetOptions& target : config.router.targets) {
    std::vector<std::string> keys;
    for (const router::TargetKey& key : target.keys) keys.push_back(key.value);
    if (keys.empty()) keys.push_back(target.api_key);
    if (keys[0].empty() && target.api_key_required) continue;  // CheckKeys has told
    for (const std::string& key : keys) {
      const ProviderAnswer answer = parts.provider(target, key);
      Add(JudgeProvider(target, answer, parts.clock.Now()), findings);
    }
  }
}

void AskPeers(ProcessKind kind, const app::LoadedConfig& config, const DoctorParts& parts,
              Findings* findings) {
  if (parts.peer == nullptr) return;
  const bool tls = !config.tls.certificate_file.empty();
  const auto ask = [&](const char* role, const std::vector<std::string>& addresses) {
    for (const std::string& address : addresses) {
      findings->push_back(JudgePeer(role, address, parts.peer(role, address), tls));
    }
  };
  const edge::Peers& peers = config.edge.peers;
  if (kind == ProcessKind::kEdge) {
    ask("policy", peers.policy);
    ask("router", peers.router);
  }
  if (kind == ProcessKind::kEdge || kind == ProcessKind::kRouter) ask("audit", peers.audit);
}

bool Audits(const DoctorOptions& options) {
  return options.kind == ProcessKind::kGateway || options.kind == ProcessKind::kAudit;
}

// Where the audit database lies when that is not the state folder; "" = it does, or there is none here.
std::filesystem::path DatabaseFolder(const DoctorOptions& options, const app::LoadedConfig& config) {
  const bool file = config.audit.store == audit::StoreKind::kSqlite && !config.audit.database.empty();
  if (!Audits(options) || !file) return "";
  const std::filesystem::path folder =
      std::filesystem::absolute(config.audit.database).lexically_normal().parent_path();
  return folder == options.state_dir ? "" : folder;
}

std::string_view LevelName(Level level) {
  constexpr std::string_view kNames[] = {"ok", "warning", "error"};
  return kNames[static_cast<size_t>(level)];
}

size_t Count(const Findings& findings, Level level) {
  return static_cast<size_t>(std::count_if(findings.begin(), findings.end(),
                                           [level](const Finding& f) { return f.level == level; }));
}

Json ToJson(const Findings& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"check", finding.check},
                    {"subject", finding.subject},
                    {"level", LevelName(finding.level)},
                    {"message", finding.message},
                    {"fix", finding.fix}});
  }
  return {{"healthy", Count(findings, Level::kError) == 0}, {"findings", std::move(list)}};
}

void WriteText(const Findings& findings, std::ostream& out) {
  for (const Finding& finding : findings) {
    const std::string_view level = LevelName(finding.level);
    out << level << std::string(9 - level.size(), ' ') << finding.check << " " << finding.subject << ": "
        << finding.message << "\n";
    if (!finding.fix.empty()) out << "         fix: " << finding.fix << "\n";
  }
  const size_t errors = Count(findings, Level::kError);
  const size_t warnings = Count(findings, Level::kWarning);
  out << errors << (errors == 1 ? " error, " : " errors, ") << warnings
      << (warnings == 1 ? " warning, " : " warnings, ") << Count(findings, Level::kOk) << " fine\n";
}

std::vector<NamedDatabase> Databases(const DoctorOptions& options, const app::LoadedConfig& config) {
  std::vector<NamedDatabase> databases;
  if (Audits(options) && config.audit.store == audit::StoreKind::kPostgresql) {
    databases.push_back({"services.audit.postgresql", "portcullis_audit", config.audit.postgresql});
  }
  const bool decides = options.kind == ProcessKind::kGateway || options.kind == ProcessKind::kPolicy;
  const policy::CatalogSettings& catalog = config.catalog;
  if (decides && catalog.store == policy::CatalogStoreKind::kPostgresql &&
      catalog.access != policy::CatalogAccess::kOff) {
    databases.push_back({"services.policy.catalog.postgresql", "portcullis_policy", catalog.postgresql});
  }
  return databases;
}

}  // namespace

Findings Examine(const app::LoadedConfig& config, const DoctorOptions& options, const DoctorParts& parts) {
  const bool edge = options.kind == ProcessKind::kGateway || options.kind == ProcessKind::kEdge;
  const bool calls = options.kind == ProcessKind::kGateway || options.kind == ProcessKind::kRouter;
  const bool writes = options.kind != ProcessKind::kPolicy;
  Findings findings = CheckConfig(config);
  const Machine machine = parts.machine();
  Add(CheckClock(machine), &findings);
  Add(CheckLimits(machine, edge ? config.edge.limits.max_connections : 0), &findings);
  if (!config.ok()) return findings;
  if (calls) Add(CheckKeys(config), &findings);
  Add(CheckCertificate(options.kind, config, parts.clock.Now()), &findings);
  const bool spools = writes && options.kind != ProcessKind::kAudit;
  if (writes)
    Add(CheckFolder(parts.folder(options.state_dir), spools ? config.audit.spool_max_bytes : 0), &findings);
  if (const std::filesystem::path database = DatabaseFolder(options, config); !database.empty())
    Add(CheckFolder(parts.folder(database), 0), &findings);
  if (options.offline) return findings;
  if (calls) AskProviders(config, parts, &findings);
  AskPeers(options.kind, config, parts, &findings);
  if (calls && !config.router.shared_state.redis.empty())
    findings.push_back(JudgeRedis(config.router.shared_state, parts.redis(config.router.shared_state)));
  for (const NamedDatabase& database : Databases(options, config))
    findings.push_back(JudgePostgresql(database, parts.postgresql(database)));
  return findings;
}

bool WriteFindings(const Findings& findings, bool json, std::ostream& out) {
  if (json) {
    out << ToJson(findings).dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    WriteText(findings, out);
  }
  return Count(findings, Level::kError) == 0;
}

}  // namespace portcullis::doctor
