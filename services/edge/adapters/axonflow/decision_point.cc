#include "services/edge/adapters/axonflow/decision_point.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "libs/base/strings.h"
#include "services/edge/domain/axonflow/answers.h"
#include "services/edge/domain/axonflow/bodies.h"
#include "services/edge/domain/axonflow/chat_body.h"
#include "services/edge/domain/axonflow/endpoints.h"
#include "services/edge/domain/axonflow/record_facts.h"

namespace portcullis::edge {

using boost::asio::awaitable;

namespace {

constexpr std::string_view kDecide = "/api/v1/decide", kEvaluate = "/api/v1/access/evaluation";
constexpr std::chrono::minutes kDecisionHolds{5};

DecisionReply Refused(std::string body) {
  DecisionReply reply;
  reply.status = 400;
  reply.code = "invalid_request";
  reply.body = std::move(body);
  return reply;
}

DecisionKind KindOf(const CheckedRequest& checked) {
  if (!checked.body.empty()) return DecisionKind::kAllow;
  return checked.record.verdict == "escalate" ? DecisionKind::kNeedsApproval : DecisionKind::kDeny;
}

void TakeIds(const PolicyVerdict& verdict, DecisionReply* reply) {
  reply->request_id = verdict.record.request_id;
  reply->trace_id = TraceIdOf(verdict.record.traceparent);
}

}  // namespace

std::string_view DecisionPoint::EndpointOf(std::string_view path) {
  for (const std::string_view known : {kDecide, kCheckInputPath, kCheckOutputPath, kEvaluate}) {
    if (path == known) return known;
  }
  return "";
}

awaitable<DecisionReply> DecisionPoint::Answer(const Inbound& inbound, std::string_view profile) {
  if (inbound.endpoint == kDecide) co_return co_await Decide(inbound);
  if (inbound.endpoint == kCheckInputPath) co_return co_await CheckInput(inbound);
  if (inbound.endpoint == kCheckOutputPath) co_return co_await CheckOutput(inbound);
  co_return co_await Evaluate(inbound, profile == kAuthZenProfile);
}

awaitable<bool> DecisionPoint::Ask(const Inbound& inbound, Way way, std::string body, PolicyVerdict* verdict,
                                   DecisionReply* reply) {
  Inbound check = inbound;
  check.body = std::move(body);
  CheckedRequest checked;
  co_await (pipeline_.*way)(std::move(check), &checked);
  verdict->record = checked.record;
  TakeIds(*verdict, reply);
  if (checked.error) {
    reply->status = checked.error->status;
    reply->body = FailureBody(checked.error->message);
    co_return false;
  }
  verdict->kind = KindOf(checked);
  verdict->message = checked.message;
  verdict->body = std::move(checked.body);
  co_return true;
}

awaitable<DecisionReply> DecisionPoint::Decide(const Inbound& inbound) {
  const std::shared_ptr<const LiveSettings> live = pipeline_.live();
  DecideBody body;
  if (const auto wrong = ReadDecideBody(inbound.body, pipeline_.json_limits(), &body))
    co_return Refused(DecideRefusal(*wrong));
  DecisionReply reply;
  PolicyVerdict verdict;
  ProxyBody question;
  question.query = body.query;
  question.model = body.model;
  const bool asked = co_await Ask(inbound, &Pipeline::Check, ChatBody(question), &verdict, &reply);
  if (asked) reply.body = DecideAnswer(Facts(*live, body.stage), verdict);
  co_return reply;
}

awaitable<DecisionReply> DecisionPoint::CheckInput(const Inbound& inbound) {
  const std::shared_ptr<const LiveSettings> live = pipeline_.live();
  CheckInputBody body;
  if (const auto wrong = ReadCheckInputBody(inbound.body, pipeline_.json_limits(), &body))
    co_return Refused(FailureBody(*wrong));
  DecisionReply reply;
  PolicyVerdict verdict;
  const bool asked = co_await Ask(inbound, &Pipeline::Check, ChatBody(body.statement), &verdict, &reply);
  if (!asked) co_return reply;
  reply.body = CheckInputAnswer(Facts(*live, ""), verdict);
  if (verdict.kind != DecisionKind::kAllow) reply.status = 403;
  co_return reply;
}

awaitable<DecisionReply> DecisionPoint::CheckOutput(const Inbound& inbound) {
  const std::shared_ptr<const LiveSettings> live = pipeline_.live();
  CheckOutputBody body;
  if (const auto wrong = ReadCheckOutputBody(inbound.body, pipeline_.json_limits(), &body))
    co_return Refused(FailureBody(*wrong));
  DecisionReply reply;
  PolicyVerdict verdict;
  const bool asked = co_await Ask(inbound, &Pipeline::CheckAnswer, AnswerBody(body), &verdict, &reply);
  if (!asked) co_return reply;
  reply.body = CheckOutputAnswer(Facts(*live, ""), verdict, body);
  if (verdict.kind != DecisionKind::kAllow) reply.status = 403;
  co_return reply;
}

awaitable<DecisionReply> DecisionPoint::Evaluate(const Inbound& inbound, bool profile) {
  std::vector<std::string> queries;
  if (const auto refusal = ReadAuthZenBody(inbound.body, pipeline_.json_limits(), &queries)) {
    co_return Refused(AuthZenRefusalBody(*refusal, ""));
  }
  DecisionReply reply;
  std::vector<PolicyVerdict> verdicts;
  for (const std::string& query : queries) {
    const bool asked =
        co_await Ask(inbound, &Pipeline::Check, ChatBody(query), &verdicts.emplace_back(), &reply);
    if (!asked) {
      AuthZenRefusal refusal;
      refusal.code = "evaluation_unavailable";
      refusal.message = "the policies could not be asked";
      reply.body = AuthZenRefusalBody(refusal, reply.request_id);
      co_return reply;
    }
  }
  reply.body = AuthZenAnswer(verdicts, profile);
  co_return reply;
}

DecisionFacts DecisionPoint::Facts(const LiveSettings& live, std::string stage) const {
  const base::SystemTime ends = pipeline_.deps().clock.Now() + kDecisionHolds;
  return {live.axonflow.checks, std::move(stage), ends.time_since_epoch().count()};
}

}  // namespace portcullis::edge
