// Bodies of AxonFlow's API: each is either refused with a reason or becomes a chat completion that is strict
// JSON.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "libs/json/tape.h"
#include "services/edge/domain/axonflow/basic_auth.h"
#include "services/edge/domain/axonflow/bodies.h"
#include "services/edge/domain/axonflow/chat_body.h"
#include "services/edge/domain/axonflow/decisions.h"
#include "services/edge/domain/axonflow/policy_bodies.h"
#include "services/edge/domain/axonflow/policy_views.h"
#include "services/edge/domain/axonflow/reports.h"

namespace {

using namespace portcullis;

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  json::Tape tape;
  edge::ProxyBody proxy;
  if (const auto wrong = edge::ReadProxyBody(text, {}, &proxy)) {
    Require(!wrong->empty());
  } else {
    Require(tape.Parse(edge::ChatBody(proxy)).ok());
  }
  edge::PreCheckBody check;
  if (!edge::ReadPreCheckBody(text, {}, &check)) Require(tape.Parse(edge::ChatBody(check.query)).ok());
  edge::LlmCallBody call;
  if (!edge::ReadLlmCallBody(text, {}, &call)) Require(!call.model.empty());
  edge::AuditSearchBody search;
  edge::AuditPage page;
  if (!edge::ReadAuditSearchBody(text, {}, &search) && !edge::ReadAuditPage(search, "caller", true, &page)) {
    Require(page.query.limit >= 1 && page.query.limit <= 10'000);
  }
  edge::DecideBody decide;
  if (!edge::ReadDecideBody(text, {}, &decide)) Require(!decide.query.empty());
  edge::CheckInputBody input;
  if (!edge::ReadCheckInputBody(text, {}, &input)) Require(!input.statement.empty());
  std::vector<std::string> queries;
  if (const auto refusal = edge::ReadAuthZenBody(text, {}, &queries)) {
    Require(tape.Parse(edge::AuthZenRefusalBody(*refusal, "")).ok());
  } else {
    Require(!queries.empty());
  }
  for (const auto kind : {policy::CatalogKind::kStatic, policy::CatalogKind::kDynamic}) {
    policy::CatalogDraft draft;
    if (const auto wrong = edge::ReadPolicyDraft(kind, text, {}, &draft)) {
      Require(tape.Parse(edge::PolicyErrorBody(kind, 400, *wrong)).ok());
      continue;
    }
    policy::CatalogPolicy policy;
    policy.kind = kind;
    policy.pattern = draft.pattern.value_or("");
    policy.name = draft.name.value_or("");
    policy.conditions = draft.conditions.value_or(policy.conditions);
    policy.actions = draft.actions.value_or(policy.actions);
    Require(tape.Parse(edge::PolicyPage(policy), {.max_depth = 80}).ok());
  }
  edge::PatternTestBody pattern;
  if (!edge::ReadPatternTest(text, {}, &pattern)) {
    Require(tape.Parse(edge::PatternTestPage(pattern.pattern, pattern.inputs, {})).ok());
  }
  policy::PolicyTrialInput trial;
  (void)edge::ReadPolicyTest(text, {}, &trial);
  edge::ImportBody import;
  if (!edge::ReadImport(text, {}, &import)) {
    for (const policy::CatalogDraft& draft : import.policies) Require(!draft.name.value_or("").empty());
  }
  const edge::PageQuery query(text);
  Require(!edge::PolicyList({}, query) || tape.Parse(*edge::PolicyList({}, query)).ok());
  (void)query.Number("limit", 0, 100, 1);
  (void)edge::ParseBasic(text);
  return 0;
}
