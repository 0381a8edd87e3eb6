// Signs what the log is, at an interval and at the end, so that nobody can alter it afterwards unseen. At the
// start it compares the log with the last head that was signed.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/crypto/ed25519.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "services/audit/client/waiter.h"
#include "services/audit/domain/log_store.h"

namespace portcullis::audit {

// Everything passed must outlive it.
class HeadSigner {
 public:
  HeadSigner(crypto::SigningKey key, base::Duration interval, LogStore& log, const base::Clock& clock,
             Waiter& waiter, telemetry::Metrics& metrics, telemetry::Logger& logger);
  ~HeadSigner();  // signs a last time
  HeadSigner(const HeadSigner&) = delete;
  HeadSigner& operator=(const HeadSigner&) = delete;

  // Asked before each signature; the key that it gives is used from then on. Before Start.
  using NewKey = std::function<absl::StatusOr<std::optional<crypto::SigningKey>>()>;
  void SetNewKey(NewKey new_key) { new_key_ = std::move(new_key); }

  // Compares, and begins to sign on a thread of its own.
  void Start();

  // Signs the log as it is, unless its last head says the same. False: there was nothing to sign.
  absl::StatusOr<bool> Sign();

  // DATA_LOSS: the log is not what its last head says.
  absl::Status Compare();

 private:
  void Run(const std::stop_token& stop);
  void TakeNewKey();
  void TellFailure(const char* what, const absl::Status& status);

  crypto::SigningKey key_;
  NewKey new_key_;
  const base::Duration interval_;
  LogStore& log_;
  const base::Clock& clock_;
  Waiter& waiter_;
  telemetry::Logger& logger_;
  telemetry::Counter& heads_;
  telemetry::Counter& errors_;
  telemetry::Gauge& size_;
  telemetry::Gauge& bytes_;
  std::jthread thread_;
};

}  // namespace portcullis::audit
