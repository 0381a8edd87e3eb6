#include "tests/unit/services/router/support/tls_provider.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "libs/base/strings.h"

namespace portcullis::router::test {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

// A key and a certificate for 127.0.0.1, signed by itself, for an hour.
void UseOwnCertificate(asio::ssl::context& tls) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* const name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("127.0.0.1"),
                             -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_sign(certificate, key, EVP_sha256());
  SSL_CTX_use_certificate(tls.native_handle(), certificate);
  SSL_CTX_use_PrivateKey(tls.native_handle(), key);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

}  // namespace

TlsProvider::TlsProvider()
    : tls_(asio::ssl::context::tls_server),
      acceptor_(io_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  UseOwnCertificate(tls_);
  thread_ = std::thread([this] { Run(); });
}

TlsProvider::~TlsProvider() {
  stopping_ = true;
  Tcp::socket wake(io_);
  boost::system::error_code ignored;
  wake.connect(acceptor_.local_endpoint(), ignored);
  wake.close(ignored);
  thread_.join();
}

std::string TlsProvider::base_url() const {
  return base::StrCat("https://127.0.0.1:", acceptor_.local_endpoint().port(), "/v1");
}

void TlsProvider::Run() {
  while (!stopping_) {
    boost::system::error_code error;
    Tcp::socket socket = acceptor_.accept(error);
    if (!error && !stopping_) ServeOne(std::move(socket));
  }
}

void TlsProvider::ServeOne(Tcp::socket socket) {
  asio::ssl::stream<Tcp::socket> stream(std::move(socket), tls_);
  boost::system::error_code error;
  stream.handshake(asio::ssl::stream_base::server, error);
  if (error) return;
  boost::beast::flat_buffer buffer;
  http::request<http::string_body> request;
  http::read(stream, buffer, request, error);
  if (error) return;
  http::response<http::string_body> answer(http::status::ok, 11);
  answer.body() = request.body();
  answer.keep_alive(false);
  answer.prepare_payload();
  http::write(stream, answer, error);
  stream.shutdown(error);
}

}  // namespace portcullis::router::test
