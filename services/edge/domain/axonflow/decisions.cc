#include "services/edge/domain/axonflow/decisions.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "libs/base/strings.h"
#include "libs/json/text.h"
#include "services/edge/domain/axonflow/answers.h"
#include "services/edge/domain/axonflow/chat_body.h"
#include "services/edge/domain/axonflow/endpoints.h"
#include "services/edge/domain/axonflow/json_text.h"
#include "services/edge/domain/axonflow/record_facts.h"

namespace portcullis::edge {
namespace {

using Json = nlohmann::ordered_json;
using json::Kind;
using json::Node;
using json::Tape;

constexpr std::string_view kSchemaVersion = "2026-08-29";
constexpr size_t kMaxEvaluations = 20;

const char* VerdictName(DecisionKind kind) {
  switch (kind) {
    case DecisionKind::kAllow:
      return "allow";
    case DecisionKind::kDeny:
      return "deny";
    case DecisionKind::kNeedsApproval:
      return "needs_approval";
  }
  return "deny";
}

const Node* Member(const Tape& tape, const Node* object, std::string_view key) {
  if (object == nullptr || object->kind != Kind::kObject) return nullptr;
  const Node* node = tape.Find(*object, key);
  return node == nullptr || node->kind == Kind::kNull ? nullptr : node;
}

AuthZenRefusal Refusal(std::string_view code, std::string pointer, std::string message) {
  return {std::string(code), std::move(pointer), std::move(message)};
}

// An entity: an object whose `names` are strings that are not empty; properties cannot be weighed.
std::optional<AuthZenRefusal> CheckEntity(const Tape& tape, const Node* entity, const std::string& pointer,
                                          std::initializer_list<std::string_view> names) {
  if (entity == nullptr) return Refusal("incomplete_evaluation", pointer, "an evaluation needs this member");
  if (entity->kind != Kind::kObject) return Refusal("malformed_envelope", pointer, "this must be an object");
  for (const std::string_view name : names) {
    const Node* node = Member(tape, entity, name);
    if (node == nullptr || node->kind != Kind::kString || tape.RawString(*node).empty()) {
      return Refusal("incomplete_evaluation", base::StrCat(pointer, "/", name),
                     "this must be a string that is not empty");
    }
  }
  for (const Node& member : tape.Children(*entity)) {
    const bool known = std::any_of(names.begin(), names.end(),
                                   [&](std::string_view name) { return tape.KeyIs(member, name); });
    if (!known && member.kind != Kind::kNull && tape.Raw(member) != "{}") {
      return Refusal("unevaluable_attribute", base::StrCat(pointer, "/", tape.Key(member)),
                     "the policies cannot weigh this; leave it out");
    }
  }
  return std::nullopt;
}

// The only member of `object`, which must be `name`.
std::optional<AuthZenRefusal> CheckOnly(const Tape& tape, const Node& object, const std::string& pointer,
                                        std::string_view name) {
  for (const Node& member : tape.Children(object)) {
    if (member.kind == Kind::kNull || tape.KeyIs(member, name)) continue;
    return Refusal("unevaluable_attribute", base::StrCat(pointer, "/", tape.Key(member)),
                   "the policies cannot weigh this; leave it out");
  }
  return std::nullopt;
}

std::optional<AuthZenRefusal> ReadContext(const Tape& tape, const Node* context, const std::string& pointer,
                                          std::vector<std::string>* queries) {
  const std::string args_pointer = pointer + "/args", query_pointer = args_pointer + "/query";
  if (context != nullptr && context->kind != Kind::kObject) {
    return Refusal("malformed_envelope", pointer, "this must be an object");
  }
  const Node* args = Member(tape, context, "args");
  const Node* query = Member(tape, args, "query");
  if (context != nullptr) {
    if (auto refusal = CheckOnly(tape, *context, pointer, "args")) return refusal;
  }
  if (args != nullptr && args->kind == Kind::kObject) {
    if (auto refusal = CheckOnly(tape, *args, args_pointer, "query")) return refusal;
  }
  if (query == nullptr || query->kind != Kind::kString || tape.RawString(*query).empty()) {
    return Refusal("missing_evaluable_content", query_pointer, "the text to decide on is missing");
  }
  std::string text;
  json::Unescape(tape.RawString(*query), &text);
  if (std::find(queries->begin(), queries->end(), text) == queries->end())
    queries->push_back(std::move(text));
  return std::nullopt;
}

// One evaluation; what it leaves out is taken from `shared`, which may be null.
std::optional<AuthZenRefusal> ReadOne(const Tape& tape, const Node& one, const Node* shared,
                                      const std::string& pointer, std::vector<std::string>* queries) {
  const auto part = [&](std::string_view name) {
    const Node* own = Member(tape, &one, name);
    return own != nullptr ? own : Member(tape, shared, name);
  };
  if (auto refusal = CheckEntity(tape, part("subject"), pointer + "/subject", {"type", "id"})) return refusal;
  if (auto refusal = CheckEntity(tape, part("action"), pointer + "/action", {"name"})) return refusal;
  if (auto refusal = CheckEntity(tape, part("resource"), pointer + "/resource", {"type", "id"}))
    return refusal;
  return ReadContext(tape, part("context"), pointer + "/context", queries);
}

std::optional<AuthZenRefusal> ReadBulk(const Tape& tape, const Node& bulk,
                                       std::vector<std::string>* queries) {
  const Node* list = Member(tape, &bulk, "evaluations");
  if (list == nullptr || list->kind != Kind::kArray) {
    return Refusal("malformed_envelope", "/evaluations/evaluations", "this must be an array");
  }
  size_t count = 0;
  for (const Node& one : tape.Children(*list)) {
    const std::string pointer = base::StrCat("/evaluations/evaluations/", count);
    if (one.kind != Kind::kObject) return Refusal("malformed_envelope", pointer, "this must be an object");
    if (++count > kMaxEvaluations) break;
    if (auto refusal = ReadOne(tape, one, &bulk, pointer, queries)) return refusal;
  }
  if (count == 0 || count > kMaxEvaluations) {
    return Refusal("malformed_envelope", "/evaluations/evaluations",
                   base::StrCat("1 to ", kMaxEvaluations, " evaluations are allowed"));
  }
  return std::nullopt;
}

struct ProfileRow {
  DecisionKind kind;
  const char* state;
  const char* category;
  const char* reason;
};

constexpr ProfileRow kProfileRows[] = {
    {DecisionKind::kAllow, "ALLOW", "allowed", "permitted"},
    {DecisionKind::kDeny, "DENY", "not_permitted", "explicit_constraint"},
    {DecisionKind::kNeedsApproval, "CHALLENGE", "approval_required", "approval_required"},
};

// What the answers about inputs and outputs have in common.
Json CheckAnswer(const DecisionFacts& facts, const PolicyVerdict& verdict) {
  Json matches = Json::array();
  for (const std::string& policy : TriggeredPolicies(verdict.record)) {
    matches.push_back({{"policy_id", policy}, {"policy_name", policy}});
  }
  Json answer = {{"allowed", verdict.kind == DecisionKind::kAllow},
                 {"policies_evaluated", facts.checks.size()},
                 {"decision_id", verdict.record.request_id},
                 {"policy_matches", std::move(matches)},
                 {"redacted", IsRedacted(verdict)},
                 {"redaction_evaluated", true}};
  if (verdict.kind != DecisionKind::kAllow) answer["block_reason"] = verdict.message;
  return answer;
}

}  // namespace

bool IsRedacted(const PolicyVerdict& verdict) {
  return verdict.kind == DecisionKind::kAllow && verdict.record.verdict == "redact";
}

std::string DecideAnswer(const DecisionFacts& facts, const PolicyVerdict& verdict) {
  Json obligations = Json::array();
  if (IsRedacted(verdict)) {
    std::string detail;
    for (const std::string& policy : RedactingPolicies(verdict.record))
      detail += (detail.empty() ? "" : ", ") + policy;
    obligations.push_back({{"type", "redact_pii"},
                           {"detail", detail},
                           {"fulfillment",
                            {{"endpoint", kCheckInputPath},
                             {"method", "POST"},
                             {"phase", "request"},
                             {"content_types", Json::array({"text/plain"})}}}});
  }
  Json reasons = Json::array();
  if (!verdict.message.empty()) reasons.push_back(verdict.message);
  return Text({{"verdict", VerdictName(verdict.kind)},
               {"decision_id", verdict.record.request_id},
               {"trace_id", TraceIdOf(verdict.record.traceparent)},
               {"reasons", std::move(reasons)},
               {"obligations", std::move(obligations)},
               {"evaluated_policies", facts.checks},
               {"matched_policies", TriggeredPolicies(verdict.record)},
               {"stage", facts.stage},
               {"expires_at", Rfc3339(facts.expires_at_us)}});
}

std::string DecideRefusal(std::string_view message) {
  return Text({{"success", false},
               {"verdict", "deny"},
               {"error", message},
               {"reasons", Json::array({message})},
               {"obligations", Json::array()},
               {"evaluated_policies", Json::array()}});
}

std::string CheckInputAnswer(const DecisionFacts& facts, const PolicyVerdict& verdict) {
  Json answer = CheckAnswer(facts, verdict);
  if (IsRedacted(verdict)) answer["redacted_statement"] = QueryOf(verdict.body);
  return Text(answer);
}

std::string CheckOutputAnswer(const DecisionFacts& facts, const PolicyVerdict& verdict,
                              const CheckOutputBody& output) {
  Json answer = CheckAnswer(facts, verdict);
  if (!IsRedacted(verdict)) return Text(answer);
  const CheckOutputBody redacted = OutputOf(verdict.body);
  if (redacted.message != output.message) answer["redacted_message"] = redacted.message;
  std::string text = Text(answer);
  if (redacted.response_data != output.response_data) {  // as it is, so that numbers keep their digits
    text.pop_back();
    text += base::StrCat(",\"redacted_data\":", redacted.response_data, "}");
  }
  return text;
}

std::string AuthZenRefusalBody(const AuthZenRefusal& refusal, std::string_view request_id) {
  Json body = {{"code", refusal.code}, {"message", refusal.message}};
  if (!refusal.pointer.empty()) body["pointer"] = refusal.pointer;
  if (!request_id.empty()) body["request_id"] = request_id;
  return Text(body);
}

std::optional<AuthZenRefusal> ReadAuthZenBody(std::string_view body, const json::Limits& limits,
                                              std::vector<std::string>* queries) {
  Tape tape;
  if (!tape.Parse(body, limits).ok() || tape.root().kind != Kind::kObject) {
    return Refusal("malformed_envelope", "", "the body must be a JSON object");
  }
  const Node* one = Member(tape, &tape.root(), "evaluation");
  const Node* bulk = Member(tape, &tape.root(), "evaluations");
  if (one != nullptr && bulk != nullptr) {
    return Refusal("malformed_envelope", "", "either evaluation or evaluations, not both");
  }
  if (bulk != nullptr && bulk->kind == Kind::kObject) return ReadBulk(tape, *bulk, queries);
  if (bulk != nullptr) return Refusal("malformed_envelope", "/evaluations", "this must be an object");
  if (one == nullptr) return ReadOne(tape, tape.root(), nullptr, "", queries);
  if (one->kind != Kind::kObject)
    return Refusal("malformed_envelope", "/evaluation", "this must be an object");
  return ReadOne(tape, *one, nullptr, "/evaluation", queries);
}

std::string AuthZenAnswer(const std::vector<PolicyVerdict>& verdicts, bool profile) {
  const PolicyVerdict* decisive = &verdicts[0];
  Json obligations = Json::array();
  for (const PolicyVerdict& verdict : verdicts) {
    const bool worse = verdict.kind == DecisionKind::kDeny || (verdict.kind == DecisionKind::kNeedsApproval &&
                                                               decisive->kind == DecisionKind::kAllow);
    if (worse) decisive = &verdict;
    for (const std::string& policy : RedactingPolicies(verdict.record)) {
      obligations.push_back({{"type", "field_redact"},
                             {"target", "context.args.query"},
                             {"mandatory", true},
                             {"source_policy", policy},
                             {"schema_version", 1}});
    }
  }
  Json answer = {{"decision", decisive->kind == DecisionKind::kAllow}};
  if (!profile) return Text(answer);
  for (const ProfileRow& row : kProfileRows) {
    if (row.kind != decisive->kind) continue;
    Json context = {{"profile", kAuthZenProfile},
                    {"state", row.state},
                    {"category", row.category},
                    {"reason", row.reason},
                    {"decision_id", decisive->record.request_id},
                    {"schema_version", kSchemaVersion}};
    if (decisive->kind == DecisionKind::kAllow && !obligations.empty()) context["obligations"] = obligations;
    answer["context"] = std::move(context);
  }
  return Text(answer);
}

}  // namespace portcullis::edge
