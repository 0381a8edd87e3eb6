// The certificate, key and CAs that a process uses for gRPC, looked at every second and replaced while it
// runs.
//
// gRPC's own watcher of files hands on whatever it reads, half-written pairs included, and a pair that does
// not fit leaves a server without any. So the files are read and checked here, and gRPC watches copies that
// live in memory (memfd) and are always whole. What cannot be used is told in the log and counted; the
// identity before stays. New connections have a new identity after two seconds at the latest.
#pragma once

#include <grpcpp/security/tls_certificate_provider.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "libs/tls/identity_files.h"

namespace portcullis::rpc {

// Thread-safe. Outlives every channel and server that uses its provider; its parameters outlive it.
class TlsIdentity {
 public:
  // Reads the files, and begins to watch them. Errors as tls::LoadIdentity; INTERNAL without memory files.
  static absl::StatusOr<std::unique_ptr<TlsIdentity>> Create(tls::IdentityFiles files,
                                                             const base::Clock& clock,
                                                             telemetry::Metrics& metrics,
                                                             telemetry::Logger& logger);
  ~TlsIdentity();
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

  const std::shared_ptr<grpc::experimental::CertificateProviderInterface>& provider() const {
    return provider_;
  }

  // In use now.
  tls::Identity Current() const;

  // FAILED_PRECONDITION when the certificate in use has expired.
  absl::Status Check() const;

  // Looks at the files now; the watch does it every second.
  void Refresh();

 private:
  // A file that exists in memory alone.
  class MemoryFile {
   public:
    MemoryFile();
    ~MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    bool Write(const std::string& content) const;
    std::string path() const;

   private:
    int fd_;
  };

  TlsIdentity(tls::IdentityFiles files, const base::Clock& clock, telemetry::Metrics& metrics,
              telemetry::Logger& logger);

  absl::Status Use(tls::Identity identity);  // with the lock held
  void Tell() const;
  void Reject(const absl::Status& status);
  void WatchExpiry(base::SystemTime now);
  void Run();

  const tls::IdentityFiles files_;
  const base::Clock& clock_;
  telemetry::Logger& logger_;
  telemetry::Gauge& expiry_;
  telemetry::Gauge& ca_expiry_;
  telemetry::Counter& applied_;
  telemetry::Counter& rejected_;
  const MemoryFile pair_;  // key, then certificates: one file, so that they change together
  const MemoryFile authorities_;
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;

  mutable std::mutex mutex_;  // of what follows
  tls::Identity current_;
  std::string problem_;  // of the files, at the last look
  bool told_ = false;
  bool warned_ = false;
  bool told_expired_ = false;

  std::mutex stop_mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace portcullis::rpc
