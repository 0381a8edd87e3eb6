#include "services/audit/domain/read_record.h"

#include <utility>

#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"
#include "services/audit/domain/query_json.h"

namespace portcullis::audit {
namespace {

constexpr char kPolicy[] = "audit-log";
constexpr char kHidden[] = "*";

Query WithoutNames(Query query) {
  for (std::string Query::*field : {&Query::user, &Query::principal, &Query::text}) {
    if (!(query.*field).empty()) query.*field = kHidden;
  }
  return query;
}

}  // namespace

std::string SelectionDigest(std::string_view request_id, std::string_view selected) {
  return base::StrCat("sha256:", crypto::Hex(crypto::Sha256Of(base::StrCat(request_id, "\n", selected))));
}

Record ReadRecord(std::string_view kind, const Query& query, int64_t time_us, std::string request_id) {
  Record record;
  record.kind = LeafKind::kOutcome;
  record.time_us = record.started_us = time_us;
  record.request_id = std::move(request_id);
  record.principal = query.asker.principal.empty() ? "unknown" : query.asker.principal;
  record.client_address = query.asker.address;
  record.endpoint = "/audit";
  record.method = "GET";
  record.target = SelectionDigest(record.request_id, QueryJson(query));
  record.verdict = "allow";
  record.outcome = "ok";
  record.reason_code = base::StrCat("operator.read_", kind);
  PolicyFinding finding;
  finding.policy = kPolicy;
  finding.rule = base::StrCat("peer:", query.asker.peer.empty() ? "this process" : query.asker.peer);
  finding.action = "allow";
  finding.reason = QueryJson(WithoutNames(query));
  record.findings.push_back(std::move(finding));
  return record;
}

}  // namespace portcullis::audit
