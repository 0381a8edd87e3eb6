#include "libs/rpc/lane_client.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "libs/base/strings.h"
#include "libs/rpc/client_lane.h"

namespace portcullis::rpc {
namespace {

constexpr std::chrono::seconds kSettled{1};  // a lane that lived so long starts its backoff anew
constexpr base::MonotonicTime kNever = base::MonotonicTime::max();

}  // namespace

LaneClient::LaneClient(LaneClientOptions options, runtime::Worker& worker, const base::Clock& clock,
                       base::Rng& rng, std::shared_ptr<grpc::ChannelCredentials> credentials,
                       std::unique_ptr<Resolver> resolver)
    : options_(std::move(options)),
      worker_(worker),
      clock_(clock),
      rng_(rng),
      credentials_(std::move(credentials)),
      resolver_(std::move(resolver)),
      last_error_(absl::UnavailableError("not connected yet")),
      timer_(worker.io()) {}

LaneClient::~LaneClient() {
  *alive_ = false;
  for (const auto& [number, call] : waiting_) {
    call->client_ = nullptr;
    call->waiting_ = false;
  }
}

void LaneClient::Start() {
  boost::asio::post(worker_.io(), [this, alive = alive_] {
    if (!*alive) return;
    down_since_ = clock_.Monotonic();
    Maintain();
  });
}

size_t LaneClient::ready_lanes() const {
  return static_cast<size_t>(std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) {
    return slot.lane != nullptr && slot.lane->ready();
  }));
}

std::unique_ptr<LaneCall> LaneClient::Open(const base::RequestContext& context, std::string message,
                                           LaneObserver& observer) {
  std::unique_ptr<LaneCall> call(new LaneCall(*this, observer, context.deadline));
  call->items_.resize(1);
  LaneItem& item = call->items_[0];
  item.kind = common::v1::FRAME_KIND_OPEN;
  item.context = std::make_unique<base::RequestContext>(context);
  item.bytes = std::move(message);
  WatchDeadline(context.deadline);
  if (ClientLane* lane = Pick()) {
    lane->Adopt(*call);
  } else {
    Wait(*call);
  }
  return call;
}

void LaneClient::WatchDeadline(base::MonotonicTime deadline) {
  if (deadline == base::MonotonicTime{} || deadline >= next_deadline_) return;
  next_deadline_ = deadline;
  Due(next_deadline_);
}

// Tells how many lanes are ready, as a difference: the clients of several workers share the gauge.
void LaneClient::CountReady() {
  if (options_.ready == nullptr) return;
  const size_t ready = ready_lanes();
  if (ready == told_ready_) return;
  options_.ready->Add(static_cast<double>(ready) - static_cast<double>(told_ready_));
  told_ready_ = ready;
}

ClientLane* LaneClient::Pick() {
  ClientLane* best = nullptr;
  for (size_t i = 0; i < slots_.size(); ++i) {
    ClientLane* lane = slots_[(next_slot_ + i) % slots_.size()].lane.get();
    if (lane == nullptr || !lane->ready() || lane->open_calls() >= options_.limits.max_calls) continue;
    if (best == nullptr || lane->open_calls() < best->open_calls()) best = lane;
  }
  ++next_slot_;
  return best;
}

void LaneClient::Wait(LaneCall& call) {
  const base::MonotonicTime now = clock_.Monotonic();
  const bool down_for_long = down_since_ != base::MonotonicTime{} && now - down_since_ > options_.max_wait;
  call.lane_ = nullptr;
  call.waiting_ = true;
  call.id_ = next_waiting_++;
  call.fail_at_ = now;
  if (!down_for_long && waiting_.size() < options_.max_waiting_calls) call.fail_at_ += options_.max_wait;
  waiting_.emplace(call.id_, &call);
  Due(call.fail_at_);
}

void LaneClient::AssignWaiting() {
  while (!waiting_.empty()) {
    ClientLane* lane = Pick();
    if (lane == nullptr) return;
    LaneCall* call = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    call->waiting_ = false;
    lane->Adopt(*call);
  }
}

