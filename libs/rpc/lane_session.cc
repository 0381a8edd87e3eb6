#include "libs/rpc/lane_session.h"

#include <boost/asio/post.hpp>

namespace portcullis::rpc {

namespace pb = common::v1;

namespace {

constexpr size_t kMaxInbox = 32;  // batches
constexpr size_t kMaxSpare = 4;

}  // namespace

LaneSession::LaneSession(LaneMux::Side side, const LaneLimits& limits, const base::Clock& clock,
                         boost::asio::io_context* io)
    : io_(io), mux_(side, limits, clock), reading_(std::make_unique<pb::LaneBatch>()) {}

void LaneSession::Attach(LaneWire* wire, LaneOwner* owner) {
  wire_ = wire;
  owner_ = owner;
}

void LaneSession::Attach(LaneWire* wire, std::unique_ptr<LaneOwner> owner) {
  owned_owner_ = std::move(owner);
  Attach(wire, owned_owner_.get());
}

void LaneSession::Detach() {
  owner_ = nullptr;
  {
    std::lock_guard lock(inbox_mutex_);
    if (detached_) return;
    detached_ = true;
  }
  Abort();
  ResumeReading();
}

// --- sending

uint64_t LaneSession::Open(const base::RequestContext& context, std::string message) {
  Lock lock(mutex_);
  const uint64_t call = mux_.Open(context, std::move(message));
  FlushSoon(std::move(lock));
  return call;
}

uint64_t LaneSession::Open(std::vector<LaneItem> items) {
  Lock lock(mutex_);
  const uint64_t call = mux_.Open(std::move(items));
  FlushSoon(std::move(lock));
  return call;
}

void LaneSession::Send(uint64_t call, std::string message, bool last) {
  Lock lock(mutex_);
  mux_.Send(call, std::move(message), last);
  FlushSoon(std::move(lock));
}

size_t LaneSession::SendData(uint64_t call, std::string_view bytes) {
  Lock lock(mutex_);
  mux_.SendData(call, bytes);
  const size_t queued = mux_.queued_bytes(call);
  FlushSoon(std::move(lock));
  return queued;
}

void LaneSession::End(uint64_t call, const absl::Status& status) {
  Lock lock(mutex_);
  mux_.End(call, status);
  FlushSoon(std::move(lock));
}

void LaneSession::Cancel(uint64_t call) {
  Lock lock(mutex_);
  mux_.Cancel(call);
  FlushSoon(std::move(lock));
}

void LaneSession::GoAway() {
  Lock lock(mutex_);
  mux_.GoAway();
  FlushSoon(std::move(lock));
}

std::vector<uint64_t> LaneSession::TakeClosed() {
  std::lock_guard lock(mutex_);
  return mux_.TakeClosed();
}

bool LaneSession::TakeBack(uint64_t call, std::vector<LaneItem>& items) {
  std::lock_guard lock(mutex_);
  return mux_.TakeBack(call, items);
}

void LaneSession::Consumed(uint64_t call, size_t bytes) {
  Lock lock(mutex_);
  mux_.Consumed(call, bytes);
  FlushSoon(std::move(lock));
}

size_t LaneSession::queued_bytes(uint64_t call) {
  std::lock_guard lock(mutex_);
  return mux_.queued_bytes(call);
}

size_t LaneSession::open_calls() {
  std::lock_guard lock(mutex_);
  return mux_.open_calls();
}

void LaneSession::CloseWhenWritten() {
  Lock lock(mutex_);
  ending_ = true;
  const Next next = Step();
  lock.unlock();
  Perform(next);
}

LaneSession::Next LaneSession::Step() {
  if (writing_ || finished_) return Next::kNothing;
  if (closed_) {
    finished_ = true;
    return Next::kFinish;
  }
  if (broken_ || ended_) return Next::kNothing;
  if (mux_.HasOutput()) {
    out_.Clear();
    mux_.Gather(out_);
    if (out_.frames_size() > 0) {
      writing_ = true;
      return Next::kWrite;
    }
  }
  if (!ending_) return Next::kNothing;
  ended_ = true;
  writing_ = true;
  return Next::kEndWrites;
}

// Out of the lock. Safe: while writing_ holds, nobody else finishes the wire; the others come once.
void LaneSession::Perform(Next next) {
  switch (next) {
    case Next::kNothing:
      return;
    case Next::kWrite:
      return wire_->Write(&out_);
    case Next::kEndWrites:
      return wire_->EndWrites();
    case Next::kFinish:
      return wire_->Finish(finish_status_);
  }
}

void LaneSession::Flush() {
  Lock lock(mutex_);
  flush_posted_ = false;
  const Next next = Step();
  lock.unlock();
  Perform(next);
  if (owner_ != nullptr) owner_->OnLaneIdle();
}

// With a worker the write waits until the handlers that are ready have run, so that their frames share it.
void LaneSession::FlushSoon(Lock lock) {
  if (corked_ || writing_ || flush_posted_ || !mux_.HasOutput()) return;
  if (io_ != nullptr) {
    flush_posted_ = true;
    lock.unlock();
    boost::asio::post(*io_, [self = shared_from_this()] { self->Flush(); });
    return;
  }
  const Next next = Step();
  lock.unlock();
  Perform(next);
}

void LaneSession::OnWriteDone(bool ok) {
  Lock lock(mutex_);
  writing_ = false;
  broken_ |= !ok;
  const Next next = Step();
  std::vector<uint64_t> writable = mux_.TakeWritable();
  const bool news = !writable.empty() || mux_.has_closed();
  lock.unlock();
  // Before the wire may finish: afterwards the session may be gone.
  if (news && io_ != nullptr) {
    std::lock_guard inbox_lock(inbox_mutex_);
    writable_.insert(writable_.end(), writable.begin(), writable.end());
    ScheduleLocked();
  }
  Perform(next);
}

// --- receiving

void LaneSession::Start() {
  pb::LaneBatch* batch = nullptr;
  {
    // Hands what the constructor wrote to the threads that take these locks next, whatever gRPC does between.
    std::scoped_lock lock(mutex_, inbox_mutex_);
    batch = reading_.get();
  }
  wire_->Read(batch);
}

void LaneSession::ScheduleLocked() {
  if (scheduled_ || detached_ || io_ == nullptr) return;
  scheduled_ = true;
  boost::asio::post(*io_, [self = shared_from_this()] { self->Drain(); });
}

void LaneSession::OnReady() {
  std::lock_guard lock(inbox_mutex_);
  ready_ = true;
  ScheduleLocked();
}

std::unique_ptr<pb::LaneBatch> LaneSession::SpareLocked() {
  if (spare_.empty()) return std::make_unique<pb::LaneBatch>();
  std::unique_ptr<pb::LaneBatch> batch = std::move(spare_.back());
  spare_.pop_back();
  return batch;
}

void LaneSession::OnReadDone(bool ok) {
  if (!ok) return Close();
  if (io_ == nullptr) {
    Dispatch(*reading_);
    if (!finished()) wire_->Read(reading_.get());
    return;
  }
  {
    std::lock_guard lock(inbox_mutex_);
    inbox_.push_back(std::move(reading_));
    ScheduleLocked();
    reading_ = SpareLocked();
    read_paused_ = inbox_.size() >= kMaxInbox && !detached_;
    if (read_paused_) return;
  }
  wire_->Read(reading_.get());
}

void LaneSession::ResumeReading() {
  {
    std::lock_guard lock(inbox_mutex_);
    if (!read_paused_) return;
    read_paused_ = false;
  }
  if (!finished()) wire_->Read(reading_.get());
}

bool LaneSession::finished() {
  std::lock_guard lock(mutex_);
  return finished_;
}

void LaneSession::Close() {
  Lock lock(mutex_);
  closed_ = true;
  const Next next = Step();
  lock.unlock();
  Perform(next);
}

void LaneSession::OnCancelled() { ResumeReading(); }

void LaneSession::OnUnwired() {
  std::lock_guard lock(inbox_mutex_);
  unwired_ = true;
}

void LaneSession::AwaitDone() {
  Lock lock(inbox_mutex_);
  done_.wait(lock, [this] { return lost_; });
}

void LaneSession::OnDone(const absl::Status& status) {
  {
    std::lock_guard lock(inbox_mutex_);
    lost_ = true;
    lost_status_ = status;
    ScheduleLocked();
    done_.notify_all();
  }
  if (io_ == nullptr && owner_ != nullptr) owner_->OnLaneLost(status);
}

// --- on the worker

void LaneSession::Drain() {
  bool ready, lost;
  std::vector<uint64_t> writable;
  {
    std::lock_guard lock(inbox_mutex_);
    scheduled_ = false;
    handling_.swap(inbox_);
    writable.swap(writable_);
    ready = std::exchange(ready_, false);
    lost = lost_;
  }
  if (ready && owner_ != nullptr) owner_->OnLaneReady();
  for (const auto& batch : handling_) Dispatch(*batch);
  for (const uint64_t call : writable) {
    if (owner_ != nullptr) owner_->OnLaneWritable(call);
  }
  {
    std::lock_guard lock(inbox_mutex_);
    for (auto& batch : handling_) {
      if (spare_.size() >= kMaxSpare) break;
      batch->Clear();
      spare_.push_back(std::move(batch));
    }
  }
  handling_.clear();
  ResumeReading();
  if (lost && owner_ != nullptr) return owner_->OnLaneLost(lost_status_);
  if (owner_ != nullptr) owner_->OnLaneIdle();
}

void LaneSession::Dispatch(pb::LaneBatch& batch) {
  absl::Status status;
  {
    std::lock_guard lock(mutex_);
    corked_ = true;
    status = mux_.Receive(batch, events_);
  }
  for (LaneEvent& event : events_) {
    if (owner_ == nullptr) break;
    const size_t bytes = event.payload.size();
    keep_held_ = false;
    owner_->OnLaneEvent(event);
    if (bytes > 0 && !keep_held_) consumed_.emplace_back(event.call, bytes);
  }
  events_.clear();
  if (io_ == nullptr && owner_ != nullptr) owner_->OnLaneIdle();
  Lock lock(mutex_);
  for (const auto& [call, bytes] : consumed_) mux_.Consumed(call, bytes);
  consumed_.clear();
  corked_ = false;
  if (!status.ok()) {
    finish_status_ = status;
    broken_ = true;
  }
  const Next next = Step();
  lock.unlock();
  Perform(next);
  if (!status.ok()) Abort();
}

// The wire is there until OnUnwired has taken the lock.
void LaneSession::Abort() {
  std::lock_guard lock(inbox_mutex_);
  if (!unwired_) wire_->Abort();
}

}  // namespace portcullis::rpc
