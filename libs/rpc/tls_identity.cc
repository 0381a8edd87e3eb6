#include "libs/rpc/tls_identity.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/rpc/rpc_metrics.h"

namespace portcullis::rpc {
namespace {

constexpr std::chrono::seconds kInterval{1};
constexpr unsigned kProviderIntervalSeconds = 1;
constexpr std::chrono::hours kLongestWarning{7 * 24};
constexpr int kWarnAtFraction = 5;  // a fifth of its life before the end

double Seconds(base::SystemTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

TlsIdentity::MemoryFile::MemoryFile() : fd_(memfd_create("tls", MFD_CLOEXEC)) {}

TlsIdentity::MemoryFile::~MemoryFile() {
  if (fd_ >= 0) close(fd_);
}

bool TlsIdentity::MemoryFile::Write(const std::string& content) const {
  const auto size = static_cast<ssize_t>(content.size());
  return fd_ >= 0 && pwrite(fd_, content.data(), content.size(), 0) == size && ftruncate(fd_, size) == 0;
}

std::string TlsIdentity::MemoryFile::path() const { return base::StrCat("/proc/self/fd/", fd_); }

TlsIdentity::TlsIdentity(tls::IdentityFiles files, const base::Clock& clock, telemetry::Metrics& metrics,
                         telemetry::Logger& logger)
    : files_(std::move(files)),
      clock_(clock),
      logger_(logger),
      expiry_(metrics.AddGauge(kTlsExpiry, {{"certificate", "own"}})),
      ca_expiry_(metrics.AddGauge(kTlsExpiry, {{"certificate", "ca"}})),
      applied_(metrics.AddCounter(kTlsReloads, {{"result", "applied"}})),
      rejected_(metrics.AddCounter(kTlsReloads, {{"result", "rejected"}})) {}

absl::StatusOr<std::unique_ptr<TlsIdentity>> TlsIdentity::Create(tls::IdentityFiles files,
                                                                 const base::Clock& clock,
                                                                 telemetry::Metrics& metrics,
                                                                 telemetry::Logger& logger) {
  ASSIGN_OR_RETURN(tls::Identity identity, tls::LoadIdentity(files, clock.Now()));
  std::unique_ptr<TlsIdentity> made(new TlsIdentity(std::move(files), clock, metrics, logger));
  {
    std::lock_guard lock(made->mutex_);
    RETURN_IF_ERROR(made->Use(std::move(identity)));
    made->Tell();
    made->WatchExpiry(clock.Now());
  }
  made->provider_ = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      made->pair_.path(), made->pair_.path(), made->authorities_.path(), kProviderIntervalSeconds);
  made->thread_ = std::thread([identity = made.get()] { identity->Run(); });
  return made;
}

TlsIdentity::~TlsIdentity() {
  {
    std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  if (thread_.joinable()) thread_.join();
  provider_.reset();  // its thread reads the memory files
}

void TlsIdentity::Run() {
  std::unique_lock lock(stop_mutex_);
  while (!stop_.wait_for(lock, kInterval, [this] { return stopping_; })) {
    lock.unlock();
    Refresh();
    lock.lock();
  }
}

tls::Identity TlsIdentity::Current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

absl::Status TlsIdentity::Check() const {
  std::lock_guard lock(mutex_);
  if (clock_.Now() < current_.expires) return absl::OkStatus();
  return absl::FailedPreconditionError(base::StrCat("the certificate ", files_.certificate, " expired at ",
                                                    tls::TimeText(current_.expires), ": renew it"));
}

absl::Status TlsIdentity::Use(tls::Identity identity) {
  const bool written = pair_.Write(base::StrCat(identity.key_pem, "\n", identity.certificate_pem)) &&
                       authorities_.Write(identity.ca_pem);
  if (!written) return absl::InternalError("the system gives no memory for certificates");
  current_ = std::move(identity);
  expiry_.Set(Seconds(current_.expires));
  ca_expiry_.Set(Seconds(current_.ca_expires));
  problem_.clear();
  warned_ = false;
  told_expired_ = false;
  return absl::OkStatus();
}

void TlsIdentity::Tell() const {
  logger_.Info("tls", {{"mode", "mutual"},
                       {"subject", current_.subject},
                       {"names", Joined(current_.names)},
                       {"expires", tls::TimeText(current_.expires)},
                       {"ca_expires", tls::TimeText(current_.ca_expires)},
                       {"certificate_file", files_.certificate},
                       {"ca_file", files_.ca}});
}

void TlsIdentity::Refresh() {
  const base::SystemTime now = clock_.Now();
  absl::StatusOr<tls::Identity> read = tls::LoadIdentity(files_, now);
  std::lock_guard lock(mutex_);
  if (read.ok() && *read != current_) {
    const absl::Status used = Use(*std::move(read));
    if (!used.ok()) return Reject(used);
    applied_.Add();
    Tell();
  } else if (read.ok()) {
    problem_.clear();
  } else if (now < current_.expires) {  // else the expiry itself is told, below
    Reject(read.status());
  }
  WatchExpiry(now);
}

// Told at the second look: files that are being replaced do not fit for a moment.
void TlsIdentity::Reject(const absl::Status& status) {
  const std::string reason(base::Message(status));
  if (reason != problem_) {
    problem_ = reason;
    told_ = false;
    return;
  }
  if (std::exchange(told_, true)) return;
  rejected_.Add();
  logger_.Error("the certificates before stay in use",
                {{"reason", reason}, {"expires", tls::TimeText(current_.expires)}});
}

void TlsIdentity::WatchExpiry(base::SystemTime now) {
  const auto life = current_.expires - current_.not_before;
  const auto warning = std::min<base::SystemTime::duration>(life / kWarnAtFraction, kLongestWarning);
  if (now >= current_.expires) {
    if (!std::exchange(told_expired_, true)) {
      logger_.Error("the certificate has expired: peers refuse new connections",
                    {{"file", files_.certificate}, {"expired", tls::TimeText(current_.expires)}});
    }
  } else if (now >= current_.expires - warning && !std::exchange(warned_, true)) {
    logger_.Warning("the certificate expires soon",
                    {{"file", files_.certificate}, {"expires", tls::TimeText(current_.expires)}});
  }
}

}  // namespace portcullis::rpc