// --- lanes come and go

void LaneClient::OnReady(ClientLane& lane) {
  for (Slot& slot : slots_) {
    if (slot.successor.get() == &lane) {
      Retire(std::exchange(slot.lane, std::move(slot.successor)));
    }
  }
  const auto fifth = static_cast<double>(options_.max_age.count()) / 5;
  const std::chrono::milliseconds age =
      options_.max_age - std::chrono::milliseconds(static_cast<int64_t>(rng_.NextUnit() * fifth));
  lane.set_retire_at(clock_.Monotonic() + age);
  Due(lane.retire_at());
  down_since_ = base::MonotonicTime{};
  CountReady();
  AssignWaiting();
}

void LaneClient::OnGoAway(ClientLane& lane) {
  for (Slot& slot : slots_) {
    if (slot.lane.get() != &lane) continue;
    slot.retry_at = clock_.Monotonic() + options_.min_backoff;
    Retire(std::move(slot.lane));
    Due(slot.retry_at);
  }
}

void LaneClient::Retire(std::unique_ptr<ClientLane> lane) {
  if (lane == nullptr) return;
  lane->Retire();
  retired_.push_back(std::move(lane));
  CountReady();
  if (ready_lanes() == 0 && down_since_ == base::MonotonicTime{}) down_since_ = clock_.Monotonic();
}

void LaneClient::OnLost(ClientLane& lane, const absl::Status& status) {
  const base::MonotonicTime now = clock_.Monotonic();
  last_error_ = status;
  const bool settled = lane.ready_since() != base::MonotonicTime{} && now - lane.ready_since() > kSettled;
  const auto bury = [&](std::unique_ptr<ClientLane>& place) {
    if (place.get() != &lane) return false;
    dead_.push_back(std::move(place));
    return true;
  };
  for (Slot& slot : slots_) {
    if (!bury(slot.lane) && !bury(slot.successor)) continue;
    slot.backoff = settled ? std::chrono::nanoseconds(0)
                           : std::clamp<std::chrono::nanoseconds>(slot.backoff * 2, options_.min_backoff,
                                                                  options_.max_backoff);
    // Half fixed, half by chance, so that many clients do not come back together.
    const double factor = 0.5 + rng_.NextUnit() / 2;
    slot.retry_at = now + std::chrono::nanoseconds(
                              static_cast<int64_t>(static_cast<double>(slot.backoff.count()) * factor));
    Due(slot.retry_at);
  }
  for (auto& retired : retired_) bury(retired);
  std::erase(retired_, nullptr);
  CountReady();
  if (ready_lanes() == 0 && down_since_ == base::MonotonicTime{}) down_since_ = now;
  AssignWaiting();
  Due(now);  // buries the dead, when their own code is no longer running
}

void LaneClient::Connect(Slot& slot, std::unique_ptr<ClientLane>& place) {
  place = std::make_unique<ClientLane>(*this, slot.address, worker_.io(), clock_, credentials_);
  keeper_ = place->channel();
  slot.retry_at = kNever;
}

void LaneClient::RenewLanes(base::MonotonicTime now) {
  for (Slot& slot : slots_) {
    const bool too_old = slot.lane != nullptr && slot.lane->retire_at() <= now;
    if (slot.lane == nullptr && slot.successor == nullptr) {
      if (slot.retry_at <= now) Connect(slot, slot.lane);
    } else if (too_old && slot.successor == nullptr && (slot.retry_at <= now || slot.retry_at == kNever)) {
      Connect(slot, slot.successor);
    }
    if (slot.retry_at != kNever) Due(slot.retry_at);
    if (slot.lane != nullptr && slot.lane->retire_at() > now) Due(slot.lane->retire_at());
  }
}

// --- addresses

