// The certificate, key and CA files of a process: read, checked, and put into words.
//
// Thread-safe: functions without state. No message carries a byte of a key.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"

namespace portcullis::tls {

inline constexpr size_t kMaxFileBytes = 1 << 20;

// Paths. All three, or none: then there is no TLS.
struct IdentityFiles {
  std::string certificate;  // PEM: the own certificate, then its intermediates
  std::string key;          // PEM, without a password
  std::string ca;           // PEM: one or more

  bool any() const { return !certificate.empty() || !key.empty() || !ca.empty(); }
  bool all() const { return !certificate.empty() && !key.empty() && !ca.empty(); }
};

struct Identity {
  std::string certificate_pem;
  std::string key_pem;
  std::string ca_pem;
  std::string subject;             // "CN=portcullis-edge", RFC 2253
  std::vector<std::string> names;  // DNS names and URIs of the subject alternative names
  base::SystemTime not_before;
  base::SystemTime expires;
  base::SystemTime ca_expires;  // of the CA that ends first

  bool operator==(const Identity&) const = default;
};

// Reads and checks. Errors name the file, the reason and what to do: INVALID_ARGUMENT when files are missing
// from the set, NOT_FOUND or PERMISSION_DENIED when one cannot be read, FAILED_PRECONDITION when its content
// cannot be used at `now`: no PEM, a key of another certificate, expired, not yet valid, not signed by the
// CA.
absl::StatusOr<Identity> LoadIdentity(const IdentityFiles& files, base::SystemTime now);

// "2026-11-21T19:00:00Z".
std::string TimeText(base::SystemTime time);

}  // namespace portcullis::tls
