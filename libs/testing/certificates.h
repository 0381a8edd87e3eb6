// A certificate authority for tests.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/clock.h"

namespace portcullis::testing {

struct IssuedCertificate {
  std::string certificate_pem;
  std::string key_pem;
};

struct CertificateRequest {
  std::vector<std::string> names;  // "DNS:portcullis-edge", "URI:spiffe://..."
  base::SystemTime not_before;
  base::SystemTime expires;
  std::string usages = "serverAuth,clientAuth";  // "" = none are named
};

// Aborts when OpenSSL fails. Times have whole seconds.
class CertificateAuthority {
 public:
  // Valid for a year around `now`.
  explicit CertificateAuthority(base::SystemTime now);
  ~CertificateAuthority();

  std::string pem() const;
  IssuedCertificate Issue(const CertificateRequest& request) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace portcullis::testing
