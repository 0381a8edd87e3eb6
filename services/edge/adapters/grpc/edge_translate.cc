#include "services/edge/adapters/grpc/edge_translate.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/json/tape.h"
#include "libs/rpc/context_translate.h"
#include "libs/rpc/peer.h"

namespace portcullis::edge {
namespace {

struct OperationRow {
  v1::Operation proto;
  router::Operation operation;
  std::string_view endpoint;
};

constexpr OperationRow kOperations[] = {
    {v1::OPERATION_CHAT_COMPLETIONS, router::Operation::kChatCompletions, "/v1/chat/completions"},
    {v1::OPERATION_FIM_COMPLETIONS, router::Operation::kFimCompletions, "/v1/fim/completions"},
    {v1::OPERATION_EMBEDDINGS, router::Operation::kEmbeddings, "/v1/embeddings"},
};

}  // namespace

absl::StatusOr<Inbound> InboundFromProto(const common::v1::RequestContext& context,
                                         const grpc::ServerContextBase& call, base::MonotonicTime now,
                                         v1::Operation operation, std::string body) {
  if (!context.principal().empty()) {
    return absl::InvalidArgumentError("context.principal is set by the edge and refused from clients");
  }
  ASSIGN_OR_RETURN(base::RequestContext given, rpc::ContextFromCall(context, call, now));
  for (const OperationRow& row : kOperations) {
    if (row.proto != operation) continue;
    Inbound inbound;
    inbound.operation = row.operation;
    inbound.endpoint = row.endpoint;
    inbound.method = "GRPC";
    inbound.body = std::move(body);
    inbound.traceparent = std::move(given.traceparent);
    inbound.request_id = std::move(given.request_id);
    inbound.deadline = given.deadline;
    inbound.user = std::move(given.user);
    inbound.client_address = rpc::AddressOfPeer(call.peer());
    for (const auto& [name, value] : call.client_metadata()) {
      if (name == "authorization") continue;
      if (name == "traceparent" && inbound.traceparent.empty())
        inbound.traceparent = {value.data(), value.size()};
      inbound.headers.push_back({{name.data(), name.size()}, {value.data(), value.size()}});
    }
    return inbound;
  }
  return absl::InvalidArgumentError("operation is missing or unknown");
}

std::string WithStream(std::string body) {
  json::Tape tape;
  if (!tape.Parse(body).ok() || tape.root().kind != json::Kind::kObject) return body;
  if (const json::Node* stream = tape.Find(tape.root(), "stream"); stream != nullptr) {
    if (stream->kind == json::Kind::kFalse) body.replace(stream->begin, stream->end - stream->begin, "true");
    return body;
  }
  const bool empty = tape.size() == 1;
  body.insert(tape.root().begin + 1, empty ? "\"stream\":true" : "\"stream\":true,");
  return body;
}

bool AsksForStream(std::string_view body) {
  json::Tape tape;
  if (!tape.Parse(body).ok()) return false;
  const json::Node* stream = tape.Find(tape.root(), "stream");
  return stream != nullptr && stream->kind == json::Kind::kTrue;
}

void FactsToProto(const audit::Record& record, v1::ResponseFacts* out) {
  out->set_request_id(record.request_id);
  out->set_verdict(record.verdict);
  for (const audit::PolicyFinding& finding : record.findings) {
    bool known = false;
    for (const std::string& policy : out->policies()) known |= policy == finding.policy;
    if (!known) out->add_policies(finding.policy);
  }
  out->set_target(record.target);
  out->set_attempts(static_cast<uint32_t>(record.attempts.size()));
  out->set_prompt_tokens(record.prompt_tokens);
  out->set_completion_tokens(record.completion_tokens);
  if (record.cost_usd) out->set_cost_usd(*record.cost_usd);
  out->set_overhead_us(record.overhead_us);
}

void CheckToProto(const CheckedRequest& checked, v1::CheckResponse* out) {
  const audit::Record& record = checked.record;
  out->set_verdict(record.verdict);
  out->set_policy(record.policy);
  out->set_reason_code(record.reason_code);
  out->set_message(checked.message);
  out->set_body(checked.body);
  out->set_bundle(record.bundle);
  out->set_request_id(record.request_id);
  for (const audit::PolicyFinding& finding : record.findings) {
    v1::Finding* added = out->add_findings();
    added->set_policy(finding.policy);
    added->set_rule(finding.rule);
    added->set_reason(finding.reason);
    added->set_action(finding.action);
    added->set_score(finding.score);
    added->set_path(finding.path);
  }
}

}  // namespace portcullis::edge
