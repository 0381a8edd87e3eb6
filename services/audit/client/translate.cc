#include "services/audit/client/translate.h"

#include <algorithm>
#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/spool/format.h"
#include "services/audit/client/record_codec.h"

namespace portcullis::audit {
namespace {

constexpr uint32_t kDefaultLimit = 100;
constexpr size_t kLeafOverhead = 32;  // tags, lengths and sequence of a leaf in its request
// Below the limit of a message, so that one more leaf of the greatest size fits.
constexpr size_t kRequestBytesWanted = kMaxRequestBytes - kMaxRecordBytes - 4096;

absl::Status CheckLeaf(const v1::Leaf& leaf, uint64_t previous, int position) {
  if (leaf.sequence() <= previous) {
    return absl::InvalidArgumentError(base::StrCat("leaves[", position, "].sequence is ", leaf.sequence(),
                                                   ", not greater than ", previous));
  }
  const size_t size = leaf.record().size() + leaf.content().size();
  if (leaf.record().empty() || size > kMaxRecordBytes) {
    return absl::InvalidArgumentError(base::StrCat("leaves[", position, "].record has ", leaf.record().size(),
                                                   " bytes, ", size, " with its content; 1 to ",
                                                   kMaxRecordBytes, " are allowed"));
  }
  return absl::OkStatus();
}

StatsGroup PlainGroup(const v1::StatsGroup& group) {
  return {{group.values().begin(), group.values().end()},
          group.records(),
          group.prompt_tokens(),
          group.completion_tokens(),
          group.cost_usd(),
          group.cost_unknown(),
          group.p50_us(),
          group.p95_us()};
}

v1::StatsGroup GroupMessage(const StatsGroup& group) {
  v1::StatsGroup message;
  for (const std::string& value : group.values) message.add_values(value);
  message.set_records(group.records);
  message.set_prompt_tokens(group.prompt_tokens);
  message.set_completion_tokens(group.completion_tokens);
  message.set_cost_usd(group.cost_usd);
  message.set_cost_unknown(group.cost_unknown);
  message.set_p50_us(group.p50_us);
  message.set_p95_us(group.p95_us);
  return message;
}

}  // namespace

absl::StatusOr<std::vector<Leaf>> FromProto(v1::AppendRequest request) {
  if (!spool::IsValidId(request.spool())) {
    return absl::InvalidArgumentError("spool must be 16 lower-case hex digits");
  }
  if (request.leaves_size() < 1 || request.leaves_size() > kMaxLeavesPerRequest) {
    return absl::InvalidArgumentError(base::StrCat("leaves has ", request.leaves_size(), " elements; 1 to ",
                                                   kMaxLeavesPerRequest, " are allowed"));
  }
  std::vector<Leaf> leaves;
  leaves.reserve(static_cast<size_t>(request.leaves_size()));
  uint64_t previous = 0;
  for (int i = 0; i < request.leaves_size(); ++i) {
    v1::Leaf& leaf = *request.mutable_leaves(i);
    RETURN_IF_ERROR(CheckLeaf(leaf, previous, i));
    previous = leaf.sequence();
    leaves.push_back(
        {{request.spool(), previous}, std::move(*leaf.mutable_record()), std::move(*leaf.mutable_content())});
  }
  return leaves;
}

std::vector<v1::AppendRequest> ToProto(std::vector<Leaf> leaves) {
  std::vector<v1::AppendRequest> requests;
  size_t bytes = 0;
  for (Leaf& leaf : leaves) {
    if (requests.empty() || requests.back().spool() != leaf.id.spool || bytes > kRequestBytesWanted ||
        requests.back().leaves_size() == kMaxLeavesPerRequest) {
      requests.emplace_back().set_spool(leaf.id.spool);
      bytes = 0;
    }
    bytes += leaf.bytes.size() + leaf.content.size() + kLeafOverhead;
    v1::Leaf& added = *requests.back().add_leaves();
    added.set_sequence(leaf.id.sequence);
    added.set_record(std::move(leaf.bytes));
    if (!leaf.content.empty()) added.set_content(std::move(leaf.content));
  }
  return requests;
}

absl::StatusOr<Query> FromProto(const v1::FindRequest& request) {
  if (!v1::FindOrder_IsValid(request.order())) return absl::InvalidArgumentError("order is unknown");
  Query query;
  query.since_us = request.since_us();
  query.until_us = request.until_us();
  query.verdict = request.verdict();
  query.request_id = request.request_id();
  query.tenant = request.tenant();
  query.user = request.user();
  query.principal = request.principal();
  query.outcome = request.outcome();
  query.policy = request.policy();
  query.reason = request.reason();
  query.target = request.target();
  query.provider = request.provider();
  query.model = request.model();
  query.endpoint = request.endpoint();
  query.text = request.text();
  if (request.has_min_cost_usd()) query.min_cost_usd = request.min_cost_usd();
  if (request.has_max_cost_usd()) query.max_cost_usd = request.max_cost_usd();
  query.asker.principal = request.asker().principal();
  query.asker.address = request.asker().address();
  query.after = request.after_row();
  query.newest_first = request.order() == v1::FIND_ORDER_NEWEST_FIRST;
  query.limit = request.limit() == 0 ? kDefaultLimit : request.limit();
  if (query.newest_first && request.follow()) {
    return absl::InvalidArgumentError("follow goes forward in time: it cannot be used with newest first");
  }
  return query;
}

v1::FindRequest ToProto(const Query& query) {
  v1::FindRequest request;
  request.set_since_us(query.since_us);
  request.set_until_us(query.until_us);
  request.set_verdict(query.verdict);
  request.set_request_id(query.request_id);
  request.set_tenant(query.tenant);
  request.set_user(query.user);
  request.set_principal(query.principal);
  request.set_outcome(query.outcome);
  request.set_policy(query.policy);
  request.set_reason(query.reason);
  request.set_target(query.target);
  request.set_provider(query.provider);
  request.set_model(query.model);
  request.set_endpoint(query.endpoint);
  request.set_text(query.text);
  if (query.min_cost_usd) request.set_min_cost_usd(*query.min_cost_usd);
  if (query.max_cost_usd) request.set_max_cost_usd(*query.max_cost_usd);
  request.mutable_asker()->set_principal(query.asker.principal);
  request.mutable_asker()->set_address(query.asker.address);
  request.set_after_row(query.after);
  request.set_order(query.newest_first ? v1::FIND_ORDER_NEWEST_FIRST : v1::FIND_ORDER_OLDEST_FIRST);
  request.set_limit(query.limit);
  return request;
}

absl::StatusOr<StatsQuery> FromProto(const v1::StatsRequest& request) {
  StatsQuery query;
  ASSIGN_OR_RETURN(query.query, FromProto(request.records()));
  query.by.assign(request.by().begin(), request.by().end());
  query.limit = request.limit() == 0 ? kDefaultLimit : request.limit();
  return query;
}

v1::StatsRequest ToProto(const StatsQuery& query) {
  v1::StatsRequest request;
  *request.mutable_records() = ToProto(query.query);
  for (const std::string& name : query.by) request.add_by(name);
  request.set_limit(query.limit);
  return request;
}

Stats FromProto(const v1::StatsResponse& response) {
  Stats stats;
  for (const v1::StatsGroup& group : response.groups()) stats.groups.push_back(PlainGroup(group));
  stats.groups_found = response.groups_found();
  stats.total = PlainGroup(response.total());
  return stats;
}

v1::StatsResponse ToProto(const Stats& stats) {
  v1::StatsResponse response;
  for (const StatsGroup& group : stats.groups) *response.add_groups() = GroupMessage(group);
  response.set_groups_found(stats.groups_found);
  *response.mutable_total() = GroupMessage(stats.total);
  return response;
}

// An encoded Record is a leaf's bytes, so the codec is the one place that knows its fields.
absl::StatusOr<StoredRecord> FromProto(const v1::StoredRecord& record) {
  ASSIGN_OR_RETURN(Record plain, Decode(record.record().SerializeAsString()));
  return StoredRecord{record.row(), {record.root().spool(), record.root().sequence()}, std::move(plain)};
}

v1::StoredRecord ToProto(const StoredRecord& record) {
  std::string bytes;
  Encode(record.record, &bytes);
  v1::StoredRecord message;
  message.set_row(record.row);
  message.mutable_root()->set_spool(record.root.spool);
  message.mutable_root()->set_sequence(record.root.sequence);
  message.mutable_record()->ParseFromString(bytes);
  return message;
}

Query FromProto(const v1::ReadContentRequest& request) {
  Query query;
  query.request_id = request.request_id();
  query.asker.principal = request.asker().principal();
  query.asker.address = request.asker().address();
  return query;
}

v1::ReadContentRequest ToContentProto(const Query& query) {
  v1::ReadContentRequest request;
  request.set_request_id(query.request_id);
  request.mutable_asker()->set_principal(query.asker.principal);
  request.mutable_asker()->set_address(query.asker.address);
  return request;
}

absl::StatusOr<std::vector<RecordContents>> FromProto(v1::ReadContentResponse response) {
  std::vector<RecordContents> records;
  for (v1::RecordContents& message : *response.mutable_records()) {
    RecordContents& added = records.emplace_back();
    ASSIGN_OR_RETURN(added.record, FromProto(message.record()));
    for (std::string& content : *message.mutable_contents()) added.contents.push_back(std::move(content));
  }
  return records;
}

v1::ReadContentResponse ToProto(std::vector<RecordContents> records) {
  v1::ReadContentResponse response;
  for (RecordContents& record : records) {
    v1::RecordContents& added = *response.add_records();
    *added.mutable_record() = ToProto(record.record);
    for (std::string& content : record.contents) added.add_contents(std::move(content));
  }
  return response;
}

}  // namespace portcullis::audit
