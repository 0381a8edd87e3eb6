#include "services/edge/adapters/pipeline/request_run.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/base/ids.h"
#include "libs/base/strings.h"
#include "services/edge/adapters/pipeline/request_span.h"

namespace portcullis::edge {

using boost::asio::awaitable;
using policy::Action;
using router::Outcome;

namespace {

// A check of the request may be done again: with its replica went all that it had counted.
constexpr int kOpenTries = 3;

uint64_t Micros(base::Duration duration) {
  return static_cast<uint64_t>(
      std::max<int64_t>(0, std::chrono::floor<std::chrono::microseconds>(duration).count()));
}

// By the names of AxonFlow's request types.
std::string_view RequestTypeOf(router::Operation operation) {
  switch (operation) {
    case router::Operation::kChatCompletions:
      return "chat";
    case router::Operation::kFimCompletions:
      return "completion";
    case router::Operation::kEmbeddings:
      return "embedding";
  }
  return "chat";
}

double Seconds(uint64_t micros) { return static_cast<double>(micros) * 1e-6; }

}  // namespace

RequestRun::RequestRun(Pipeline& pipeline, Inbound inbound, AnswerSink& sink)
    : pipeline_(pipeline),
      options_(pipeline.options()),
      live_(pipeline.live()),
      deps_(pipeline.deps()),
      instruments_(pipeline.instruments()),
      inbound_(std::move(inbound)),
      sink_(sink),
      signal_(deps_.executor),
      capture_({options_.capture, instruments_.captured_input, instruments_.captured_output}) {
  const int64_t now = deps_.clock.Now().time_since_epoch().count();
  context_.request_id = inbound_.request_id.empty() ? base::NewRequestId(now / 1000, deps_.rng)
                                                    : std::move(inbound_.request_id);
  context_.deadline = inbound_.deadline;
  StartSpan();
  context_.principal = inbound_.principal;
  record_.request_id = context_.request_id;
  record_.started_us = now;
  record_.principal = inbound_.principal;
  record_.client_address = inbound_.client_address;
  record_.traceparent = context_.traceparent;
  record_.endpoint = inbound_.endpoint;
  record_.method = inbound_.method;
  record_.request_bytes = inbound_.body.size();
  record_.config_version = live_->config_version;
  record_.verdict = "allow";
  record_.reason_code = "all_policies_passed";
  instruments_.in_flight.Add(1);
  sink_.OnDeparture([this] {
    if (upstream_) upstream_->Cancel();
    signal_.Set();
  });
}

RequestRun::~RequestRun() {
  sink_.OnDeparture(nullptr);
  instruments_.in_flight.Add(-1);
}

std::optional<ApiError> RequestRun::Parse() {
  record_.request_sha256 = pipeline_.HashOf(inbound_.body);
  capture_.Received(inbound_.body);
  if (auto error = ParseRequest(inbound_.operation, inbound_.body, options_.request, &tape_, &facts_)) {
    record_.reason_code = error->code;
    return error;
  }
  record_.model = facts_.model;
  record_.stream = facts_.stream;
  record_.user = context_.user = facts_.user.empty() ? inbound_.user : facts_.user;
  return std::nullopt;
}

awaitable<void> RequestRun::Run() {
  if (std::optional<ApiError> error = Parse())
    co_return co_await Refuse(*std::move(error), "rejected", "error");
  const policy::OpenRequest question = QuestionOfRequest(false);
  absl::StatusOr<policy::OpenResult> opened = co_await OpenExchange(question);
  if (sink_.departed()) co_return co_await RecordDeparture("policy");
  if (!opened.ok() && !live_->serve_without_policy) {
    record_.reason_code = "policy_unavailable";
    co_return co_await Refuse(PolicyUnavailable(opened.status()), "rejected", "error");
  }
  if (opened.ok()) {
    const policy::Decision& decision = opened->decision;
    record_.bundle = opened->bundle;
    exchange_ = std::move(opened->exchange);
    ApplyInput(decision);
    if (decision.action >= Action::kEscalate) {
      co_return co_await Refuse(PolicyViolation(decision, false, live_->block_status), "blocked",
                                policy::ActionName(decision.action));
    }
  } else {
    SkipPolicy();
  }
  if (!WriteIntent()) co_return co_await Refuse(AuditUnavailable(), "rejected", "error");
  StartUpstream();
  if (facts_.stream) {
    co_await AnswerStream();
  } else {
    co_await AnswerWhole();
  }
}

awaitable<void> RequestRun::Refuse(ApiError error, std::string_view outcome, std::string_view verdict) {
  const int status = sink_.OnRefusal(error, outcome);
  record_.http_status = status;
  record_.outcome = outcome;
  record_.verdict = verdict;
  const std::string body = error.Json();
  record_.response_bytes = body.size();
  record_.response_sha256 = pipeline_.HashOf(body);
  co_await WriteOutcome();
  AnswerHeaders headers = Headers(false);
  AppendErrorHeaders(error, &headers);
  CountAnswer();
  (void)co_await sink_.Send(status, std::move(headers), body);
}

policy::OpenRequest RequestRun::QuestionOfRequest(bool only_input) {
  places_ = RequestText(tape_);
  policy::OpenRequest question = Question();
  question.model = facts_.model;
  question.stream = facts_.stream;
  question.only_input = only_input;
  question.input = ToSegments(tape_, places_, &scratch_);
  if (live_->modalities) question.modalities = RequestModalities(tape_);
  for (const policy::Segment& segment : question.input) input_text_bytes_ += segment.text.size();
  return question;
}

// Of no text.
policy::OpenRequest RequestRun::Question() const {
  policy::OpenRequest question;
  question.context = context_;
  question.request_type =
      inbound_.request_type.empty() ? RequestTypeOf(facts_.operation) : inbound_.request_type;
  if (!live_->policy_headers.empty()) question.headers = PolicyHeaders();
  return question;
}

awaitable<absl::StatusOr<policy::OpenResult>> RequestRun::OpenExchange(const policy::OpenRequest& question) {
  std::optional<absl::StatusOr<policy::OpenResult>> result;
  const base::MonotonicTime before = deps_.clock.Monotonic();
  for (int tries = 1;; ++tries) {
    result.reset();
    deps_.policy.Open(question, [&](absl::StatusOr<policy::OpenResult> opened) {
      result = std::move(opened);
      signal_.Set();
    });
    while (!result) co_await signal_.Wait();
    const bool lost = absl::IsUnavailable(result->status());
    if (!lost || tries == kOpenTries || sink_.departed()) break;
    instruments_.policy_reopened.Add();
  }
  record_.policy_us = Micros(deps_.clock.Monotonic() - before);
  co_return *std::move(result);
}

// The client's headers that conditions of policies name.
std::vector<policy::Header> RequestRun::PolicyHeaders() const {
  std::vector<policy::Header> named;
  for (const policy::Header& header : inbound_.headers) {
    const auto& names = live_->policy_headers;
    if (std::find(names.begin(), names.end(), header.name) != names.end()) named.push_back(header);
  }
  return named;
}

void RequestRun::ApplyInput(const policy::Decision& decision) {
  AddFindings(decision.findings, false, &tape_, &places_, nullptr);
  instruments_.forwarded_input.Add(static_cast<double>(input_text_bytes_));
  if (decision.required_bytes > decision.scanned_bytes) {
    instruments_.unscanned_input.Add(static_cast<double>(decision.required_bytes - decision.scanned_bytes));
  }
  if (decision.max_cost_nano_usd &&
      *decision.max_cost_nano_usd < inbound_.max_cost_nano_usd.value_or(UINT64_MAX)) {
    inbound_.max_cost_nano_usd = decision.max_cost_nano_usd;
    policy_limits_cost_ = true;
  }
  if (decision.action == Action::kAllow) return;
  TakeVerdict(decision.action, decision.policy, decision.reason_code);
  if (decision.edits.empty()) return;
  inbound_.body = ApplySplices(inbound_.body, ToSplices(tape_, places_, decision.edits));
  // The bytes moved: where the model stands is read again from the new body.
  if (tape_.Parse(inbound_.body, pipeline_.json_limits()).ok()) {
    const json::Node* model = tape_.Find(tape_.root(), "model");
    facts_.model_begin = model != nullptr ? model->begin : 0;
    facts_.model_end = model != nullptr ? model->end : 0;
  }
}

// The request goes on unseen, by `fail_mode: allow`: its record and the metric say so.
void RequestRun::SkipPolicy() {
  policy_skipped_ = true;
  record_.reason_code = "policy_unavailable";
  instruments_.forwarded_input.Add(static_cast<double>(input_text_bytes_));
  instruments_.unscanned_input.Add(static_cast<double>(input_text_bytes_));
}

// The verdict of a direction that did not simply allow. A redaction has no reason of its own in a decision.
void RequestRun::TakeVerdict(Action action, std::string_view policy, std::string_view reason_code) {
  record_.verdict = policy::ActionName(action);
  record_.policy = policy;
  record_.reason_code = reason_code.empty() ? "content.redacted" : reason_code;
}

bool RequestRun::WriteIntent() {
  record_.kind = audit::LeafKind::kIntent;
  record_.time_us = deps_.clock.Now().time_since_epoch().count();
  capture_.GoesOn(inbound_.body, !policy_skipped_);
  const absl::StatusOr<audit::LeafId> intent = deps_.journal.Write(record_, capture_.Take());
  if (!intent.ok()) {
    instruments_.AuditFailures(!options_.serve_without_audit).Add();
    record_.reason_code = "audit_unavailable";
    return options_.serve_without_audit;
  }
  record_.intent = *intent;
  receipt_ = audit::ReceiptText(deps_.journal.LastReceipt());
  return true;
}

// Policies have a time for each of their steps; what they wait for, the upstream, ends with the request's.
base::MonotonicTime RequestRun::UpstreamDeadline() const {
  const base::MonotonicTime own = inbound_.arrived + options_.request_timeout;
  return inbound_.deadline == base::MonotonicTime{} ? own : std::min(own, inbound_.deadline);
}

void RequestRun::StartUpstream() {
  router::CompletionRequest request;
  request.context = context_;
  request.context.deadline = UpstreamDeadline();
  request.operation = facts_.operation;
  request.model = facts_.model;
  request.stream = facts_.stream;
  request.body = std::move(inbound_.body);
  request.model_begin = facts_.model_begin;
  request.model_end = facts_.model_end;
  request.estimated_prompt_tokens = EstimateTokens(input_text_bytes_, places_.size());
  request.max_output_tokens = facts_.max_output_tokens;
  request.choices = facts_.choices;
  request.max_cost_nano_usd = inbound_.max_cost_nano_usd;
  request.preferred_targets = std::move(inbound_.preferred_targets);
  usage_.tokens.prompt = request.estimated_prompt_tokens;
  upstream_started_ = deps_.clock.Monotonic();
  if (live_->asks_again && !facts_.stream && exchange_ != nullptr) kept_request_ = request;
  upstream_ = std::make_unique<UpstreamAnswer>(deps_.router, std::move(request), signal_,
                                               options_.max_buffered_bytes);
  if (sink_.departed()) upstream_->Cancel();
}

awaitable<void> RequestRun::FailUpstream() {
  ApiError error = UpstreamFailure(*upstream_->summary());
  record_.reason_code = error.code;
  if (policy_limits_cost_ && upstream_->summary()->outcome == router::Outcome::kCostTooHigh) {
    record_.policy = error.policy = policy::kCostLimitKind;
  }
  co_await Refuse(std::move(error), "upstream_failed", "error");
}

awaitable<void> RequestRun::RecordDeparture(std::string_view phase) {
  if (upstream_) upstream_->Cancel();
  instruments_.Departures(phase).Add();
  record_.http_status = 499;
  record_.outcome = "cancelled";
  record_.reason_code = "client_departed";
  co_await WriteOutcome();
  CountAnswer();
}

awaitable<bool> RequestRun::WriteOutcome() {
  record_.kind = audit::LeafKind::kOutcome;
  record_.time_us = deps_.clock.Now().time_since_epoch().count();
  record_.total_us = SinceArrival();
  if (upstream_) {
    if (const auto& head = upstream_->head()) {
      record_.target = head->target;
      record_.provider = head->provider;
      record_.upstream_model = head->model;
      record_.variant = head->variant;
    }
    if (const auto& summary = upstream_->summary()) {
      if (record_.target.empty()) record_.target = summary->target;
      if (record_.variant.empty()) record_.variant = summary->variant;
      record_.attempts = spent_.attempts;
      if (!attempts_known_) AppendAttempts(*summary, &record_.attempts);
      NameRefusingTarget(*summary);
    } else if (const auto& head = upstream_->head()) {
      // Ended by us: of the attempts only the one that answered is known here.
      record_.attempts = spent_.attempts;
      record_.attempts.push_back({head->target, head->model, std::string(OutcomeName(Outcome::kCancelled)),
                                  head->http_status, UpstreamMicros()});
    }
  }
  record_.overhead_us = record_.total_us - std::min(record_.total_us, UpstreamMicros());
  const absl::StatusOr<audit::LeafId> outcome = deps_.journal.Write(record_, capture_.Take());
  if (outcome.ok() && receipt_.empty()) receipt_ = audit::ReceiptText(deps_.journal.LastReceipt());
  absl::Status durable = outcome.status();
  if (outcome.ok()) durable = co_await Durable();
  sink_.OnOutcome(record_);
  if (durable.ok()) co_return true;
  instruments_.AuditFailures(!options_.serve_without_audit).Add();
  co_return options_.serve_without_audit;
}

// A target that answered with an error sends no head.
void RequestRun::NameRefusingTarget(const router::CallSummary& summary) {
  if (!record_.provider.empty() || summary.attempts.empty()) return;
  record_.upstream_model = summary.attempts.back().model;
  record_.provider = summary.provider;
}

awaitable<absl::Status> RequestRun::Durable() {
  std::optional<absl::Status> result;
  auto span = telemetry::ActiveSpan::Below(context_.traceparent, deps_.tracing, deps_.rng,
                                           telemetry::SpanKind::kInternal, "audit record");
  span.Start(deps_.clock);
  deps_.journal.WhenDurable([&](absl::Status status) {
    result = std::move(status);
    signal_.Set();
  });
  while (!result) co_await signal_.Wait();
  if (!result->ok()) span.Fail(absl::StatusCodeToString(result->code()));
  co_return *std::move(result);
}

void RequestRun::WriteAmendment(std::string_view reason) {
  record_.kind = audit::LeafKind::kAmendment;
  record_.time_us = deps_.clock.Now().time_since_epoch().count();
  record_.outcome = "cancelled";
  record_.reason_code = reason;
  if (!deps_.journal.Write(record_, {}).ok()) instruments_.AuditFailures(false).Add();
}

void RequestRun::AddFindings(const std::vector<policy::Finding>& findings, bool output,
                             const json::Tape* tape, const std::vector<TextPlace>* places,
                             const StreamEditor* editor) {
  for (const policy::Finding& finding : findings) {
    audit::PolicyFinding& added = record_.findings.emplace_back();
    added.policy = finding.policy;
    added.rule = finding.rule;
    added.action = base::StrCat(finding.observed ? "would_" : "", policy::ActionName(finding.action));
    added.direction = output ? "output" : "input";
    added.reason = finding.reason;
    added.score = finding.score;
    added.begin = finding.begin;
    added.end = finding.end;
    if (editor != nullptr) {
      added.path = editor->ChannelPath(finding.segment);
    } else if (finding.segment < places->size()) {
      added.path = PathOf(*tape, (*places)[finding.segment].node);
    }
  }
}

void RequestRun::CountAnswer() {
  auto& endpoint = instruments_.Endpoint(inbound_.endpoint);
  endpoint.duration->Observe(Seconds(record_.total_us));
  endpoint.overhead->Observe(Seconds(record_.overhead_us));
  instruments_.Requests(inbound_.endpoint, record_.http_status, record_.verdict).Add();
  LogAnswer();
  DescribeRequest(record_, inbound_.operation, &span_);
  if (record_.target.empty()) return;
  for (const audit::PolicyFinding& finding : record_.findings) {
    if (IsScore(finding)) instruments_.Quality(record_.target).Observe(finding.score);
  }
  // What was spent before is counted.
  auto& target = instruments_.Target(record_.target);
  target.prompt_tokens->Add(static_cast<double>(record_.prompt_tokens - spent_.prompt_tokens));
  target.completion_tokens->Add(static_cast<double>(record_.completion_tokens - spent_.completion_tokens));
  if (cost_nano_usd_) {
    target.cost->Add(router::ToUsd(*cost_nano_usd_ - spent_.cost_nano_usd));
  } else if (record_.outcome == "ok") {
    target.cost_unknown->Add();
  }
}

// A score that quality-scorer gave to the answer which the client gets.
bool RequestRun::IsScore(const audit::PolicyFinding& finding) {
  return finding.policy == policy::kQualityScorerKind && finding.rule == policy::kQualityScoreRule &&
         finding.action != "retry" && finding.action != "fallback";
}

void RequestRun::AppendAttempts(const router::CallSummary& summary, std::vector<audit::AttemptRecord>* out) {
  for (const router::Attempt& attempt : summary.attempts) {
    out->push_back({attempt.target, attempt.model, std::string(OutcomeName(attempt.outcome)),
                    attempt.http_status, attempt.latency_us});
  }
}

// Those of answers that the client does not get.
size_t RequestRun::EarlierAttempts() const {
  if (!attempts_known_) return spent_.attempts.size();
  return spent_.attempts.size() - upstream_->summary()->attempts.size();
}

// What went well is told at level debug: its audit record says it all.
void RequestRun::LogAnswer() const {
  const bool ok = record_.outcome == "ok" || record_.outcome == "checked";
  deps_.logger.Log(ok ? telemetry::LogLevel::kDebug : telemetry::LogLevel::kInfo, "request",
                   {{"request_id", record_.request_id},
                    {"traceparent", record_.traceparent},
                    {"endpoint", record_.endpoint},
                    {"status", record_.http_status},
                    {"outcome", record_.outcome},
                    {"verdict", record_.verdict},
                    {"policy", record_.policy},
                    {"reason", record_.reason_code},
                    {"target", record_.target},
                    {"total_us", record_.total_us}});
}

uint64_t RequestRun::SinceArrival() const { return Micros(deps_.clock.Monotonic() - inbound_.arrived); }

// How long the upstream has been the one to wait for.
uint64_t RequestRun::UpstreamMicros() const {
  if (!upstream_) return 0;
  if (upstream_->summary()) return spent_.upstream_us + upstream_->summary()->total_us;
  return spent_.upstream_us + Micros(deps_.clock.Monotonic() - upstream_started_);
}

}  // namespace portcullis::edge
