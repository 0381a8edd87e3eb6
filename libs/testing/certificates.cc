#include "libs/testing/certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>

namespace portcullis::testing {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;

void Must(bool ok) {
  if (!ok) std::abort();
}

template <typename Write>
std::string Pem(Write write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  Must(write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string PemOf(X509* certificate) {
  return Pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

time_t Seconds(base::SystemTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

void Extend(X509* certificate, int kind, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  Must(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

Certificate Draft(EVP_PKEY* key, const std::string& name, int serial, base::SystemTime begin,
                  base::SystemTime end) {
  Certificate draft(X509_new());
  Must(X509_set_version(draft.get(), 2) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(draft.get()), serial);
  ASN1_TIME_set(X509_getm_notBefore(draft.get()), Seconds(begin));
  ASN1_TIME_set(X509_getm_notAfter(draft.get()), Seconds(end));
  X509_set_pubkey(draft.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(draft.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return draft;
}

}  // namespace

struct CertificateAuthority::State {
  Key key{EVP_EC_gen("P-256")};
  Certificate certificate;
  int serial = 1;
};

CertificateAuthority::CertificateAuthority(base::SystemTime now) : state_(std::make_unique<State>()) {
  constexpr std::chrono::hours kHalfYear{182 * 24};
  EVP_PKEY* const key = state_->key.get();
  state_->certificate = Draft(key, "test authority", 1, now - kHalfYear, now + kHalfYear);
  X509* const certificate = state_->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  Extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
  Must(X509_sign(certificate, key, EVP_sha256()) > 0);
}

CertificateAuthority::~CertificateAuthority() = default;

std::string CertificateAuthority::pem() const { return PemOf(state_->certificate.get()); }

IssuedCertificate CertificateAuthority::Issue(const CertificateRequest& request) const {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate made = Draft(key.get(), "leaf", ++state_->serial, request.not_before, request.expires);
  X509_set_issuer_name(made.get(), X509_get_subject_name(state_->certificate.get()));
  std::string names;
  for (const std::string& name : request.names) names += (names.empty() ? "" : ",") + name;
  Extend(made.get(), NID_subject_alt_name, names);
  Extend(made.get(), NID_ext_key_usage, request.usages);
  Must(X509_sign(made.get(), state_->key.get(), EVP_sha256()) > 0);
  return {PemOf(made.get()), Pem([&](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace portcullis::testing
