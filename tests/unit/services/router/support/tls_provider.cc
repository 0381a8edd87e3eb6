#include "tests/unit/services/router/support/tls_provider.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>

#include "libs/base/clock.h"
#include "libs/base/strings.h"
#include "libs/testing/certificates.h"

namespace portcullis::router::test {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

void UseOwnCertificate(asio::ssl::context& tls) {
  constexpr std::chrono::hours kHour{1};
  const base::SystemTime now = base::SystemClock().Now();
  const auto issued = testing::CertificateAuthority(now).Issue({{"IP:127.0.0.1"}, now - kHour, now + kHour});
  tls.use_certificate_chain(asio::buffer(issued.certificate_pem));
  tls.use_private_key(asio::buffer(issued.key_pem), asio::ssl::context::pem);
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
