#include "services/audit/app/head_anchor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/spool/files.h"
#include "services/audit/client/audit_metrics.h"
#include "services/audit/domain/head_json.h"

namespace portcullis::audit {
namespace {

constexpr mode_t kFileMode = 0644;

}  // namespace

HeadAnchor::HeadAnchor(AnchorOptions options, Post post, LogStore& log, const base::Clock& clock,
                       Waiter& waiter, telemetry::Metrics& metrics, telemetry::Logger& logger)
    : options_(std::move(options)), log_(log), clock_(clock), waiter_(waiter), logger_(logger) {
  if (!options_.file.empty()) {
    AddPlace(
        "file", [this](const std::string& line) { return AppendToFile(line); }, metrics);
  }
  if (!options_.webhook.empty()) {
    AddPlace(
        "webhook",
        [this, post = std::move(post)](const std::string& line) { return post(options_.webhook, line); },
        metrics);
  }
}

HeadAnchor::~HeadAnchor() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  waiter_.Wake();
  thread_.join();
}

void HeadAnchor::AddPlace(const char* name, std::function<absl::Status(const std::string&)> send,
                          telemetry::Metrics& metrics) {
  places_.push_back({name, std::move(send), &metrics.AddCounter(kAnchorErrorsTotal, {{"anchor", name}}),
                     &metrics.AddGauge(kAnchoredLeaves, {{"anchor", name}})});
}

void HeadAnchor::Start() {
  if (places_.empty()) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void HeadAnchor::Run(const std::stop_token& stop) {
  for (bool last = false; !last;) {
    last = stop.stop_requested();  // asked before the round: what was signed before the stop is anchored
    Anchor();
    const base::MonotonicTime next = clock_.Monotonic() + options_.interval;
    while (!stop.stop_requested() && clock_.Monotonic() < next) waiter_.Wait(next - clock_.Monotonic());
  }
}

void HeadAnchor::Anchor() {
  const absl::StatusOr<std::optional<LogHead>> head = log_.LatestHead();
  for (Place& place : places_) {
    absl::Status status = head.status();
    if (status.ok()) {
      if (!*head || (*head)->size == place.size) continue;
      status = place.send(HeadJsonLine(**head));
    }
    if (status.ok()) {
      place.size = (*head)->size;
      place.leaves->Set(static_cast<double>(place.size));
      continue;
    }
    place.errors->Add();
    logger_.Error("a head of the audit log could not be anchored; it is tried again at the next interval",
                  {{"anchor", place.name}, {"error", base::Message(status)}});
  }
}

absl::Status HeadAnchor::AppendToFile(const std::string& line) const {
  const spool::UniqueFd file(
      ::open(options_.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kFileMode));
  if (!file.valid()) return spool::FileError("write", options_.file, errno);
  const ssize_t written = ::write(file.get(), line.data(), line.size());
  if (written < 0 || ::fsync(file.get()) != 0) return spool::FileError("write", options_.file, errno);
  return static_cast<size_t>(written) == line.size() ? absl::OkStatus()
                                                     : spool::FileError("write", options_.file, ENOSPC);
}

}  // namespace portcullis::audit
