// A provider on loopback that does what a test's script says, one thread per connection.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace portcullis::router::test {

// How long anything in a test may take before it counts as failed.
inline constexpr std::chrono::seconds kPatience{20};

// A flag that threads wait for.
class Gate {
 public:
  void Open();
  bool Wait(std::chrono::milliseconds limit = kPatience);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

struct ReceivedRequest {
  std::string method;
  std::string target;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;

  std::string Header(std::string_view name) const;
};

// One request, and the means to answer it.
class Exchange {
 public:
  Exchange(boost::asio::ip::tcp::socket& socket, const ReceivedRequest& request, int number)
      : socket_(socket), request_(request), number_(number) {}

  const ReceivedRequest& request() const { return request_; }
  int number() const { return number_; }  // of all requests, from 0

  // False when the gateway has closed the connection.
  bool Send(std::string_view raw);
  bool Answer(int status, std::string_view body, std::string_view extra_headers = "");
  bool StartStream();
  bool SendChunk(std::string_view data);
  bool EndStream();

  // True when the gateway closed within the limit.
  bool WaitForClose(std::chrono::milliseconds limit = kPatience);
  void Close();

 private:
  boost::asio::ip::tcp::socket& socket_;
  const ReceivedRequest& request_;
  const int number_;
};

class TestProvider {
 public:
  using Script = std::function<void(Exchange&)>;

  // The script runs for each request, on the connection's thread.
  explicit TestProvider(Script script);
  ~TestProvider();

  std::string base_url() const;
  int connections() const { return connections_.load(); }
  int requests() const;
  ReceivedRequest last_request() const;

 private:
  struct Connection {
    explicit Connection(boost::asio::ip::tcp::socket s) : socket(std::move(s)) {}
    boost::asio::ip::tcp::socket socket;
    std::thread thread;
  };

  void Accept();
  void Serve(boost::asio::ip::tcp::socket& socket);
  int Keep(const ReceivedRequest& request);  // its number

  const Script script_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;  // for everything below
  int requests_ = 0;
  ReceivedRequest last_request_;
  bool stopping_ = false;
  std::list<Connection> open_;
  std::thread thread_;
};

// An address on loopback where nobody listens.
std::string RefusingBaseUrl();

}  // namespace portcullis::router::test
