#include "services/policy/client/policy_grpc_client.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/strings.h"
#include "services/policy/client/policy_client_translate.h"

namespace portcullis::policy {

// One exchange, as one call on a lane.
class LaneExchange final : public Exchange, public rpc::LaneObserver {
 public:
  LaneExchange(PolicyGrpcClient& client, base::Duration step_timeout, PolicyApi::OpenCallback done)
      : client_(&client), step_timeout_(step_timeout), opened_(std::move(done)) {}

  void Begin(rpc::LaneClient& lanes, const OpenRequest& request);

  void SetTarget(std::string_view target) override { target_ = target; }
  void SetCanAskAgain(bool can) override { can_ask_again_ = can; }
  void CheckOutput(std::vector<Segment> segments, DecisionCallback done) override;
  void Guard(const std::vector<Piece>& pieces, GuardCallback done) override;
  void Close(const ExchangeSummary& summary) override;

  void OnMessage(std::string message) override;
  void OnData(std::string_view) override {}
  void OnWritable() override {}
  void OnEnd(const absl::Status& status) override;

 private:
  absl::Status ReadyForStep() const;
  void BeginStep();
  void EndStep() { call_->SetDeadline(deadline_); }
  void Opened(v1::ExchangeResponse& response);
  void OpenFailed(const absl::Status& status);
  void Fail(const absl::Status& status);

  PolicyGrpcClient* client_;  // until the verdict has come
  const base::Duration step_timeout_;
  const base::Clock* clock_ = nullptr;  // once begun, with call_
  base::MonotonicTime deadline_{};      // of the request; zero = none
  std::unique_ptr<rpc::LaneCall> call_;
  PolicyApi::OpenCallback opened_;
  DecisionCallback checked_;
  GuardCallback guarded_;
  std::vector<uint32_t> lengths_;  // of the segments that are being examined
  Channels channels_;
  std::string target_;
  bool can_ask_again_ = false;
  absl::Status ended_;  // why no step is possible any more
};

void LaneExchange::Begin(rpc::LaneClient& lanes, const OpenRequest& request) {
  v1::ExchangeRequest proto;
  OpenToProto(request, *proto.mutable_open());
  lengths_ = LengthsOf(request.input);
  clock_ = &lanes.clock();
  deadline_ = request.context.deadline;
  call_ = lanes.Open(request.context, proto.SerializeAsString(), *this);
  BeginStep();
}

void LaneExchange::BeginStep() {
  const base::MonotonicTime end = clock_->Monotonic() + step_timeout_;
  call_->SetDeadline(deadline_ == base::MonotonicTime{} ? end : std::min(end, deadline_));
}

absl::Status LaneExchange::ReadyForStep() const {
  if (!ended_.ok()) return ended_;
  if (checked_ || guarded_) return absl::FailedPreconditionError("the step before has not been answered");
  return absl::OkStatus();
}

void LaneExchange::CheckOutput(std::vector<Segment> segments, DecisionCallback done) {
  if (absl::Status status = ReadyForStep(); !status.ok()) return std::move(done)(std::move(status));
  v1::ExchangeRequest proto;
  SegmentsToProto(segments, *proto.mutable_output());
  proto.mutable_output()->set_target(target_);
  proto.mutable_output()->set_can_ask_again(can_ask_again_);
  lengths_ = LengthsOf(segments);
  checked_ = std::move(done);
  BeginStep();
  call_->Send(proto.SerializeAsString());
}

void LaneExchange::Guard(const std::vector<Piece>& pieces, GuardCallback done) {
  if (absl::Status status = ReadyForStep(); !status.ok()) return std::move(done)(std::move(status));
  v1::ExchangeRequest proto;
  PiecesToProto(pieces, *proto.mutable_guard());
  if (channels_.empty()) proto.mutable_guard()->set_target(target_);
  for (const Piece& piece : pieces) channels_[piece.channel].sent += piece.text.size();
  guarded_ = std::move(done);
  BeginStep();
  call_->Send(proto.SerializeAsString());
}

void LaneExchange::Close(const ExchangeSummary& summary) {
  if (!ended_.ok()) return;
  v1::ExchangeRequest proto;
  SummaryToProto(summary, *proto.mutable_close());
  ended_ = absl::FailedPreconditionError("the exchange is closed");
  call_->Finish(proto.SerializeAsString());
}

void LaneExchange::OnMessage(std::string message) {
  EndStep();
  v1::ExchangeResponse response;
  if (!response.ParseFromString(message)) {
    return Fail(absl::InternalError("the policy service answered something unreadable"));
  }
  if (opened_ && response.has_open()) return Opened(response);
  if (checked_ && response.has_output()) {
    return std::move(std::exchange(checked_, nullptr))(
        DecisionFromProto(*response.mutable_output(), lengths_));
  }
  if (guarded_ && response.has_guard()) {
    return std::move(std::exchange(guarded_, nullptr))(GuardFromProto(*response.mutable_guard(), channels_));
  }
  Fail(absl::InternalError("the policy service answered a question that was not asked"));
}

void LaneExchange::Opened(v1::ExchangeResponse& response) {
  v1::OpenVerdict& verdict = *response.mutable_open();
  absl::StatusOr<Decision> decision = DecisionFromProto(*verdict.mutable_decision(), lengths_);
  if (!decision.ok()) return OpenFailed(decision.status());
  OpenResult result;
  result.decision = *std::move(decision);
  result.bundle = std::move(*verdict.mutable_bundle());
  std::unique_ptr<LaneExchange> self = std::exchange(client_, nullptr)->TakeOpening(this);
  PolicyApi::OpenCallback done = std::exchange(opened_, nullptr);
  if (result.decision.action != Action::kBlock) result.exchange = std::move(self);
  std::move(done)(std::move(result));
}

void LaneExchange::OpenFailed(const absl::Status& status) {
  const std::unique_ptr<LaneExchange> self = std::exchange(client_, nullptr)->TakeOpening(this);
  std::move(std::exchange(opened_, nullptr))(status);
}

// Each branch may destroy this exchange.
void LaneExchange::Fail(const absl::Status& status) {
  ended_ = status;
  if (opened_) return OpenFailed(status);
  if (checked_) return std::move(std::exchange(checked_, nullptr))(status);
  if (guarded_) return std::move(std::exchange(guarded_, nullptr))(status);
}

void LaneExchange::OnEnd(const absl::Status& status) {
  if (!ended_.ok()) return;
  Fail(status.ok() ? absl::InternalError("the policy service ended the exchange") : status);
}

PolicyGrpcClient::PolicyGrpcClient(rpc::LaneClient& lanes, base::Duration step_timeout)
    : lanes_(lanes), step_timeout_(step_timeout) {}

PolicyGrpcClient::~PolicyGrpcClient() = default;

void PolicyGrpcClient::Open(const OpenRequest& request, OpenCallback done) {
  auto exchange = std::make_unique<LaneExchange>(*this, step_timeout_, std::move(done));
  LaneExchange* opening = exchange.get();
  opening_.emplace(opening, std::move(exchange));
  opening->Begin(lanes_, request);
}

std::unique_ptr<LaneExchange> PolicyGrpcClient::TakeOpening(LaneExchange* exchange) {
  auto node = opening_.extract(exchange);
  return std::move(node.mapped());
}

}  // namespace portcullis::policy
