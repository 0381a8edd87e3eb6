#include "apps/portcullis/policy/offline_gateway.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/json/tape.h"
#include "services/edge/domain/text_places.h"

namespace portcullis::app {
namespace {

using Json = nlohmann::ordered_json;
using policy::Action;

// A document and its texts. The segments refer to it.
struct Document {
  absl::Status Parse(const std::string& given, bool answer) {
    text = given;
    if (const absl::Status parsed = tape.Parse(text); !parsed.ok()) return parsed;
    if (tape.root().kind != json::Kind::kObject) return absl::InvalidArgumentError("it is no JSON object");
    places = answer ? edge::AnswerText(tape) : edge::RequestText(tape);
    segments = edge::ToSegments(tape, places, &scratch);
    return absl::OkStatus();
  }
  Json Edited(const std::vector<policy::Edit>& edits) const {
    return Json::parse(edge::ApplySplices(text, edge::ToSplices(tape, places, edits)));
  }

  std::string text;
  json::Tape tape;
  std::vector<edge::TextPlace> places;
  std::vector<std::string> scratch;
  std::vector<policy::Segment> segments;
};

std::string TextOf(const Json& content) {
  return content.is_string() ? content.get<std::string>() : content.is_null() ? "" : content.dump();
}

std::string LastContent(const Json& body) {
  if (body.contains("prompt")) return TextOf(body["prompt"]);
  const Json& messages = body["messages"];
  if (!messages.is_array() || messages.empty() || !messages.back().is_object()) return "";
  return TextOf(messages.back().value("content", Json()));
}

std::string FirstChoice(const Json& answer) {
  const Json choices = answer.value("choices", Json());
  if (!choices.is_array() || choices.empty() || !choices[0].is_object()) return "";
  const Json message = choices[0].value("message", Json());
  return message.is_object() ? TextOf(message.value("content", Json())) : "";
}

void Take(const policy::Decision& decision, OfflineOutcome* outcome) {
  outcome->findings.insert(outcome->findings.end(), decision.findings.begin(), decision.findings.end());
  if (decision.action == Action::kAllow) return;
  outcome->verdict = policy::ActionName(decision.action);
  outcome->policy = decision.policy;
  outcome->reason_code = decision.reason_code.empty() ? "content.redacted" : decision.reason_code;
}

}  // namespace

absl::StatusOr<std::unique_ptr<OfflineGateway>> OfflineGateway::Create(const policy::ChainOptions& chain,
                                                                       const base::Clock& clock) {
  policy::ChainOptions offline = chain;
  std::erase(offline.chain, policy::kExternalModeration);  // its service is not to be asked by tests
  ASSIGN_OR_RETURN(std::shared_ptr<const policy::Bundle> bundle, policy::Bundle::Compile(offline));
  return std::unique_ptr<OfflineGateway>(new OfflineGateway(std::move(bundle), clock));
}

absl::StatusOr<policy::OpenResult> OfflineGateway::Open(const policy::OpenRequest& request) {
  absl::StatusOr<policy::OpenResult> opened = absl::InternalError("the engine did not answer");
  engine_.Open(request, [&](absl::StatusOr<policy::OpenResult> result) { opened = std::move(result); });
  return opened;
}

absl::StatusOr<OfflineOutcome> OfflineGateway::Run(const PolicyTestCase& test) {
  Document document;
  if (const absl::Status parsed = document.Parse(test.body, false); !parsed.ok()) {
    return absl::InvalidArgumentError(base::StrCat("the request: ", base::Message(parsed)));
  }
  const Json body = Json::parse(test.body);
  policy::OpenRequest request;
  request.context.tenant = test.tenant;
  request.model = TextOf(body.value("model", Json()));
  request.input = document.segments;
  request.modalities = edge::RequestModalities(document.tape);
  for (const auto& [name, value] : test.headers) request.headers.push_back({name, value});
  ASSIGN_OR_RETURN(policy::OpenResult opened, Open(request));
  OfflineOutcome outcome;
  Take(opened.decision, &outcome);
  if (opened.decision.action >= Action::kEscalate) return outcome;
  outcome.content = LastContent(document.Edited(opened.decision.edits));
  if (!test.response.empty()) RETURN_IF_ERROR(CheckAnswer(test.response, *opened.exchange, &outcome));
  return outcome;
}

absl::Status OfflineGateway::CheckAnswer(const std::string& answer, policy::Exchange& exchange,
                                         OfflineOutcome* outcome) {
  Document document;
  if (const absl::Status parsed = document.Parse(answer, true); !parsed.ok()) {
    return absl::InvalidArgumentError(base::StrCat("upstream_response: ", base::Message(parsed)));
  }
  absl::StatusOr<policy::Decision> decision = absl::InternalError("the engine did not answer");
  exchange.CheckOutput(document.segments,
                       [&](absl::StatusOr<policy::Decision> got) { decision = std::move(got); });
  RETURN_IF_ERROR(decision.status());
  Take(*decision, outcome);
  if (decision->action < Action::kEscalate) outcome->response = FirstChoice(document.Edited(decision->edits));
  return absl::OkStatus();
}

policy::Decision OfflineGateway::Judge(std::string_view text, policy::Role role,
                                       policy::Direction direction) {
  const policy::Segment segment{text, policy::SegmentKind::kText, role, ""};
  policy::OpenRequest request;
  if (direction == policy::Direction::kInput) request.input.push_back(segment);
  absl::StatusOr<policy::OpenResult> opened = Open(request);
  if (!opened.ok()) return {};
  if (direction == policy::Direction::kInput) return std::move(opened->decision);
  policy::Decision out;
  opened->exchange->CheckOutput({segment}, [&](absl::StatusOr<policy::Decision> got) {
    if (got.ok()) out = *std::move(got);
  });
  return out;
}

}  // namespace portcullis::app
