// Answers that come as server-sent events.
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/edge/adapters/pipeline/request_run.h"
#include "services/edge/adapters/pipeline/request_span.h"

namespace portcullis::edge {

using boost::asio::awaitable;
using policy::Action;

namespace {

// How long the last events wait for the end of the provider's body after [DONE].
constexpr std::chrono::milliseconds kEndOfBodyPatience{250};

ApiError StreamError(std::string_view code, std::string_view message) {
  ApiError error;
  error.status = 502;
  error.type = "upstream_error";
  error.code = code;
  error.message = message;
  return error;
}

// The error of a stream that could not be read to its end.
ApiError FromFeed(const absl::Status& status) {
  if (status.code() == absl::StatusCode::kAborted)
    return StreamError("upstream_error", base::Message(status));
  return StreamError("upstream_malformed",
                     base::StrCat("the provider's stream cannot be passed on: ", base::Message(status)));
}

}  // namespace

awaitable<void> RequestRun::AnswerStream() {
  while (!upstream_->head() && !upstream_->summary() && !sink_.departed()) co_await signal_.Wait();
  if (sink_.departed()) co_return co_await RecordDeparture("upstream");
  if (!upstream_->head()) co_return co_await FailUpstream();
  if (!upstream_->head()->content_type.starts_with("text/event-stream")) {
    upstream_->Cancel();
    record_.reason_code = "upstream_malformed";
    co_return co_await Refuse(StreamError("upstream_malformed", "the provider did not answer with a stream"),
                              "upstream_failed", "error");
  }
  StreamLimits limits = options_.stream;
  limits.show_usage = facts_.include_usage;
  StreamEditor editor(limits);
  if (exchange_ != nullptr) exchange_->SetTarget(upstream_->head()->target);
  const absl::Status pumped = co_await PumpStream(editor);
  if (sink_.departed()) {
    TakeStreamFacts(editor);
    co_return co_await RecordDeparture("stream");
  }
  co_await FinishStream(editor, pumped);
}

// Passes events on until the provider's stream ends, a policy blocks, something fails or the client is gone.
awaitable<absl::Status> RequestRun::PumpStream(StreamEditor& editor) {
  std::string out;
  while (!editor.done() && !blocked_ && !sink_.departed()) {
    if (!upstream_->has_data()) {
      if (upstream_->summary()) break;
      co_await signal_.Wait();
      continue;
    }
    const absl::Status fed = editor.Feed(upstream_->TakeData());
    const absl::Status guarded = co_await GuardPieces(editor);
    out.clear();
    editor.Take(false, &out);
    if (!out.empty() && !sink_.departed()) {
      if (absl::Status sent = co_await SendEvents(out); !sent.ok()) co_return sent;
    }
    if (!guarded.ok()) co_return guarded;
    if (!fed.ok()) co_return fed;
  }
  co_return absl::OkStatus();
}

awaitable<absl::Status> RequestRun::GuardPieces(StreamEditor& editor) {
  policy::GuardResult nothing;
  if (editor.pieces().empty()) {
    editor.Apply(nothing);
    co_return absl::OkStatus();
  }
  if (exchange_ == nullptr) {
    ReleaseUnguarded(editor);
    co_return absl::OkStatus();
  }
  std::optional<absl::StatusOr<policy::GuardResult>> result;
  const base::MonotonicTime before = deps_.clock.Monotonic();
  exchange_->Guard(editor.pieces(), [&](absl::StatusOr<policy::GuardResult> guarded) {
    result = std::move(guarded);
    signal_.Set();
  });
  while (!result) co_await signal_.Wait();
  record_.policy_us += static_cast<uint64_t>((deps_.clock.Monotonic() - before).count() / 1000);
  if (!result->ok()) {
    exchange_ = nullptr;
    if (live_->serve_without_policy) {
      policy_skipped_ = true;
      ReleaseUnguarded(editor);
      co_return absl::OkStatus();
    }
    editor.Apply(nothing);
    policy_error_ = result->status();
    co_return *policy_error_;
  }
  TakeGuardResult(editor, **result);
  co_return absl::OkStatus();
}

// Lets the pieces go as they are: no policy of the chain looks at answers, or none can be asked.
void RequestRun::ReleaseUnguarded(StreamEditor& editor) {
  policy::GuardResult all;
  for (const policy::Piece& piece : editor.pieces()) {
    all.releases.push_back({piece.channel, UINT32_MAX, {}});
    if (policy_skipped_) instruments_.unscanned_output.Add(static_cast<double>(piece.text.size()));
  }
  editor.Apply(all);
}

void RequestRun::TakeGuardResult(StreamEditor& editor, const policy::GuardResult& result) {
  editor.Apply(result);
  AddFindings(result.findings, true, nullptr, nullptr, &editor);
  instruments_.held_bytes.Observe(static_cast<double>(result.held_bytes));
  if (result.required_bytes > result.scanned_bytes) {
    instruments_.unscanned_output.Add(static_cast<double>(result.required_bytes - result.scanned_bytes));
  }
  if (result.action > Action::kAllow && record_.verdict == "allow") {
    TakeVerdict(result.action, result.policy, result.reason_code);
  }
  if (result.action < Action::kEscalate) return;
  blocked_ = true;
  block_.action = result.action;
  block_.policy = result.policy;
  block_.message = result.message;
  record_.verdict = policy::ActionName(result.action);
  record_.policy = result.policy;
  record_.reason_code = result.reason_code;
}

AnswerHeaders RequestRun::StreamHeaders() const {
  AnswerHeaders headers = Headers(true);
  headers.emplace_back("content-type", "text/event-stream; charset=utf-8");
  headers.emplace_back("cache-control", "no-cache");
  return headers;
}

awaitable<absl::Status> RequestRun::SendEvents(std::string_view events) {
  const base::MonotonicTime now = deps_.clock.Monotonic();
  auto& endpoint = instruments_.Endpoint(inbound_.endpoint);
  if (!stream_started_) {
    stream_started_ = true;
    first_write_ = now;
    record_.first_byte_us = SinceArrival();
    endpoint.first_token->Observe(static_cast<double>(record_.first_byte_us) * 1e-6);
    AnswerHeaders headers = StreamHeaders();
    if (absl::Status started = co_await sink_.StartStream(std::move(headers)); !started.ok())
      co_return started;
  } else {
    endpoint.inter_token->Observe(std::chrono::duration<double>(now - last_write_).count());
  }
  last_write_ = now;
  record_.response_bytes += events.size();
  HashEvents(events);
  co_return co_await sink_.Write(events);
}

void RequestRun::HashEvents(std::string_view events) {
  if (!response_hash_) response_hash_.emplace();
  response_hash_->Update(events);
  capture_.Sent(events);
}

// Ends the stream: what may still leave, an error where one is due, and the record before both.
awaitable<void> RequestRun::FinishStream(StreamEditor& editor, const absl::Status& pumped) {
  std::optional<ApiError> error;
  if (pumped.ok() && !blocked_ && !editor.done()) {
    editor.Finish();
    (void)co_await GuardPieces(editor);
  }
  if (blocked_) {
    error = PolicyViolation(block_, true, live_->block_status);
  } else if (policy_error_) {
    error = PolicyUnavailable(*policy_error_);
  } else if (!pumped.ok()) {
    error = FromFeed(pumped);
  } else if (!editor.done()) {
    error = CutError(editor);
  }
  std::string out;
  editor.Take(!error.has_value(), &out);
  if (!error) co_await AwaitSummary();
  upstream_->Cancel();
  TakeStreamFacts(editor);
  record_.outcome = blocked_ ? "blocked" : error ? "upstream_failed" : "ok";
  if (error && !blocked_) {
    record_.verdict = "error";
    record_.reason_code = error->code;
  }
  if (error && !stream_started_ && out.empty()) {
    co_return co_await Refuse(*std::move(error), record_.outcome, record_.verdict);
  }
  if (error) {
    AppendStreamEnd(editor, *error, &out);
  } else if (!editor.done()) {
    out += "data: [DONE]\n\n";
  }
  co_await EndStream(std::move(out));
}

// The events are all there; the end of the body, which tells that the attempt went well, usually comes with
// them.
awaitable<void> RequestRun::AwaitSummary() {
  boost::asio::steady_timer timer(deps_.executor, kEndOfBodyPatience);
  bool late = false;
  timer.async_wait([&late, this](const boost::system::error_code& error) {
    if (error) return;
    late = true;
    signal_.Set();
  });
  while (!upstream_->summary() && !late && !sink_.departed()) {
    co_await signal_.Wait();
    if (upstream_->has_data()) (void)upstream_->TakeData();
  }
}

// The provider closed the stream without [DONE]. That is no error if every choice had come to its end.
std::optional<ApiError> RequestRun::CutError(const StreamEditor& editor) {
  const auto& summary = upstream_->summary();
  if (summary && summary->outcome != router::Outcome::kOk) return UpstreamFailure(*summary);
  if (!editor.finish_reason().empty() && !editor.in_event()) return std::nullopt;
  return StreamError("upstream_cut", "the provider's stream ended before it was complete");
}

awaitable<void> RequestRun::EndStream(std::string out) {
  record_.http_status = 200;
  HashEvents(out);
  record_.response_bytes += out.size();
  record_.response_sha256 = crypto::Hex(response_hash_->Finish());
  if (!co_await WriteOutcome()) out = AuditUnavailable().Event();
  CountAnswer();
  if (!stream_started_) {
    AnswerHeaders headers = StreamHeaders();
    (void)co_await sink_.StartStream(std::move(headers));
  }
  if (!(co_await sink_.End(out)).ok()) {
    instruments_.Departures("answer").Add();
    WriteAmendment("client_departed");
  }
}

void RequestRun::AppendStreamEnd(const StreamEditor& editor, const ApiError& error, std::string* out) {
  if (!blocked_ || live_->block_stream == BlockStream::kError) {
    *out += error.Event();
    return;
  }
  *out += base::StrCat("data: {", editor.envelope(), editor.envelope().empty() ? "" : ",",
                       "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"content_filter\"}]}\n\n",
                       "data: [DONE]\n\n");
}

void RequestRun::TakeStreamFacts(const StreamEditor& editor) {
  output_text_bytes_ = editor.text_bytes();
  instruments_.forwarded_output.Add(static_cast<double>(output_text_bytes_));
  if (editor.usage().known) usage_ = editor.usage();
  record_.finish_reason = editor.finish_reason();
  DescribeStream(editor.envelope(), &span_);
  PriceUsage();
}

}  // namespace portcullis::edge
