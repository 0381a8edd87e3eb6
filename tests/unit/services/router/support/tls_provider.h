// A provider that speaks TLS with a certificate of an authority that nobody trusts.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <string>
#include <thread>

namespace portcullis::router::test {

class TlsProvider {
 public:
  TlsProvider();
  ~TlsProvider();

  std::string base_url() const;

 private:
  void Run();
  void ServeOne(boost::asio::ip::tcp::socket socket);

  boost::asio::io_context io_;
  boost::asio::ssl::context tls_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace portcullis::router::test
