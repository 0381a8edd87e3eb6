#include "services/audit/app/head_signer.h"

#include <optional>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/client/audit_metrics.h"

namespace portcullis::audit {
namespace {

absl::StatusOr<crypto::Digest> RootOf(LogStore& log, uint64_t size) {
  return crypto::MerkleRoot(size, [&](int level, uint64_t index) { return log.TreeNode(level, index); });
}

}  // namespace

HeadSigner::HeadSigner(crypto::SigningKey key, base::Duration interval, LogStore& log,
                       const base::Clock& clock, Waiter& waiter, telemetry::Metrics& metrics,
                       telemetry::Logger& logger)
    : key_(std::move(key)),
      interval_(interval),
      log_(log),
      clock_(clock),
      waiter_(waiter),
      logger_(logger),
      heads_(metrics.AddCounter(kHeadsTotal)),
      errors_(metrics.AddCounter(kHeadErrorsTotal)),
      size_(metrics.AddGauge(kTreeSize)),
      bytes_(metrics.AddGauge(kStoreBytes)) {}

HeadSigner::~HeadSigner() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  waiter_.Wake();
  thread_.join();
}

void HeadSigner::Start() {
  logger_.Info("audit heads are signed", {{"log", log_.log_id()}, {"key", key_.verifying_key().id()}});
  if (const absl::Status status = Compare(); !status.ok()) TellFailure("the audit log was altered", status);
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void HeadSigner::Run(const std::stop_token& stop) {
  for (bool last = false; !last;) {
    last = stop.stop_requested();  // asked before the round: what was stored before the stop is signed
    if (const auto done = Sign(); !done.ok()) TellFailure("the audit log could not be signed", done.status());
    const base::MonotonicTime next = clock_.Monotonic() + interval_;
    while (!stop.stop_requested() && clock_.Monotonic() < next) waiter_.Wait(next - clock_.Monotonic());
  }
}

absl::StatusOr<bool> HeadSigner::Sign() {
  LogHead head;
  head.log_id = log_.log_id();
  ASSIGN_OR_RETURN(head.size, log_.TreeSize());
  size_.Set(static_cast<double>(head.size));
  bytes_.Set(static_cast<double>(log_.DiskBytes()));
  ASSIGN_OR_RETURN(const std::optional<LogHead> latest, log_.LatestHead());
  const uint64_t signed_size = latest ? latest->size : 0;
  if (head.size == signed_size) return false;
  ASSIGN_OR_RETURN(head.root, RootOf(log_, head.size));
  TakeNewKey();
  head.time_us = clock_.Now().time_since_epoch().count();
  SignHead(key_, &head);
  RETURN_IF_ERROR(log_.AddHead(head));
  heads_.Add();
  return true;
}

// A key that cannot be read leaves the one that there is.
void HeadSigner::TakeNewKey() {
  if (!new_key_) return;
  absl::StatusOr<std::optional<crypto::SigningKey>> key = new_key_();
  if (!key.ok()) return TellFailure("the new audit signing key cannot be read", key.status());
  if (!*key) return;
  key_ = **std::move(key);
  logger_.Info("audit heads are signed by a new key",
               {{"log", log_.log_id()}, {"key", key_.verifying_key().id()}});
}

absl::Status HeadSigner::Compare() {
  ASSIGN_OR_RETURN(const std::optional<LogHead> latest, log_.LatestHead());
  if (!latest) return absl::OkStatus();
  ASSIGN_OR_RETURN(const uint64_t size, log_.TreeSize());
  if (size < latest->size) {
    return absl::DataLossError(
        base::StrCat("it has ", size, " leaves, and a signed head says ", latest->size));
  }
  ASSIGN_OR_RETURN(const crypto::Digest root, RootOf(log_, latest->size));
  if (root == latest->root) return absl::OkStatus();
  return absl::DataLossError(base::StrCat("its first ", latest->size, " leaves have the root ",
                                          crypto::Hex(root), ", and a signed head says ",
                                          crypto::Hex(latest->root)));
}

void HeadSigner::TellFailure(const char* what, const absl::Status& status) {
  errors_.Add();
  logger_.Error(what, {{"log", log_.log_id()}, {"error", base::Message(status)}});
}

}  // namespace portcullis::audit
