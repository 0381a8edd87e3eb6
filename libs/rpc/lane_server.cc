#include "libs/rpc/lane_server.h"

#include <grpcpp/impl/codegen/proto_utils.h>

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "libs/rpc/status_map.h"

namespace portcullis::rpc {

namespace pb = common::v1;

namespace {

// The calls of one lane. Where the lane's batches are handled.
class ServerLane final : public LaneOwner {
 public:
  ServerLane(LaneHandler& handler, LaneSession& session) : handler_(handler), session_(session) {}

  void OnLaneReady() override {}
  void OnLaneEvent(LaneEvent& event) override;
  void OnLaneIdle() override {
    for (const uint64_t id : session_.TakeClosed()) calls_.erase(id);
  }
  void OnLaneWritable(uint64_t id) override {
    const auto it = calls_.find(id);
    if (it != calls_.end()) it->second->OnWritable();
  }
  void OnLaneLost(const absl::Status&) override { calls_.clear(); }

 private:
  LaneHandler& handler_;
  LaneSession& session_;
  absl::flat_hash_map<uint64_t, std::unique_ptr<LaneServerCall>> calls_;
};

void ServerLane::OnLaneEvent(LaneEvent& event) {
  if (event.kind == LaneEvent::Kind::kOpen) {
    auto call = handler_.OnOpen(*std::move(event.context), std::move(event.payload),
                                LaneReply(session_.weak_from_this(), event.call));
    if (call != nullptr && !event.last) calls_.emplace(event.call, std::move(call));
    return;
  }
  const auto it = calls_.find(event.call);
  if (it == calls_.end()) return;
  if (event.kind == LaneEvent::Kind::kMessage) {
    it->second->OnMessage(std::move(event.payload));
  } else if (event.kind == LaneEvent::Kind::kData) {
    // No service takes raw data from clients.
    session_.End(event.call, absl::InvalidArgumentError("this service takes no data frames"));
  }
  if (event.last || event.kind == LaneEvent::Kind::kEnd) calls_.erase(event.call);
}

class Refusal final : public grpc::ServerBidiReactor<pb::LaneBatch, pb::LaneBatch> {
 public:
  explicit Refusal(const absl::Status& status) { Finish(ToGrpc(status)); }
  void OnDone() override { delete this; }
};

}  // namespace

// The server's side of the stream. Deletes itself when gRPC is done with it.
class LaneServer::Wire final : public LaneWire, public grpc::ServerBidiReactor<pb::LaneBatch, pb::LaneBatch> {
 public:
  Wire(LaneServer& server, std::shared_ptr<LaneSession> session)
      : server_(server), session_(std::move(session)) {}

  void Begin() {
    StartSendInitialMetadata();
    session_->Start();
  }

  void Read(pb::LaneBatch* batch) override { StartRead(batch); }
  void Write(const pb::LaneBatch* batch) override { StartWrite(batch); }
  void EndWrites() override {}
  void Finish(const absl::Status& status) override {
    grpc::ServerBidiReactor<pb::LaneBatch, pb::LaneBatch>::Finish(ToGrpc(status));
  }
  void Abort() override { session_->Close(); }

  void OnReadDone(bool ok) override { session_->OnReadDone(ok); }
  void OnWriteDone(bool ok) override { session_->OnWriteDone(ok); }
  void OnCancel() override { session_->OnCancelled(); }
  void OnDone() override {
    session_->OnUnwired();
    session_->OnDone(absl::OkStatus());
    server_.Remove(session_.get());
    delete this;
  }

 private:
  LaneServer& server_;
  std::shared_ptr<LaneSession> session_;
};

void LaneReply::Send(std::string message) const {
  if (const auto session = session_.lock()) session->Send(call_, std::move(message), false);
}

size_t LaneReply::SendData(std::string_view bytes) const {
  const auto session = session_.lock();
  return session == nullptr ? 0 : session->SendData(call_, bytes);
}

void LaneReply::SendLast(std::string message) const {
  if (const auto session = session_.lock()) session->Send(call_, std::move(message), true);
}

void LaneReply::End(const absl::Status& status) const {
  if (const auto session = session_.lock()) session->End(call_, status);
}

size_t LaneReply::queued_bytes() const {
  const auto session = session_.lock();
  return session == nullptr ? 0 : session->queued_bytes(call_);
}

LaneServer::LaneServer(LaneServerOptions options, const base::Clock& clock, std::vector<LaneBinding> bindings)
    : options_(options),
      clock_(clock),
      bindings_(std::move(bindings)),
      lanes_per_binding_(bindings_.size()) {}

LaneServer::~LaneServer() = default;

grpc::ServerBidiReactor<pb::LaneBatch, pb::LaneBatch>* LaneServer::Accept() {
  std::unique_lock lock(mutex_);
  if (going_away_) return new Refusal(absl::UnavailableError("the server is shutting down"));
  if (lanes_.size() >= options_.max_lanes) return new Refusal(absl::ResourceExhaustedError("too many lanes"));
  const auto fewest = std::min_element(lanes_per_binding_.begin(), lanes_per_binding_.end());
  const auto index = static_cast<size_t>(fewest - lanes_per_binding_.begin());
  const LaneBinding& binding = bindings_[index];
  auto session = std::make_shared<LaneSession>(LaneMux::Side::kServer, options_.limits, clock_,
                                               binding.worker == nullptr ? nullptr : &binding.worker->io());
  auto* wire = new Wire(*this, session);
  session->Attach(wire, std::make_unique<ServerLane>(*binding.handler, *session));
  ++*fewest;
  lanes_.push_back({std::move(session), index});
  lock.unlock();
  wire->Begin();
  return wire;
}

void LaneServer::Remove(const LaneSession* session) {
  std::lock_guard lock(mutex_);
  const auto it =
      std::find_if(lanes_.begin(), lanes_.end(), [&](const Lane& l) { return l.session.get() == session; });
  if (it == lanes_.end()) return;
  --lanes_per_binding_[it->binding];
  *it = std::move(lanes_.back());
  lanes_.pop_back();
}

void LaneServer::GoAway() {
  std::vector<std::shared_ptr<LaneSession>> sessions;
  {
    std::lock_guard lock(mutex_);
    going_away_ = true;
    for (const Lane& lane : lanes_) sessions.push_back(lane.session);
  }
  for (const auto& session : sessions) session->GoAway();
}

size_t LaneServer::lanes() const {
  std::lock_guard lock(mutex_);
  return lanes_.size();
}

}  // namespace portcullis::rpc