void LaneClient::Resolve() {
  for (const std::string& target : options_.targets) {
    resolver_->Resolve(target,
                       [this, target, alive = alive_](absl::StatusOr<std::vector<std::string>> result) {
                         if (!*alive) return;
                         if (!result.ok()) {
                           // What was known stays: a name server that is away is no reason to drop lanes that
                           // work.
                           if (addresses_[target].empty()) last_error_ = result.status();
                           return;
                         }
                         addresses_[target] = *std::move(result);
                         ApplyAddresses();
                       });
  }
}

void LaneClient::ApplyAddresses() {
  std::vector<std::string> wanted;
  for (const auto& [target, addresses] : addresses_)
    wanted.insert(wanted.end(), addresses.begin(), addresses.end());
  for (Slot& slot : slots_) {
    if (std::find(wanted.begin(), wanted.end(), slot.address) != wanted.end()) continue;
    Retire(std::move(slot.lane));
    Retire(std::move(slot.successor));
    slot.address.clear();
  }
  std::erase_if(slots_, [](const Slot& slot) { return slot.address.empty(); });
  for (const std::string& address : wanted) {
    const bool known =
        std::any_of(slots_.begin(), slots_.end(), [&](const Slot& s) { return s.address == address; });
    if (!known) slots_.emplace_back().address = address;
  }
  Due(clock_.Monotonic());
}

// --- time

void LaneClient::Due(base::MonotonicTime when) {
  if (when >= due_) return;
  due_ = when;
  timer_.expires_after(std::max<base::Duration>(when - clock_.Monotonic(), base::Duration(0)));
  timer_.async_wait([this, alive = alive_](const boost::system::error_code& error) {
    if (!error && *alive) Maintain();
  });
}

void LaneClient::Maintain() {
  const base::MonotonicTime now = clock_.Monotonic();
  due_ = kNever;
  dead_.clear();
  if (next_resolve_ <= now) {
    next_resolve_ = now + options_.resolve_interval;
    Resolve();
  }
  RenewLanes(now);
  FailOverdue(now);
  FailWaiting(now);
  Due(next_resolve_);
}

void LaneClient::FailOverdue(base::MonotonicTime now) {
  if (next_deadline_ > now) return Due(next_deadline_);
  next_deadline_ = kNever;
  base::MonotonicTime next = kNever;
  // By index: observers may open calls, which may not touch the vectors of lanes, but their contents.
  for (const Slot& slot : slots_) {
    if (slot.lane != nullptr) next = std::min(next, slot.lane->FailOverdue(now));
  }
  for (const auto& lane : retired_) next = std::min(next, lane->FailOverdue(now));
  for (const auto& [number, call] : waiting_) {
    if (call->deadline_ == base::MonotonicTime{}) continue;
    call->fail_at_ = std::min(call->fail_at_, call->deadline_);
    if (call->deadline_ > now) next = std::min(next, call->deadline_);
  }
  next_deadline_ = std::min(next_deadline_, next);
  Due(next_deadline_);
}

void LaneClient::FailWaiting(base::MonotonicTime now) {
  std::vector<uint64_t> failed;
  for (const auto& [number, call] : waiting_) {
    if (call->fail_at_ <= now) {
      failed.push_back(number);
    } else {
      Due(call->fail_at_);
    }
  }
  for (const uint64_t number : failed) {
    const auto it = waiting_.find(number);
    if (it == waiting_.end()) continue;  // an observer before has dropped it
    LaneCall* call = it->second;
    waiting_.erase(it);
    call->waiting_ = false;
    call->client_ = nullptr;
    const bool late = call->deadline_ != base::MonotonicTime{} && call->deadline_ <= now;
    LaneEvent event(LaneEvent::Kind::kEnd);
    event.status = late ? absl::DeadlineExceededError(
                              base::StrCat("the ", options_.service, " service could not be reached in time"))
                        : NoLane();
    call->Deliver(event);
  }
}

absl::Status LaneClient::NoLane() const {
  return absl::UnavailableError(
      base::StrCat("no ", options_.service, " service is reachable: ", base::Message(last_error_)));
}

}  // namespace portcullis::rpc
