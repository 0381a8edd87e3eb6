// Bodies of AxonFlow's API: the first byte says of which call. Each is refused with a reason, or becomes what
// the gateway goes on with: chat completions, answers and pages that are strict JSON.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "libs/json/tape.h"
#include "services/edge/domain/axonflow/basic_auth.h"
#include "services/edge/domain/axonflow/bodies.h"
#include "services/edge/domain/axonflow/chat_body.h"
#include "services/edge/domain/axonflow/decisions.h"
#include "services/edge/domain/axonflow/policy_bodies.h"
#include "services/edge/domain/axonflow/policy_views.h"
#include "services/edge/domain/axonflow/provider_pages.h"
#include "services/edge/domain/axonflow/reports.h"

namespace {

using namespace portcullis;
using policy::CatalogKind;

void Require(bool holds) {
  if (!holds) std::abort();
}

void RequireJson(std::string_view text) {
  json::Tape tape;
  Require(tape.Parse(text, {.max_depth = 80}).ok());
}

void Proxy(std::string_view text) {
  edge::ProxyBody body;
  if (const auto wrong = edge::ReadProxyBody(text, {}, &body)) return Require(!wrong->empty());
  RequireJson(edge::ChatBody(body));
}

void PreCheck(std::string_view text) {
  edge::PreCheckBody body;
  if (edge::ReadPreCheckBody(text, {}, &body)) return;
  RequireJson(edge::ChatBody(body.query));
  Require(edge::QueryOf(edge::ChatBody(body.query)) == body.query);
}

void LlmCall(std::string_view text) {
  edge::LlmCallBody body;
  if (!edge::ReadLlmCallBody(text, {}, &body)) Require(!body.model.empty() && !body.context_id.empty());
}

void AuditSearch(std::string_view text) {
  edge::AuditSearchBody body;
  edge::AuditPage page;
  if (edge::ReadAuditSearchBody(text, {}, &body) || edge::ReadAuditPage(body, "caller", true, &page)) return;
  Require(page.query.limit >= 1 && page.query.limit <= 10'000);
  RequireJson(edge::AuditEntries(page, {}, 0));
}

void Decide(std::string_view text) {
  edge::DecideBody body;
  if (const auto wrong = edge::ReadDecideBody(text, {}, &body))
    return RequireJson(edge::DecideRefusal(*wrong));
  Require(!body.query.empty() && !body.stage.empty());
}

void CheckInput(std::string_view text) {
  edge::CheckInputBody body;
  if (!edge::ReadCheckInputBody(text, {}, &body)) Require(!body.statement.empty());
}

void CheckOutput(std::string_view text) {
  edge::CheckOutputBody body;
  if (edge::ReadCheckOutputBody(text, {}, &body)) return;
  const edge::CheckOutputBody back = edge::OutputOf(edge::AnswerBody(body));
  Require(back.message == body.message && back.response_data == body.response_data);
  edge::PolicyVerdict verdict;
  verdict.record.verdict = "redact";
  verdict.body = edge::AnswerBody({"", body.response_data});
  RequireJson(edge::CheckOutputAnswer({{}, "", 0}, verdict, body));
}

void AuthZen(std::string_view text) {
  std::vector<std::string> queries;
  if (const auto refusal = edge::ReadAuthZenBody(text, {}, &queries)) {
    return RequireJson(edge::AuthZenRefusalBody(*refusal, ""));
  }
  Require(!queries.empty());
  RequireJson(edge::AuthZenAnswer(std::vector<edge::PolicyVerdict>(queries.size()), true));
}

void Policy(CatalogKind kind, std::string_view text) {
  policy::CatalogDraft draft;
  if (const auto wrong = edge::ReadPolicyDraft(kind, text, {}, &draft)) {
    return RequireJson(edge::PolicyErrorBody(kind, 400, *wrong));
  }
  policy::CatalogPolicy policy;
  policy.kind = kind;
  policy.pattern = draft.pattern.value_or("");
  policy.name = draft.name.value_or("");
  policy.conditions = draft.conditions.value_or(policy.conditions);
  policy.actions = draft.actions.value_or(policy.actions);
  RequireJson(edge::PolicyPage(policy));
}

void StaticPolicy(std::string_view text) { Policy(CatalogKind::kStatic, text); }
void DynamicPolicy(std::string_view text) { Policy(CatalogKind::kDynamic, text); }

void PatternTest(std::string_view text) {
  edge::PatternTestBody body;
  if (edge::ReadPatternTest(text, {}, &body)) return;
  RequireJson(edge::PatternTestPage(body.pattern, body.inputs, {}));
}

void PolicyTest(std::string_view text) {
  policy::PolicyTrialInput input;
  (void)edge::ReadPolicyTest(text, {}, &input);
}

void Import(std::string_view text) {
  edge::ImportBody body;
  if (edge::ReadImport(text, {}, &body)) return;
  for (const policy::CatalogDraft& draft : body.policies) Require(!draft.name.value_or("").empty());
}

void Weights(std::string_view text, bool fractions) {
  router::TargetWeights weights;
  if (const auto wrong = edge::ReadWeightsBody(text, {}, fractions, &weights)) {
    return RequireJson(edge::CodedErrorBody("VALIDATION_ERROR", *wrong));
  }
  double sum = 0;
  for (const auto& [name, weight] : weights) {
    Require(weight > 0 && weight <= router::kMaxTargetWeight);
    sum += weight;
  }
  Require(sum > 0);
}

void Routing(std::string_view text) { Weights(text, false); }
void OldWeights(std::string_view text) { Weights(text, true); }

// Queries of URLs and credentials are no bodies, but as foreign.
void Query(std::string_view text) {
  const edge::PageQuery query(text);
  if (const auto list = edge::PolicyList({}, query)) RequireJson(*list);
  if (const auto list = edge::ProviderList({{}, {}, 0}, query)) RequireJson(*list);
  if (const auto history = edge::CircuitHistoryPage({{}, {}, 0}, query)) RequireJson(*history);
  (void)edge::PeriodOf(query.Text("period"), 0);
  (void)edge::BreakdownGroups(query.Text("group_by"));
}

void Credentials(std::string_view text) { (void)edge::ParseBasic(text); }

// By the letter that the corpus has at their beginning: 'a', 'b', ...
constexpr std::array kBodies = {Proxy,       PreCheck, LlmCall,      AuditSearch,   Decide,      CheckInput,
                                CheckOutput, AuthZen,  StaticPolicy, DynamicPolicy, PatternTest, PolicyTest,
                                Import,      Routing,  OldWeights,   Query,         Credentials};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  kBodies[static_cast<uint8_t>(data[0] - 'a') % kBodies.size()](text);
  return 0;
}
