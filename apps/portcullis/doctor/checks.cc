#include "apps/portcullis/doctor/checks.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

#include "apps/process/security.h"
#include "libs/base/strings.h"
#include "libs/config/codes.h"
#include "libs/tls/identity_files.h"

namespace portcullis::doctor {
namespace {

std::string Mebibytes(uint64_t bytes) { return base::StrCat(bytes >> 20, " MiB"); }

std::string Seconds(double seconds) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

// What a process of this kind must be called in its certificate; "" for all in one, which has no peers.
std::string_view RoleOf(app::ProcessKind kind) {
  switch (kind) {
    case app::ProcessKind::kGateway:
      return "";
    case app::ProcessKind::kEdge:
      return "edge";
    case app::ProcessKind::kPolicy:
      return "policy";
    case app::ProcessKind::kRouter:
      return "router";
    case app::ProcessKind::kAudit:
      return "audit";
  }
  return "";
}

std::string Joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

Finding Ends(const char* what, const std::string& file, base::SystemTime expires, base::SystemTime now) {
  const std::string until = base::StrCat(what, " is valid until ", tls::TimeText(expires));
  if (expires - now > kCertificateWarning) return {"certificate", file, Level::kOk, until, ""};
  return {"certificate", file, Level::kWarning, until,
          "renew it now: put the new file in its place, no restart is needed (docs/tls.md)"};
}

}  // namespace

Findings CheckConfig(const app::LoadedConfig& config) {
  Findings findings;
  for (const config::Issue& issue : config.issues.all()) {
    if (issue.severity == config::Severity::kNote || issue.code == config::code::kMissingKey)
      continue;  // keys: see CheckKeys
    findings.push_back(
        {"config", issue.line > 0 ? base::StrCat(issue.file, ":", issue.line, ":", issue.column) : issue.file,
         issue.severity == config::Severity::kError ? Level::kError : Level::kWarning, issue.message,
         issue.suggestion.empty() ? "see `portcullis policy lint` and docs/config.md" : issue.suggestion});
  }
  if (!config.refusal.empty()) {
    findings.push_back(
        {"config", config.file, Level::kError, config.refusal, "change that, or take another file"});
  }
  if (findings.empty()) {
    findings.push_back(
        {"config", config.file, Level::kOk, base::StrCat("valid, version ", config.version), ""});
  }
  return findings;
}

Findings CheckKeys(const app::LoadedConfig& config) {
  Findings findings;
  for (const router::TargetOptions& target : config.router.targets) {
    const bool has = !target.api_key.empty() || !target.keys.empty();
    if (has || !target.api_key_required) {
      findings.push_back({"keys", target.id, Level::kOk, has ? "has its key" : "needs no key", ""});
      continue;
    }
    const std::string source = target.api_key_source.empty() ? "a key" : target.api_key_source;
    findings.push_back({"keys", target.id, Level::kError,
                        base::StrCat("has no key: ", source, " is not there"),
                        base::StrCat("set ", source, ", or take the target out")});
  }
  if (config.router.targets.empty()) {
    findings.push_back({"keys", "providers.targets", Level::kError, "there is no target",
                        "name one in providers.targets, or set MISTRAL_API_KEY and give no file"});
  }
  return findings;
}

Findings CheckCertificate(app::ProcessKind kind, const app::LoadedConfig& config, base::SystemTime now) {
  const app::TlsSettings& settings = config.tls;
  const tls::IdentityFiles files = {settings.certificate_file, settings.key_file, settings.ca_file};
  if (!files.any()) {
    const absl::Status local = app::CheckPlaintext(kind, config);
    if (local.ok())
      return {{"certificate", "services.tls", Level::kOk, "gRPC stays on this machine, in plaintext", ""}};
    const std::string message(base::Message(local));
    if (settings.allow_plaintext) {
      return {{"certificate", "services.tls", Level::kWarning,
               "gRPC leaves this machine in plaintext, as allowed",
               "make sure that the network encrypts it, or give certificates (docs/tls.md)"}};
    }
    return {{"certificate", "services.tls", Level::kError, message.substr(0, message.find(". Give")),
             "give services.tls.certificate_file, key_file and ca_file (docs/tls.md)"}};
  }
  const absl::StatusOr<tls::Identity> identity = tls::LoadIdentity(files, now);
  if (!identity.ok()) {
    return {{"certificate", settings.certificate_file, Level::kError,
             std::string(base::Message(identity.status())), "make it anew with your CA (docs/tls.md)"}};
  }
  Findings findings = {Ends("the certificate", settings.certificate_file, identity->expires, now),
                       Ends("the CA", settings.ca_file, identity->ca_expires, now)};
  const std::string role(RoleOf(kind));
  if (!role.empty() && !app::PeerGraphOf(settings.identities).Is(identity->names, role)) {
    findings.push_back(
        {"certificate", settings.certificate_file, Level::kError,
         base::StrCat("it is for ", Joined(identity->names), ", which is no name of the ", role),
         base::StrCat("issue one for portcullis-", role, ", or add its name to services.tls.identities.",
                      role)});
  }
  return findings;
}

Findings CheckFolder(const Folder& folder, uint64_t spool_max_bytes) {
  const std::string path = folder.path.string();
  const std::string free =
      folder.free_bytes ? base::StrCat(Mebibytes(*folder.free_bytes), " are free") : "it can be written";
  if (folder.free_bytes.value_or(kMinFreeBytes) < kMinFreeBytes) {
    return {
        {"disk", path, Level::kError, base::StrCat(free, folder.problem.empty() ? "" : ", ", folder.problem),
         "free the disk, or choose another with --state-dir: without room for records requests are refused"}};
  }
  if (!folder.problem.empty()) {
    return {{"disk", path, Level::kError, folder.problem,
             "give the process's user the folder, or choose another with --state-dir"}};
  }
  if (folder.free_bytes.value_or(spool_max_bytes) < spool_max_bytes) {
    return {{"disk", path, Level::kWarning,
             base::StrCat(free, ", less than the ", Mebibytes(spool_max_bytes), " that the spool may take"),
             "free the disk, or lower audit.spool_max_bytes"}};
  }
  return {{"disk", path, Level::kOk, free, ""}};
}

Findings CheckClock(const Machine& machine) {
  if (!machine.clock_synchronised.has_value()) {
    return {{"clock", "kernel", Level::kOk,
             "the kernel does not tell whether the clock is set by time servers", ""}};
  }
  if (*machine.clock_synchronised) {
    return {{"clock", "kernel", Level::kOk,
             base::StrCat("set by time servers, error at most ", Seconds(machine.clock_error_seconds)), ""}};
  }
  return {{"clock", "kernel", Level::kWarning, "no time server sets the clock",
           "run chrony or systemd-timesyncd on the machine: audit records and certificates go by it"}};
}

Findings CheckLimits(const Machine& machine, uint64_t max_connections) {
  const uint64_t wanted = max_connections + kSpareFiles;
  const std::string subject = "open files";
  if (machine.open_files_soft >= wanted) {
    return {{"limits", subject, Level::kOk, base::StrCat(machine.open_files_soft, " are allowed"), ""}};
  }
  return {{"limits", subject, Level::kWarning,
           base::StrCat(machine.open_files_soft, " are allowed, ", wanted, " may be needed"),
           base::StrCat("`ulimit -n ", wanted, "` (systemd: LimitNOFILE=", wanted,
                        "), or lower gateway.limits.max_connections")}};
}

Findings JudgeProvider(const router::TargetOptions& target, const ProviderAnswer& answer,
                       base::SystemTime now) {
  const auto finding = [&](Level level, std::string message, std::string fix) {
    return Finding{"provider", target.id, level, base::StrCat(answer.url, ": ", message), std::move(fix)};
  };
  if (!answer.problem.empty()) {
    return {finding(Level::kError, answer.problem,
                    answer.tls_problem
                        ? "install the CA of its certificate (ca-certificates), check the clock and base_url"
                        : "check base_url, name service, firewall and egress rules from this machine")};
  }
  Findings findings;
  if (answer.status == 401 || answer.status == 403) {
    findings.push_back(finding(Level::kError, base::StrCat("the key is refused (", answer.status, ")"),
                               base::StrCat("put a valid key into ", target.api_key_source)));
  } else if (answer.status == 429 || answer.status >= 500) {
    findings.push_back(finding(Level::kWarning, base::StrCat("it answers ", answer.status),
                               "look at the provider's status page and at your quota"));
  } else {
    findings.push_back(finding(Level::kOk, base::StrCat("it answers ", answer.status), ""));
  }
  if (!answer.date.has_value()) return findings;
  const auto apart = std::chrono::duration_cast<std::chrono::seconds>(now - *answer.date);
  if (std::max(apart, -apart) <= kMaxClockOffset) return findings;
  findings.push_back({"clock", target.id, Level::kWarning,
                      base::StrCat("this machine's clock is ", apart.count(), " s ahead of the provider's"),
                      "set the clock: audit records and certificates go by it"});
  return findings;
}

Finding JudgePeer(const std::string& role, const std::string& address, const absl::Status& health, bool tls) {
  if (health.ok()) return {"peer", role, Level::kOk, base::StrCat(address, " serves"), ""};
  return {
      "peer", role, Level::kError, base::StrCat(address, ": ", base::Message(health)),
      base::StrCat("start portcullis-", role, ", or correct gateway.peers.", role,
                   tls ? base::StrCat("; see that it has a certificate of the same CA, for portcullis-", role)
                       : "; if it has a certificate, give one here too (services.tls)")};
}

}  // namespace portcullis::doctor
