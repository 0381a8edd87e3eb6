#include "services/audit/domain/merge.h"

#include <algorithm>
#include <utility>

namespace portcullis::audit {
namespace {

// Any field type for which a fresh value means "not known".
template <typename T>
void Lay(T& field, T& over) {
  if (over != T()) field = std::move(over);
}

template <typename T>
void Lay(std::vector<T>& field, std::vector<T>& over) {
  if (!over.empty()) field = std::move(over);
}

void LayIdentity(Record& record, Record& over) {
  record.kind = over.kind;
  Lay(record.request_id, over.request_id);
  Lay(record.intent, over.intent);
  Lay(record.time_us, over.time_us);
  Lay(record.started_us, over.started_us);
  Lay(record.tenant, over.tenant);
  Lay(record.principal, over.principal);
  Lay(record.user, over.user);
  Lay(record.client_address, over.client_address);
  Lay(record.traceparent, over.traceparent);
}

void LayOperation(Record& record, Record& over) {
  Lay(record.endpoint, over.endpoint);
  Lay(record.method, over.method);
  Lay(record.model, over.model);
  Lay(record.stream, over.stream);
  Lay(record.target, over.target);
  Lay(record.provider, over.provider);
  Lay(record.upstream_model, over.upstream_model);
  Lay(record.variant, over.variant);
  Lay(record.context_id, over.context_id);
  Lay(record.attempts, over.attempts);
}

void LayResult(Record& record, Record& over) {
  Lay(record.verdict, over.verdict);
  Lay(record.policy, over.policy);
  Lay(record.reason_code, over.reason_code);
  Lay(record.outcome, over.outcome);
  Lay(record.http_status, over.http_status);
  Lay(record.finish_reason, over.finish_reason);
  Lay(record.findings, over.findings);
}

// Each leaf names what was captured with it.
void LayContents(Record& record, Record& over) {
  for (ContentCommitment& commitment : over.contents) {
    if (std::find(record.contents.begin(), record.contents.end(), commitment) == record.contents.end())
      record.contents.push_back(std::move(commitment));
  }
}

void LayFigures(Record& record, Record& over) {
  Lay(record.prompt_tokens, over.prompt_tokens);
  Lay(record.completion_tokens, over.completion_tokens);
  Lay(record.tokens_estimated, over.tokens_estimated);
  Lay(record.cost_usd, over.cost_usd);
  Lay(record.request_bytes, over.request_bytes);
  Lay(record.response_bytes, over.response_bytes);
  Lay(record.request_sha256, over.request_sha256);
  Lay(record.response_sha256, over.response_sha256);
  Lay(record.bundle, over.bundle);
  Lay(record.config_version, over.config_version);
  Lay(record.policy_us, over.policy_us);
  Lay(record.first_byte_us, over.first_byte_us);
  Lay(record.total_us, over.total_us);
  Lay(record.overhead_us, over.overhead_us);
}

}  // namespace

Record Merge(std::vector<Record> leaves) {
  std::stable_sort(leaves.begin(), leaves.end(), [](const Record& a, const Record& b) {
    return std::pair(LayerOf(a.kind, a.outcome), a.time_us) <
           std::pair(LayerOf(b.kind, b.outcome), b.time_us);
  });
  Record record = std::move(leaves.front());
  for (size_t i = 1; i < leaves.size(); ++i) {
    LayIdentity(record, leaves[i]);
    LayOperation(record, leaves[i]);
    LayResult(record, leaves[i]);
    LayFigures(record, leaves[i]);
    LayContents(record, leaves[i]);
  }
  return record;
}

int LayerOf(LeafKind kind, std::string_view outcome) {
  const int layer = 2 * static_cast<int>(kind);
  return kind == LeafKind::kOutcome && outcome == kInterrupted ? layer - 1 : layer;
}

const LeafId& RootOf(const LeafId& id, const Record& record) { return record.intent ? *record.intent : id; }

int64_t EventTime(const Record& record) {
  return record.started_us != 0 ? record.started_us : record.time_us;
}

}  // namespace portcullis::audit
