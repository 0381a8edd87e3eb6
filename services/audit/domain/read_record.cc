#include "services/audit/domain/read_record.h"

#include <utility>

#include "libs/base/ids.h"
#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"
#include "services/audit/domain/query_json.h"

namespace portcullis::audit {
namespace {

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

Record ReadRecord(std::string_view kind, const Query& query, const base::Clock& clock, base::Rng& rng) {
  Record record;
  record.kind = LeafKind::kOutcome;
  record.time_us = record.started_us = clock.Now().time_since_epoch().count();
  record.request_id = base::NewRequestId(record.time_us / 1000, rng);
  record.principal = query.asker.principal.empty() ? "unknown" : query.asker.principal;
  record.client_address = query.asker.address;
  record.endpoint = kLogEndpoint;
  record.method = "GET";
  record.target = SelectionDigest(record.request_id, QueryJson(query));
  record.verdict = "allow";
  record.outcome = "ok";
  record.reason_code = base::StrCat(kOperatorReason, "read_", kind);
  PolicyFinding finding;
  finding.policy = kLogPolicy;
  finding.rule = base::StrCat("peer:", query.asker.peer.empty() ? "this process" : query.asker.peer);
  finding.action = "allow";
  finding.reason = QueryJson(WithoutNames(query));
  record.findings.push_back(std::move(finding));
  return record;
}

}  // namespace portcullis::audit
