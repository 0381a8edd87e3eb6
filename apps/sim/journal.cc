#include "apps/sim/journal.h"

#include "apps/sim/text.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace {

constexpr double kNanosecondsPerMillisecond = 1e6;

std::string PathOf(const std::string& target) { return target.substr(0, target.find('?')); }

// Header values are bytes; those past ASCII are taken as Latin-1 when they are not UTF-8.
std::string HeaderText(std::string_view value) {
  if (IsUtf8(value)) return std::string(value);
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | byte >> 6);
      out += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return out;
}

void AppendRequest(std::string& out, const ReceivedRequest& request) {
  out += base::StrCat(R"({"method":)", JsonString(request.method), R"(,"path":)",
                      JsonString(HeaderText(request.target)), R"(,"at_us":)",
                      static_cast<int64_t>(request.at.time_since_epoch().count()), R"(,"headers":[)");
  for (size_t i = 0; i < request.headers.size(); ++i) {
    const auto& [name, value] = request.headers[i];
    out += base::StrCat(i == 0 ? "" : ",", "[", JsonString(HeaderText(name)), ",",
                        JsonString(HeaderText(value)), "]");
  }
  if (IsUtf8(request.body)) {
    out += base::StrCat(R"(],"body":)", JsonString(request.body), "}");
  } else {
    out += base::StrCat(R"(],"body":null,"body_base64":)", JsonString(EncodeBase64(request.body)), "}");
  }
}

template <typename Key>
std::string RenderCounts(const std::map<Key, uint64_t>& counts) {
  std::string out = "{";
  for (const auto& [key, count] : counts) {
    out += base::StrCat(out.size() == 1 ? "" : ",", JsonString(base::StrCat(key)), ":", count);
  }
  return out + "}";
}

std::string RenderCancelled(const CancelledCall& call) {
  return base::StrCat(R"({"path":)", JsonString(HeaderText(call.target)), R"(,"at_us":)",
                      static_cast<int64_t>(call.at.time_since_epoch().count()), R"(,"after_ms":)",
                      static_cast<double>(call.after.count()) / kNanosecondsPerMillisecond,
                      R"(,"bytes_sent":)", call.bytes_sent, "}");
}

}  // namespace

void Journal::AddRequest(ReceivedRequest request, int status, bool fault) {
  const std::lock_guard lock(mutex_);
  ++stats_.requests;
  if (fault) ++stats_.faults;
  ++stats_.by_status[status];
  std::string path = PathOf(request.target);
  if (stats_.by_path.size() >= kMaxPaths && !stats_.by_path.contains(path)) path = "other";
  ++stats_.by_path[std::move(path)];
  bytes_ += request.body.size();
  requests_.push_back(std::move(request));
  while (requests_.size() > 1 && (requests_.size() > kMaxRequests || bytes_ > kMaxBytes)) {
    bytes_ -= requests_.front().body.size();
    requests_.pop_front();
  }
}

void Journal::AddEnd(CallEnd end, CancelledCall cancelled) {
  const std::lock_guard lock(mutex_);
  if (end == CallEnd::kAnswered) ++stats_.answered;
  if (end == CallEnd::kCut) ++stats_.cut;
  if (end != CallEnd::kCancelled) return;
  ++stats_.cancelled;
  cancelled_.push_back(std::move(cancelled));
  if (cancelled_.size() > kMaxCancelled) cancelled_.pop_front();
}

void Journal::Clear() {
  const std::lock_guard lock(mutex_);
  requests_.clear();
  cancelled_.clear();
  stats_ = Stats();
  bytes_ = 0;
}

Stats Journal::stats() const {
  const std::lock_guard lock(mutex_);
  Stats stats = stats_;
  stats.cancelled_calls.assign(cancelled_.begin(), cancelled_.end());
  return stats;
}

std::vector<ReceivedRequest> Journal::requests() const {
  const std::lock_guard lock(mutex_);
  return {requests_.begin(), requests_.end()};
}

std::string Journal::RenderRequests() const {
  const std::vector<ReceivedRequest> kept = requests();
  std::string out = R"({"requests":[)";
  for (size_t i = 0; i < kept.size(); ++i) {
    if (i > 0) out += ',';
    AppendRequest(out, kept[i]);
  }
  return out + "]}";
}

std::string Journal::RenderStats() const {
  const Stats now = stats();
  std::string out = base::StrCat(R"({"requests":)", now.requests, R"(,"answered":)", now.answered,
                                 R"(,"cancelled":)", now.cancelled, R"(,"cut":)", now.cut, R"(,"faults":)",
                                 now.faults, R"(,"by_path":)", RenderCounts(now.by_path), R"(,"by_status":)",
                                 RenderCounts(now.by_status), R"(,"cancelled_calls":[)");
  for (size_t i = 0; i < now.cancelled_calls.size(); ++i) {
    out += base::StrCat(i == 0 ? "" : ",", RenderCancelled(now.cancelled_calls[i]));
  }
  return out + "]}";
}

}  // namespace portcullis::sim
