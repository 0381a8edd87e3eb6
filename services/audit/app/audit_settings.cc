#include "services/audit/app/audit_settings.h"

#include <set>
#include <utility>

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/codes.h"
#include "services/audit/domain/query.h"

namespace portcullis::audit {

using config::Schema;
using S = AuditSettings;

namespace {

Schema<S::TenantRetention> TenantRetentionSchema() {
  using T = S::TenantRetention;
  Schema<T> schema("Retention of a single tenant.");
  schema.String("tenant", &T::tenant, {.doc = "Whose records.", .max = kMaxQueryText, .required = true})
      .Integer("days", &T::days,
               {.doc = "Age at which they are removed.",
                .unit = "days",
                .min = 1,
                .max = 36'500,
                .required = true});
  return schema;
}

}  // namespace

Schema<S> AuditLoggerSchema() {
  Schema<S> schema(
      "Retention of and access to the audit log. Each request leaves a record with or without it.");
  schema
      .Integer("retention_days", &S::retention_days,
               {.doc = "Age at which the content of records is removed; their hashes stay.",
                .unit = "days",
                .min = 1,
                .max = 36'500})
      .List("tenant_retention", &S::tenant_retention, TenantRetentionSchema(),
            {.doc = "Retention of single tenants, in place of `retention_days`.", .max_items = 10'000})
      .Bool("immutable", &S::immutable,
            {.doc = "Records go by their retention, or all those of a user or principal (`portcullis audit "
                    "erase`); nothing else is removed. False: `portcullis audit erase` removes by any "
                    "filter."})
      .Bool("log_all_access", &S::log_all_access,
            {.doc = "Each read of the log is a record of it too: who, from where, by which query; see "
                    "docs/audit.md.",
             .needs_restart = true})
      .Bool("hipaa_audit_controls", &S::hipaa_audit_controls,
            {.doc = "Holds the log to what HIPAA asks of it: `log_all_access` and `immutable` are true, and "
                    "nothing is removed before 2190 days (six years), which is then the default. What says "
                    "otherwise is an error.",
             .needs_restart = true})
      .Section("content", &S::content, ContentSchema());
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

Schema<S> AuditSchema() {
  Schema<S> schema("The spool: where a record is safe until the audit service has it.");
  schema
      .Enum("durability", &S::durability,
            {{"process", Durability::kProcess, "survives the death of processes, not of the machine."},
             {"disk", Durability::kDisk, "survives both, at the cost of a disk flush."}},
            {.doc = "What a record has survived when the last byte of its answer leaves.",
             .needs_restart = true})
      .Integer("spool_max_bytes", &S::spool_max_bytes,
               {.doc = "Size up to which records wait for the audit service.",
                .unit = "bytes",
                .min = 1 << 20,
                .max = 1ull << 44,
                .needs_restart = true})
      .Seconds(
          "spool_max_age_seconds", &S::spool_max_age,
          {.doc =
               "Age up to which records wait for the audit service; then the spool counts as full. 0 = any.",
           .min = 0,
           .max = 31'536'000,
           .needs_restart = true})
      .String("signing_key", &S::signing_key,
              {.doc = "File of the Ed25519 private key (PEM) that signs the heads of the log; made if it is "
                      "not there. "
                      "The public key lies beside it, with the extension .pub.",
               .needs_restart = true,
               .check = config::CheckOneLine,
               .default_doc = "`audit-key.pem` in `gateway.state_dir`"})
      .Seconds("head_interval_seconds", &S::head_interval,
               {.doc = "How often the log is signed while it grows; it is signed at the end, too.",
                .min = 1,
                .max = 86'400,
                .needs_restart = true})
      .String(
          "anchor_file", &S::anchor_file,
          {.doc =
               "File to which signed heads are appended, one JSON object per line: best on another machine's "
               "disk. `portcullis audit verify --head` holds the log to it.",
           .needs_restart = true,
           .check = config::CheckOneLine})
      .String("anchor_webhook", &S::anchor_webhook,
              {.doc = "URL that signed heads are sent to with POST, as JSON.",
               .needs_restart = true,
               .check = config::CheckUrl})
      .Seconds(
          "anchor_interval_seconds", &S::anchor_interval,
          {.doc = "How often the last head goes to the anchors, if the log grew; it goes at the end, too.",
           .min = 1,
           .max = 86'400,
           .needs_restart = true})
      .Enum("fail_mode", &S::fail_mode,
            {{"block", SpoolFailMode::kBlock, "refuse requests."},
             {"allow", SpoolFailMode::kAllow, "serve them without a record, counted."}},
            {.doc = "What happens while the spool is full."});
  return schema;
}

Schema<S> AuditServiceSchema() {
  Schema<S> schema("The audit service as a process of its own.");
  schema
      .String("listen", &S::listen,
              {.doc = "Address of the gRPC server.", .needs_restart = true, .check = config::CheckAddress})
      .String("admin_listen", &S::admin_listen,
              {.doc = "Address of metrics, health and configuration.",
               .needs_restart = true,
               .check = config::CheckAddress})
      .String("database", &S::database,
              {.doc = "File of the SQLite database.",
               .needs_restart = true,
               .check = config::CheckOneLine,
               .default_doc = "`audit.db` in `gateway.state_dir`"})
      .Enum("store", &S::store,
            {{"sqlite", StoreKind::kSqlite, "one file, one audit service."},
             {"postgresql", StoreKind::kPostgresql,
              "PostgreSQL 15 or later, for several audit services at once."}},
            {.doc = "Where records and the log are kept.", .needs_restart = true})
      .Section(
          "postgresql", &S::postgresql,
          pg::PgSchema("The PostgreSQL database, for `store: postgresql`.",
                       "The role must own the database. Each audit service needs a state folder of its own.",
                       "AUDIT_DATABASE_PASSWORD"))
      .Section("kafka", &S::kafka, KafkaSchema());
  return schema;
}

namespace {

constexpr int kHipaaDays = 2190;  // 45 CFR 164.316(b)(2)(i): six years

// What `hipaa_audit_controls` sets, and what it does not go with.
void ResolveHipaa(const config::Document& document, AuditSettings& settings, config::Issues& issues) {
  const std::string logger = "policy.audit-logger.";
  const auto conflict = [&](const std::string& key, std::string message, std::string suggestion) {
    document.Report(issues, config::Severity::kError, config::code::kConflict, logger + key,
                    document.LocateValue(logger + key), std::move(message), std::move(suggestion));
  };
  const auto must_be_true = [&](const char* key, bool& value) {
    if (!value && document.Find(logger + key) != nullptr) {
      conflict(key, base::StrCat("hipaa_audit_controls needs ", key, ": true"),
               base::StrCat("leave ", key, " away, or hipaa_audit_controls"));
    }
    value = true;
  };
  must_be_true("log_all_access", settings.log_all_access);
  must_be_true("immutable", settings.immutable);
  const std::string days =
      base::StrCat("hipaa_audit_controls keeps records for ", kHipaaDays, " days (six years) at least");
  const std::string longer = base::StrCat("write ", kHipaaDays, " or more");
  if (document.Find(logger + "retention_days") == nullptr) {
    settings.retention_days = kHipaaDays;
  } else if (settings.retention_days < kHipaaDays) {
    conflict("retention_days", days, longer);
  }
  for (size_t i = 0; i < settings.tenant_retention.size(); ++i) {
    if (settings.tenant_retention[i].days >= kHipaaDays) continue;
    conflict(base::StrCat("tenant_retention[", i, "].days"), days, longer);
  }
}

}  // namespace

void ResolveAudit(const config::Document& document, const config::Environment& environment,
                  AuditSettings& settings, config::Issues& issues) {
  const auto report = [&](config::Severity severity, const char* code, const char* path, std::string message,
                          std::string suggestion) {
    document.Report(issues, severity, code, path, document.LocateValue(path), std::move(message),
                    std::move(suggestion));
  };
  std::set<std::string_view> tenants;
  for (size_t i = 0; i < settings.tenant_retention.size(); ++i) {
    if (tenants.insert(settings.tenant_retention[i].tenant).second) continue;
    const std::string path = base::StrCat("policy.audit-logger.tenant_retention[", i, "].tenant");
    report(config::Severity::kError, config::code::kConflict, path.c_str(),
           base::StrCat("the retention of tenant '", settings.tenant_retention[i].tenant, "' is given twice"),
           "keep one of them");
  }
  if (settings.hipaa_audit_controls) ResolveHipaa(document, settings, issues);
  ResolveContent(document, environment, settings.content, issues);
  ResolveKafka(document, environment, settings.kafka, issues);
  pg::ResolvePg("services.audit.postgresql", "services.audit.store", settings.store == StoreKind::kPostgresql,
                environment, document, issues, settings.postgresql);
}

}  // namespace portcullis::audit
