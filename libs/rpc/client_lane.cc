#include "libs/rpc/client_lane.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/client_callback.h>

#include <utility>

#include "libs/base/strings.h"
#include "libs/rpc/lane_client.h"
#include "libs/rpc/status_map.h"

namespace portcullis::rpc {

namespace pb = common::v1;

namespace {

constexpr int kMaxBatchBytes = 1 << 20;  // accepted from the server; its batches have about 128 KiB at most

// The client's side of the stream. Deletes itself when gRPC is done with it, and only then tells the session:
// the channel must not go with the wire, on gRPC's thread, because the last channel of a process waits for
// those.
class ClientWire final : public LaneWire, public grpc::ClientBidiReactor<pb::LaneBatch, pb::LaneBatch> {
 public:
  ClientWire(std::unique_ptr<grpc::ClientContext> context, std::shared_ptr<LaneSession> session)
      : context_(std::move(context)), session_(std::move(session)) {}

  void Begin(const std::shared_ptr<grpc::Channel>& channel, const std::string& method) {
    grpc::TemplatedGenericStub<pb::LaneBatch, pb::LaneBatch> stub(channel);
    stub.PrepareBidiStreamingCall(context_.get(), method, {}, this);
    AddHold();  // writes come from outside of reactions; Finish removes it
    session_->Start();
    StartCall();
  }

  void Read(pb::LaneBatch* batch) override { StartRead(batch); }
  void Write(const pb::LaneBatch* batch) override { StartWrite(batch); }
  void EndWrites() override { StartWritesDone(); }
  void Finish(const absl::Status&) override { RemoveHold(); }
  void Abort() override { context_->TryCancel(); }

  void OnReadInitialMetadataDone(bool ok) override {
    if (ok) session_->OnReady();
  }
  void OnReadDone(bool ok) override { session_->OnReadDone(ok); }
  void OnWriteDone(bool ok) override { session_->OnWriteDone(ok); }
  void OnWritesDoneDone(bool ok) override { session_->OnWriteDone(ok); }
  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<LaneSession> session = std::move(session_);
    session->OnUnwired();
    const absl::Status end = FromGrpc(status);
    delete this;
    session->OnDone(end);
  }

 private:
  std::unique_ptr<grpc::ClientContext> context_;
  std::shared_ptr<LaneSession> session_;
};

absl::Status LostStatus(const LaneClientOptions& options, const std::string& address,
                        const absl::Status& status) {
  return absl::UnavailableError(base::StrCat("the connection to the ", options.service, " service at ",
                                             address, " was lost", status.ok() ? "" : ": ",
                                             base::Message(status)));
}

}  // namespace

ClientLane::ClientLane(LaneClient& client, std::string address, boost::asio::io_context& io,
                       const base::Clock& clock, const std::shared_ptr<grpc::ChannelCredentials>& credentials)
    : client_(client), address_(std::move(address)), clock_(clock) {
  const LaneClientOptions& options = client.options();
  ChannelOptions channel_options = options.channel;
  channel_options.max_message_bytes = kMaxBatchBytes;
  channel_ = NewChannel(address_, credentials, channel_options);
  session_ = std::make_shared<LaneSession>(LaneMux::Side::kClient, options.limits, clock, &io);
  auto* wire = new ClientWire(NewClientContext(base::MonotonicTime{}, clock), session_);
  session_->Attach(wire, this);
  wire->Begin(channel_, options.method);
}

ClientLane::~ClientLane() {
  for (const auto& [id, call] : calls_) {
    call->lane_ = nullptr;
    call->client_ = nullptr;
  }
  session_->Detach();
  session_->AwaitDone();
}

void ClientLane::Adopt(LaneCall& call) {
  call.id_ = session_->Open(std::move(call.items_));
  call.items_.clear();
  call.lane_ = this;
  calls_[call.id_] = &call;
}

void ClientLane::Forget(uint64_t id) {
  calls_.erase(id);
  if (retired_ && calls_.empty() && !lost_) session_->CloseWhenWritten();
}

void ClientLane::Abandon(uint64_t id) {
  session_->Cancel(id);
  Forget(id);
}

void ClientLane::Retire() {
  retired_ = true;
  if (calls_.empty() && !lost_) session_->CloseWhenWritten();
}

void ClientLane::OnLaneReady() {
  ready_ = true;
  ready_since_ = clock_.Monotonic();
  client_.OnReady(*this);
}

void ClientLane::OnLaneEvent(LaneEvent& event) {
  if (event.kind == LaneEvent::Kind::kGoAway) return client_.OnGoAway(*this);
  const auto it = calls_.find(event.call);
  if (it == calls_.end()) return;
  LaneCall& call = *it->second;
  if (event.last || event.kind == LaneEvent::Kind::kEnd) {
    call.lane_ = nullptr;
    call.client_ = nullptr;
    Forget(event.call);
  }
  if (!call.Deliver(event)) session_->KeepHeld();
}

void ClientLane::OnLaneWritable(uint64_t id) {
  const auto it = calls_.find(id);
  if (it != calls_.end()) it->second->observer_.OnWritable();
}

void ClientLane::OnLaneLost(const absl::Status& status) {
  ready_ = false;
  lost_ = true;
  const absl::Status error = LostStatus(client_.options(), address_, status);
  // Calls that had not begun go elsewhere before observers of the others run and may ask for more.
  std::vector<uint64_t> begun;
  std::vector<LaneCall*> moved;
  for (const auto& [id, call] : calls_) {
    if (session_->TakeBack(id, call->items_)) {
      moved.push_back(call);
    } else {
      begun.push_back(id);
    }
  }
  for (LaneCall* call : moved) {
    calls_.erase(call->id_);
    client_.Wait(*call);
  }
  for (const uint64_t id : begun) {
    LaneEvent event(LaneEvent::Kind::kEnd, id, error);
    OnLaneEvent(event);
  }
  client_.OnLost(*this, error);
}

base::MonotonicTime ClientLane::FailOverdue(base::MonotonicTime now) {
  base::MonotonicTime next = base::MonotonicTime::max();
  std::vector<uint64_t> overdue;
  for (const auto& [id, call] : calls_) {
    if (call->deadline_ == base::MonotonicTime{}) continue;
    if (call->deadline_ <= now) {
      overdue.push_back(id);
    } else {
      next = std::min(next, call->deadline_);
    }
  }
  for (const uint64_t id : overdue) {
    if (!calls_.contains(id)) continue;  // an observer before has dropped it
    session_->Cancel(id);
    LaneEvent event(LaneEvent::Kind::kEnd, id,
                    absl::DeadlineExceededError(
                        base::StrCat("the ", client_.options().service, " service did not answer in time")));
    OnLaneEvent(event);
  }
  return next;
}

}  // namespace portcullis::rpc
