// Stand-ins for what a pipeline talks to. They note what happened, in one list, so that a test can read the
// order.
#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/edge/adapters/pipeline/pipeline.h"

namespace portcullis::edge {

using Events = std::vector<std::string>;

// Redacts "secret" to "[X]", blocks "forbidden", for requests, answers and (whole pieces of) streams.
class FakePolicy final : public policy::PolicyApi {
 public:
  explicit FakePolicy(Events& events) : events_(events) {}

  void Open(const policy::OpenRequest& request, OpenCallback done) override {
    events_.push_back("policy.open");
    headers = request.headers;
    modalities = request.modalities;
    if (!status.ok() && failing_opens-- > 0) return std::move(done)(status);
    policy::OpenResult result;
    result.decision = Judge(request.input);
    result.decision.max_cost_nano_usd = max_cost_nano_usd;
    result.bundle = "bundle1";
    if (result.decision.action != policy::Action::kBlock)
      result.exchange = std::make_unique<FakeExchange>(*this);
    std::move(done)(std::move(result));
  }

  absl::Status status;  // of Open, while there are
  int failing_opens = 1'000;
  absl::Status guard_status;  // of Guard
  std::string target;
  std::vector<policy::Header> headers;  // of the last Open
  uint8_t modalities = 0;
  policy::Again again = policy::Again::kNo;  // about answers that hold "low"
  std::optional<uint64_t> max_cost_nano_usd;
  bool blocks_low = false;  // when they cannot be asked for again

 private:
  static policy::Decision Judge(const std::vector<policy::Segment>& segments) {
    policy::Decision decision;
    for (uint32_t i = 0; i < segments.size(); ++i) {
      decision.scanned_bytes += segments[i].text.size();
      if (segments[i].text.find("forbidden") != std::string_view::npos) {
        decision.action = policy::Action::kBlock;
        decision.policy = "safety-filter";
        decision.reason_code = "safety.blocked";
        decision.message = "blocked by safety-filter";
        decision.findings.push_back(
            {.policy = "safety-filter", .action = policy::Action::kBlock, .segment = i});
      }
      const size_t at = segments[i].text.find("secret");
      if (at == std::string_view::npos) continue;
      const uint32_t begin = static_cast<uint32_t>(at);
      if (decision.action == policy::Action::kAllow) decision.action = policy::Action::kRedact;
      decision.edits.push_back({i, begin, begin + 6, "[X]"});
      decision.findings.push_back(
          {.policy = "pii-detector", .action = policy::Action::kRedact, .segment = i});
    }
    decision.required_bytes = decision.scanned_bytes;
    return decision;
  }

  class FakeExchange final : public policy::Exchange {
   public:
    explicit FakeExchange(FakePolicy& policy) : policy_(policy) {}

    void SetTarget(std::string_view target) override { policy_.target = target; }
    void SetCanAskAgain(bool can) override { can_ask_again_ = can; }

    void CheckOutput(std::vector<policy::Segment> segments, DecisionCallback done) override {
      policy_.events_.push_back("policy.check_output");
      policy::Decision decision = Judge(segments);
      const bool low = policy_.again != policy::Again::kNo && Mentions(segments, "low");
      if (low) {
        decision.findings.push_back({.policy = std::string(policy::kQualityScorerKind),
                                     .rule = std::string(policy::kQualityScoreRule),
                                     .score = 0.25});
      }
      if (low && can_ask_again_) {
        decision.again = policy_.again;
      } else if (low && policy_.blocks_low) {
        decision.action = policy::Action::kBlock;
        decision.policy = policy::kQualityScorerKind;
      }
      std::move(done)(std::move(decision));
    }

    void Guard(const std::vector<policy::Piece>& pieces, GuardCallback done) override {
      if (!policy_.guard_status.ok()) return std::move(done)(policy_.guard_status);
      policy::GuardResult result;
      for (const policy::Piece& piece : pieces) {
        uint32_t& seen = seen_[piece.channel];
        policy::Decision decision = Judge({{piece.text, piece.kind, policy::Role::kAssistant, {}}});
        if (decision.action == policy::Action::kBlock) {
          result.action = policy::Action::kBlock;
          result.policy = decision.policy;
          result.reason_code = decision.reason_code;
          result.message = decision.message;
          break;
        }
        result.action = std::max(result.action, decision.action);
        for (policy::Finding& finding : decision.findings) {
          finding.segment = piece.channel;
          result.findings.push_back(finding);
        }
        policy::Release release{piece.channel, seen + static_cast<uint32_t>(piece.text.size()), {}};
        for (policy::Edit edit : decision.edits) {
          release.edits.push_back({piece.channel, seen + edit.begin, seen + edit.end, edit.replacement});
        }
        seen = release.end;
        result.releases.push_back(std::move(release));
      }
      std::move(done)(std::move(result));
    }

