// One completion request under way. Private to the pipeline.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/crypto/sha256.h"
#include "libs/json/tape.h"
#include "libs/runtime/signal.h"
#include "libs/telemetry/api/tracer.h"
#include "services/edge/adapters/pipeline/capture.h"
#include "services/edge/adapters/pipeline/pipeline.h"
#include "services/edge/adapters/pipeline/upstream_answer.h"
#include "services/edge/domain/openai_answer.h"
#include "services/edge/domain/text_places.h"

namespace portcullis::edge {

class RequestRun {
 public:
  RequestRun(Pipeline& pipeline, Inbound inbound, AnswerSink& sink);
  ~RequestRun();

  boost::asio::awaitable<void> Run();
  boost::asio::awaitable<void> Check(CheckedRequest* checked);
  boost::asio::awaitable<void> CheckGivenAnswer(CheckedRequest* checked);

  audit::Record TakeRecord() { return std::move(record_); }

 private:
  using Done = boost::asio::awaitable<void>;

  // request
  std::optional<ApiError> Parse();
  Done Refuse(ApiError error, std::string_view outcome, std::string_view verdict);
  policy::OpenRequest QuestionOfRequest(bool only_input);
  policy::OpenRequest Question() const;
  // `question` stays where it is until the end.
  boost::asio::awaitable<absl::StatusOr<policy::OpenResult>> OpenExchange(
      const policy::OpenRequest& question);
  std::vector<policy::Header> PolicyHeaders() const;
  void ApplyInput(const policy::Decision& decision);
  void SkipPolicy();
  void TakeVerdict(policy::Action action, std::string_view policy, std::string_view reason_code);
  bool WriteIntent();
  base::MonotonicTime UpstreamDeadline() const;
  void StartUpstream();

  // checks alone
  boost::asio::awaitable<absl::Status> JudgeGivenAnswer(CheckedRequest* checked);
  Done EndCheck(const absl::Status& asked, CheckedRequest* checked);

  // whole answers
  enum class Came : uint8_t { kWhole, kTooLarge, kMalformed, kFailed };
  enum class Next : uint8_t { kSend, kAgain, kNothing };

  Done AnswerWhole();
  boost::asio::awaitable<bool> ReceiveWhole(std::string* body);
  boost::asio::awaitable<Came> CollectWhole(std::string* body);
  Done RefuseAnswer(Came came);
  boost::asio::awaitable<Next> JudgeWhole(std::string* body);
  boost::asio::awaitable<absl::StatusOr<policy::Decision>> CheckAnswer(std::vector<policy::Segment> segments);
  void TakeOutputDecision(const policy::Decision& decision);
  void TakeUsage();
  void PriceUsage();
  Done SendWhole(std::string body);

  // whole answers that a policy has asked for again
  void AskAgain(policy::Again again, std::string body, size_t findings);
  void Spend(policy::Again again, size_t findings);
  void TakeLowAnswer(std::string* body);

  // streams
  Done AnswerStream();
  boost::asio::awaitable<absl::Status> PumpStream(StreamEditor& editor);
  boost::asio::awaitable<absl::Status> GuardPieces(StreamEditor& editor);
  void ReleaseUnguarded(StreamEditor& editor);
  void TakeGuardResult(StreamEditor& editor, const policy::GuardResult& result);
  boost::asio::awaitable<absl::Status> SendEvents(std::string_view events);
  Done FinishStream(StreamEditor& editor, const absl::Status& pumped);
  void AppendStreamEnd(const StreamEditor& editor, const ApiError& error, std::string* out);
  void TakeStreamFacts(const StreamEditor& editor);
  std::optional<ApiError> CutError(const StreamEditor& editor);
  void HashEvents(std::string_view events);
  Done AwaitSummary();
  Done EndStream(std::string out);

  // ends
  Done FailUpstream();
  Done RecordDeparture(std::string_view phase);
  boost::asio::awaitable<bool> WriteOutcome();
  boost::asio::awaitable<absl::Status> Durable();
  void NameRefusingTarget(const router::CallSummary& summary);
  void WriteAmendment(std::string_view reason);
  void AddFindings(const std::vector<policy::Finding>& findings, bool output, const json::Tape* tape,
                   const std::vector<TextPlace>* places, const StreamEditor* editor);
  void CountAnswer();
  static bool IsScore(const audit::PolicyFinding& finding);
  static void AppendAttempts(const router::CallSummary& summary, std::vector<audit::AttemptRecord>* out);
  size_t EarlierAttempts() const;
  void StartSpan();
  void LogAnswer() const;

  AnswerHeaders Headers(bool stream) const;
  AnswerHeaders StreamHeaders() const;
  void AppendCost(AnswerHeaders* headers) const;
  uint64_t SinceArrival() const;
  uint64_t UpstreamMicros() const;

  // What the answers took that others were asked for in place of.
  struct Spent {
    uint64_t prompt_tokens = 0;
    uint64_t completion_tokens = 0;
    uint64_t cost_nano_usd = 0;
    bool cost_known = true;
    bool estimated = false;
    uint64_t upstream_us = 0;
    std::vector<audit::AttemptRecord> attempts;
  };

  // An answer that another is asked for in place of. It is what the client gets when no other comes.
  struct LowAnswer {
    std::unique_ptr<UpstreamAnswer> upstream;
    std::string body;
    Spent before;         // before it came
    size_t findings = 0;  // of the record, before it was judged
  };

  Pipeline& pipeline_;
  const PipelineOptions& options_;
  const std::shared_ptr<const LiveSettings> live_;
  PipelineDependencies& deps_;
  EdgeInstruments& instruments_;
  Inbound inbound_;
  AnswerSink& sink_;
  runtime::Signal signal_;
  Capture capture_;

  base::RequestContext context_;
  telemetry::ActiveSpan span_;  // of the whole request
  json::Tape tape_;
  RequestFacts facts_;
  std::vector<TextPlace> places_;
  std::vector<std::string> scratch_;
  uint64_t input_text_bytes_ = 0;
  std::unique_ptr<policy::Exchange> exchange_;
  std::unique_ptr<UpstreamAnswer> upstream_;
  std::optional<router::CompletionRequest> kept_request_;  // when it may be asked again
  std::optional<LowAnswer> low_;
  Spent spent_;
  bool attempts_known_ = false;  // spent_.attempts has those of upstream_ too
  audit::Record record_;
  std::string receipt_;  // of its first leaf
  Usage usage_;
  std::optional<uint64_t> cost_nano_usd_;  // of what came; nothing while it is not known
  bool stream_started_ = false;
  bool blocked_ = false;
  bool policy_limits_cost_ = false;           // and the client does not ask for less
  bool policy_skipped_ = false;               // it could not be asked, and the settings let the request pass
  std::optional<absl::Status> policy_error_;  // of the guard
  policy::Decision block_;                    // when blocked_ by the answer
  uint64_t output_text_bytes_ = 0;
  base::MonotonicTime upstream_started_{};
  base::MonotonicTime first_write_{};
  base::MonotonicTime last_write_{};
  std::optional<crypto::Sha256> response_hash_;  // of a stream
};

}  // namespace portcullis::edge
