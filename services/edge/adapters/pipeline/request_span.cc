#include "services/edge/adapters/pipeline/request_span.h"

#include <string>
#include <utility>
#include <vector>

#include "libs/base/strings.h"
#include "libs/telemetry/api/gen_ai.h"
#include "services/edge/adapters/pipeline/request_run.h"
#include "services/edge/domain/openai_answer.h"

namespace portcullis::edge {
namespace {

namespace gen_ai = telemetry::gen_ai;

// `error.type` is the reason of what went wrong. The span of a server has not failed when the caller's
// request was at fault (HTTP conventions), nor when a policy blocked it.
void DescribeFailure(const audit::Record& record, telemetry::ActiveSpan* span) {
  const bool ended_well =
      record.outcome == "ok" || record.outcome == "checked" || record.outcome == "blocked";
  if (ended_well && record.http_status < 500) return;
  const bool callers_fault = record.http_status >= 400 && record.http_status < 499;
  if (callers_fault) {
    span->SetText(telemetry::kErrorType, record.reason_code);
  } else {
    span->Fail(record.reason_code);
  }
}

void DescribeModel(const audit::Record& record, telemetry::ActiveSpan* span) {
  span->SetText(gen_ai::kProvider, gen_ai::ProviderOf(record.provider));
  span->SetText(gen_ai::kRequestModel, record.model);
  if (!record.finish_reason.empty()) {
    span->Set(gen_ai::kFinishReasons, std::vector<std::string>{record.finish_reason});
  }
  if (record.prompt_tokens == 0 && record.completion_tokens == 0) return;
  span->SetNumber(gen_ai::kInputTokens, record.prompt_tokens);
  span->SetNumber(gen_ai::kOutputTokens, record.completion_tokens);
  if (record.tokens_estimated) span->Set("portcullis.tokens_estimated", true);
  if (record.cost_usd) span->Set("portcullis.cost_usd", *record.cost_usd);
}

// How the request came: the conventions' names for HTTP are not for gRPC.
void DescribeTransport(const audit::Record& record, telemetry::ActiveSpan* span) {
  span->SetText(telemetry::kHttpRoute, record.endpoint);
  if (record.method == "GRPC") return span->SetText("rpc.system", "grpc");
  span->SetText(telemetry::kHttpMethod, record.method);
  if (record.http_status > 0) {
    span->SetNumber(telemetry::kHttpStatus, static_cast<uint64_t>(record.http_status));
  }
}

}  // namespace

void DescribeRequest(const audit::Record& record, router::Operation operation, telemetry::ActiveSpan* span) {
  if (!*span) return;
  DescribeTransport(record, span);
  span->SetText(gen_ai::kOperation, gen_ai::OperationOf(router::OperationName(operation)));
  DescribeModel(record, span);
  span->SetText("portcullis.request_id", record.request_id);
  span->SetText("portcullis.outcome", record.outcome);
  span->SetText("portcullis.verdict", record.verdict);
  span->SetText("portcullis.policy", record.policy);
  span->SetText("portcullis.reason_code", record.reason_code);
  span->SetText("portcullis.target", record.target);
  span->SetNumber("portcullis.overhead_us", record.overhead_us);
  if (record.stream) span->Set("portcullis.stream", true);
  DescribeFailure(record, span);
}

void DescribeAnswer(const json::Tape& answer, telemetry::ActiveSpan* span) {
  if (*span) span->SetText(gen_ai::kResponseModel, ReadModel(answer));
}

void DescribeStream(std::string_view envelope, telemetry::ActiveSpan* span) {
  json::Tape tape;
  if (!*span || envelope.empty()) return;
  const std::string object = base::StrCat("{", envelope, "}");
  if (tape.Parse(object).ok()) DescribeAnswer(tape, span);
}

// Ends with the run: when the last byte has left.
void RequestRun::StartSpan() {
  context_.traceparent = inbound_.own_traceparent.empty()
                             ? telemetry::EnterTrace(inbound_.traceparent, deps_.tracing, deps_.rng)
                             : std::move(inbound_.own_traceparent);
  if (!deps_.tracing.Wants(context_.traceparent)) return;
  span_ = telemetry::ActiveSpan::At(context_.traceparent, inbound_.traceparent, deps_.tracing,
                                    telemetry::SpanKind::kServer,
                                    base::StrCat(inbound_.method, " ", inbound_.endpoint));
  span_.Start(deps_.clock);
}

}  // namespace portcullis::edge
