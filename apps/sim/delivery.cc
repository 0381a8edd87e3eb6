#include "apps/sim/delivery.h"

#include <algorithm>

namespace portcullis::sim {
namespace asio = boost::asio;
namespace {

// Between two writes of a packet size: long enough for the peer's loop to read the first on its own.
constexpr std::chrono::microseconds kPacketGap(200);
constexpr std::chrono::hours kStallTime(24);
// A write up to this size fits a socket's buffer: no need to watch the peer meanwhile.
constexpr size_t kUnwatchedBytes = 32 * 1024;

bool IsPlain(const Reply& reply, const Wire& wire) {
  const Delivery& delivery = reply.delivery;
  const bool paced = delivery.tokens_per_second > 0 && !wire.ends.empty();
  return !paced && delivery.packet == 0 && delivery.drip.count() == 0;
}

// Writes [from, to) in packets.
asio::awaitable<bool> WritePackets(Peer& peer, std::string_view bytes, size_t packet) {
  if (packet == 0) co_return co_await peer.Write(bytes);
  while (!bytes.empty()) {
    const bool written = co_await peer.Write(bytes.substr(0, packet));
    if (!written) co_return false;
    bytes.remove_prefix(std::min(packet, bytes.size()));
    if (!bytes.empty()) co_await peer.Sleep(kPacketGap);
  }
  co_return !peer.gone();
}

asio::awaitable<bool> WriteDripping(Peer& peer, const Wire& wire, base::Duration drip) {
  const std::string_view bytes = wire.bytes;
  bool going = co_await peer.Write(bytes.substr(0, wire.head));
  for (size_t at = wire.head; going && at < bytes.size(); ++at) {
    going = co_await peer.Sleep(drip);
    if (going) going = co_await peer.Write(bytes.substr(at, 1));
  }
  co_return going;
}

// Writes the head at once and each event when its tokens are due; events that are late go together.
asio::awaitable<bool> WritePaced(Peer& peer, const Wire& wire, const Delivery& delivery,
                                 const base::Clock& clock) {
  const std::string_view bytes = wire.bytes;
  const base::MonotonicTime start = clock.Monotonic();
  double tokens = 0;
  size_t sent = 0;
  for (const EventEnd& end : wire.ends) {
    tokens += end.tokens;
    const auto due = start + base::Duration(static_cast<int64_t>(tokens / delivery.tokens_per_second * 1e9));
    if (due > clock.Monotonic()) {
      const size_t ready = sent == 0 && end.tokens > 0 ? wire.head : sent;
      if (ready > sent) co_await WritePackets(peer, bytes.substr(sent, ready - sent), delivery.packet);
      sent = ready;
      const bool awake = co_await peer.SleepUntil(due);
      if (!awake) co_return false;
    }
    const size_t to = std::min(end.offset, bytes.size());
    const bool written = co_await WritePackets(peer, bytes.substr(sent, to - sent), delivery.packet);
    if (!written) co_return false;
    sent = to;
  }
  co_return co_await WritePackets(peer, bytes.substr(sent), delivery.packet);
}

asio::awaitable<bool> WriteWire(Peer& peer, const Reply& reply, const Wire& wire, const base::Clock& clock) {
  const Delivery& delivery = reply.delivery;
  if (delivery.drip.count() > 0) co_return co_await WriteDripping(peer, wire, delivery.drip);
  if (delivery.tokens_per_second > 0) co_return co_await WritePaced(peer, wire, delivery, clock);
  co_return co_await WritePackets(peer, wire.bytes, delivery.packet);
}

asio::awaitable<CallEnd> EndEarly(Peer& peer, EarlyEnd end) {
  if (end == EarlyEnd::kReset) {
    peer.Reset();
    co_return CallEnd::kCut;
  }
  if (end == EarlyEnd::kFin) {
    co_await peer.StopWatch();
    co_await peer.Finish();
    co_return CallEnd::kCut;
  }
  co_await peer.WaitUntilGone(kStallTime);
  co_return CallEnd::kCancelled;
}

}  // namespace

asio::awaitable<CallEnd> Deliver(Peer& peer, const Reply& reply, bool keep_alive, bool chunked,
                                 const base::Clock& clock) {
  const Wire wire = BuildWire(reply, keep_alive, chunked);
  if (reply.delivery.delay.count() > 0) {
    peer.StartWatch();
    const bool here = co_await peer.Sleep(reply.delivery.delay);
    if (!here) co_return CallEnd::kCancelled;
  }
  if (reply.delivery.reset_before_head) co_return co_await EndEarly(peer, EarlyEnd::kReset);
  if (!IsPlain(reply, wire) || wire.bytes.size() > kUnwatchedBytes) peer.StartWatch();
  const bool written = co_await WriteWire(peer, reply, wire, clock);
  if (!written) co_return CallEnd::kCancelled;
  if (!wire.complete) co_return co_await EndEarly(peer, reply.delivery.early_end);
  co_await peer.StopWatch();
  co_return CallEnd::kAnswered;
}

}  // namespace portcullis::sim