    void Close(const policy::ExchangeSummary&) override { policy_.events_.push_back("policy.close"); }

   private:
    static bool Mentions(const std::vector<policy::Segment>& segments, std::string_view word) {
      return std::any_of(segments.begin(), segments.end(), [&](const policy::Segment& segment) {
        return segment.text.find(word) != std::string_view::npos;
      });
    }

    FakePolicy& policy_;
    bool can_ask_again_ = false;
    std::map<uint32_t, uint32_t> seen_;
  };

  Events& events_;
};

// Runs a script when a call starts: the test drives the observer from posted handlers.
class FakeRouter final : public router::RouterApi {
 public:
  using Script = std::function<void(router::CallObserver&)>;

  FakeRouter(boost::asio::io_context& io, Events& events) : io_(io), events_(events) {}

  std::unique_ptr<router::Call> Start(router::CompletionRequest request,
                                      router::CallObserver& observer) override {
    events_.push_back("router.start");
    last_request = std::move(request);
    auto alive = std::make_shared<bool>(true);
    boost::asio::post(io_, [this, alive, &observer] { Step(alive, observer, 0); });
    return std::make_unique<FakeCall>(*this, alive);
  }

  void Targets(TargetsCallback done) override { std::move(done)(std::vector<router::TargetStatus>()); }

  std::vector<Script> script;  // one step per turn of the loop
  router::CompletionRequest last_request;

 private:
  struct FakeCall final : router::Call {
    FakeCall(FakeRouter& its_router, std::shared_ptr<bool> its_alive)
        : router(its_router), alive(std::move(its_alive)) {}
    ~FakeCall() override {
      *alive = false;
      router.events_.push_back("router.end");
    }
    void Pause() override {}
    void Resume() override {}
    FakeRouter& router;
    std::shared_ptr<bool> alive;
  };

  void Step(const std::shared_ptr<bool>& alive, router::CallObserver& observer, size_t step) {
    if (!*alive || step >= script.size()) return;
    script[step](observer);
    if (*alive) boost::asio::post(io_, [this, alive, &observer, step] { Step(alive, observer, step + 1); });
  }

  boost::asio::io_context& io_;
  Events& events_;
};

class FakeJournal final : public Journal {
 public:
  explicit FakeJournal(Events& events) : events_(events) {}

  absl::StatusOr<audit::LeafId> Write(const audit::Record& record,
                                      std::vector<audit::ContentText> its_texts) override {
    static constexpr const char* kNames[] = {"", "intent", "outcome", "amendment"};
    events_.push_back(std::string("journal.") + kNames[static_cast<int>(record.kind)]);
    if (!status.ok()) return status;
    records.push_back(record);
    texts.push_back(std::move(its_texts));
    return audit::LeafId{"spool", records.size()};
  }
  audit::Receipt LastReceipt() override { return {{"spool", records.size()}, {}}; }
  void WhenDurable(absl::AnyInvocable<void(absl::Status) &&> done) override {
    std::move(done)(absl::OkStatus());
  }

  std::vector<audit::Record> records;
  std::vector<std::vector<audit::ContentText>> texts;  // beside each of them
  absl::Status status;

 private:
  Events& events_;
};

class FakeSink final : public AnswerSink {
 public:
  explicit FakeSink(Events& events) : events_(events) {}

  boost::asio::awaitable<absl::Status> Send(int its_status, AnswerHeaders its_headers,
                                            std::string its_body) override {
    events_.push_back("sink.send");
    status = its_status;
    headers = std::move(its_headers);
    body = std::move(its_body);
    co_return Result();
  }
  boost::asio::awaitable<absl::Status> StartStream(AnswerHeaders its_headers) override {
    events_.push_back("sink.start");
    status = 200;
    headers = std::move(its_headers);
    co_return Result();
  }
  boost::asio::awaitable<absl::Status> Write(std::string_view events) override {
    body += events;
    events_.push_back("sink.write");
    co_return Result();
  }
  boost::asio::awaitable<absl::Status> End(std::string_view events) override {
    body += events;
    events_.push_back("sink.end");
    co_return Result();
  }
  bool departed() const override { return departed_; }
  void OnDeparture(absl::AnyInvocable<void()> callback) override { callback_ = std::move(callback); }

  void Depart() {
    departed_ = true;
    if (callback_) callback_();
  }
  std::string Header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return "";
  }

  int status = 0;
  AnswerHeaders headers;
  std::string body;
  bool fail_writes = false;

 private:
  absl::Status Result() const {
    return fail_writes || departed_ ? absl::CancelledError("gone") : absl::OkStatus();
  }

  Events& events_;
  bool departed_ = false;
  absl::AnyInvocable<void()> callback_;
};

}  // namespace portcullis::edge
