#include "libs/tls/identity_files.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::tls {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;
using File = std::unique_ptr<FILE, Freed<fclose>>;

int NoPassword(char*, int, int, void*) { return -1; }

absl::Status Unusable(const std::string& what, const std::string& file, std::string_view reason) {
  return absl::FailedPreconditionError(base::StrCat("the ", what, " ", file, " cannot be used: ", reason));
}

absl::StatusOr<std::string> ReadFile(const std::string& what, const std::string& path) {
  const File file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) {
    const int error = errno;
    const std::string message =
        base::StrCat("the ", what, " ", path, " cannot be read: ", std::strerror(error));
    return error == ENOENT ? absl::NotFoundError(message) : absl::PermissionDeniedError(message);
  }
  std::string content(kMaxFileBytes + 1, '\0');
  content.resize(std::fread(content.data(), 1, content.size(), file.get()));
  if (std::ferror(file.get()) != 0)
    return absl::PermissionDeniedError(base::StrCat("the ", what, " ", path, " cannot be read"));
  if (content.size() > kMaxFileBytes) return Unusable(what, path, "it is larger than 1 MiB");
  return content;
}

Bio ReadOnly(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// All certificates of a PEM text; what else stands in it is skipped.
std::vector<Certificate> ParseCertificates(const std::string& pem) {
  const Bio bio = ReadOnly(pem);
  std::vector<Certificate> found;
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, &NoPassword, nullptr)) found.emplace_back(next);
  ERR_clear_error();
  return found;
}

base::SystemTime ToTime(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return base::SystemTime{};
  return base::SystemTime(std::chrono::seconds(timegm(&parts)));
}

std::string SubjectOf(const X509& certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

std::vector<std::string> NamesOf(const X509& certificate) {
  std::vector<std::string> names;
  const Names found(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; found != nullptr && i < sk_GENERAL_NAME_num(found.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(found.get(), i);
    if (name->type != GEN_DNS && name->type != GEN_URI) continue;
    const ASN1_IA5STRING* text = name->d.ia5;
    names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                       static_cast<size_t>(ASN1_STRING_length(text)));
  }
  return names;
}

absl::Status CheckTimes(const Identity& identity, const std::string& file, base::SystemTime now) {
  if (identity.expires <= now) {
    return Unusable("certificate", file,
                    base::StrCat("it expired at ", TimeText(identity.expires), "; renew it"));
  }
  if (identity.not_before > now) {
    return Unusable(
        "certificate", file,
        base::StrCat("it is valid from ", TimeText(identity.not_before), " on; is the clock right?"));
  }
  return absl::OkStatus();
}

// Whether the CA vouches for the chain, for both uses that the suite makes of it.
absl::Status CheckChain(const std::vector<Certificate>& chain, const std::vector<Certificate>& authorities,
                        const IdentityFiles& files, base::SystemTime now) {
  const Store store(X509_STORE_new());
  for (const Certificate& authority : authorities) X509_STORE_add_cert(store.get(), authority.get());
  STACK_OF(X509)* const intermediates = sk_X509_new_null();
  for (size_t i = 1; i < chain.size(); ++i) sk_X509_push(intermediates, chain[i].get());
  absl::Status status;
  for (const int purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT}) {
    const StoreContext context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), chain[0].get(), intermediates);
    X509_STORE_CTX_set_purpose(context.get(), purpose);
    X509_STORE_CTX_set_time(context.get(), 0,
                            std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
    if (X509_verify_cert(context.get()) == 1) continue;
    status = Unusable("certificate", files.certificate,
                      base::StrCat("checked against ", files.ca, ": ",
                                   X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())),
                                   purpose == X509_PURPOSE_SSL_SERVER ? "; servers must be able to show it"
                                                                      : "; clients must be able to show it"));
    break;
  }
  sk_X509_free(intermediates);
  ERR_clear_error();
  return status;
}

}  // namespace

absl::StatusOr<Identity> LoadIdentity(const IdentityFiles& files, base::SystemTime now) {
  if (!files.all()) {
    return absl::InvalidArgumentError(
        "services.tls.certificate_file, key_file and ca_file go together: set all three or none");
  }
  Identity identity;
  ASSIGN_OR_RETURN(identity.certificate_pem, ReadFile("certificate", files.certificate));
  ASSIGN_OR_RETURN(identity.key_pem, ReadFile("key", files.key));
  ASSIGN_OR_RETURN(identity.ca_pem, ReadFile("CA", files.ca));
  const std::vector<Certificate> chain = ParseCertificates(identity.certificate_pem);
  if (chain.empty()) return Unusable("certificate", files.certificate, "no certificate in PEM is in it");
  const std::vector<Certificate> authorities = ParseCertificates(identity.ca_pem);
  if (authorities.empty()) return Unusable("CA", files.ca, "no certificate in PEM is in it");
  const Bio key_bio = ReadOnly(identity.key_pem);
  const Key key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, &NoPassword, nullptr));
  ERR_clear_error();
  if (key == nullptr) return Unusable("key", files.key, "no private key in PEM without a password is in it");
  const bool fits = X509_check_private_key(chain[0].get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits)
    return Unusable("key", files.key,
                    base::StrCat("it is not the key of the certificate ", files.certificate));
  identity.subject = SubjectOf(*chain[0]);
  identity.names = NamesOf(*chain[0]);
  identity.not_before = ToTime(X509_get0_notBefore(chain[0].get()));
  identity.expires = ToTime(X509_get0_notAfter(chain[0].get()));
  identity.ca_expires = ToTime(X509_get0_notAfter(authorities[0].get()));
  for (const Certificate& authority : authorities) {
    identity.ca_expires = std::min(identity.ca_expires, ToTime(X509_get0_notAfter(authority.get())));
  }
  RETURN_IF_ERROR(CheckTimes(identity, files.certificate, now));
  RETURN_IF_ERROR(CheckChain(chain, authorities, files, now));
  return identity;
}

std::string TimeText(base::SystemTime time) {
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text;
  return std::string(text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts));
}

}  // namespace portcullis::tls
