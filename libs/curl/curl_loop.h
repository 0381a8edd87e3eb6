// libcurl's multi interface on a worker's event loop: one multi handle, one connection pool, no thread.
//
// The sockets sit in an epoll set of their own, level-triggered as libcurl expects, and the event loop waits
// for that set alone. So a wake-up costs one wait however many sockets are ready, no wait is ever pending on
// a socket that libcurl closes, and the sockets of kept connections stay in the set between calls.
//
// libcurl forbids most of its calls inside its callbacks. Add, Remove and Unpause may be called there all the
// same: they take effect when libcurl has returned.
//
// Belongs to one worker; `io` must outlive it.
#pragma once

#include <curl/curl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/curl/socket_set.h"

namespace portcullis::curl {

// One transfer as the loop sees it: an easy handle and who hears of its end.
class CurlTask {
 public:
  virtual CURL* easy() = 0;

  // The transfer has ended by itself; the handle is out of the loop. Never inside Add.
  virtual void OnEnd(CURLcode code) = 0;

  // The task has been removed; the handle is free. May come inside Remove.
  virtual void OnRemoved() = 0;

 protected:
  ~CurlTask() = default;
};

class CurlLoop {
 public:
  CurlLoop(boost::asio::io_context& io, const base::Clock& clock);
  ~CurlLoop();  // all tasks must have ended or been removed
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  // Sets on a handle what ties its sockets to this loop. Once per handle.
  void Attach(CURL* easy);

  void Add(CurlTask& task);
  void Remove(CurlTask& task);  // also one that has ended
  void Unpause(CurlTask& task);

  // Calls task.OnEnd(code) from the event loop, unless the task is removed before.
  void EndSoon(CurlTask& task, CURLcode code);

  // While a Section lives, Add, Remove and Unpause wait for its end. Sections nest.
  class Section {
   public:
    explicit Section(CurlLoop& loop) : loop_(loop) { ++loop_.depth_; }
    ~Section() {
      if (--loop_.depth_ == 0 && !loop_.deferred_.empty()) loop_.RunDeferred();
    }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

   private:
    CurlLoop& loop_;
  };

 private:
  enum class Action : uint8_t { kAdd, kRemove, kUnpause };
  struct Deferred {
    Action action;
    CurlTask* task;
  };

  static int OnSocket(CURL* easy, curl_socket_t socket, int what, void* self, void* unused);
  static int OnTimeout(CURLM* multi, long timeout_ms, void* self);
  static curl_socket_t OpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int CloseSocket(void* self, curl_socket_t socket);

  void Do(Action action, CurlTask& task);
  void AddNow(CurlTask& task);
  void RemoveNow(CurlTask& task);
  void PostKick();
  void RunDeferred();
  void WaitForSockets();
  void RunSockets();
  void SetTimer(long timeout_ms);
  void ArmTimer(base::MonotonicTime at);
  void OnTimer();
  void RunTimeouts();
  void ReportEnded();

  boost::asio::io_context& io_;
  const base::Clock& clock_;
  SocketSet sockets_;
  boost::asio::posix::stream_descriptor waiter_;
  boost::asio::steady_timer timer_;
  base::MonotonicTime deadline_ = base::MonotonicTime::max();  // what libcurl asked for
  base::MonotonicTime armed_for_ =
      base::MonotonicTime::max();  // what timer_ is set to; never later than deadline_
  bool kick_posted_ = false;
  int depth_ = 0;
  std::vector<Deferred> deferred_;
  bool running_deferred_ = false;
  std::vector<std::pair<CurlTask*, CURLcode>> ending_soon_;
  CURLM* multi_;
  std::shared_ptr<bool> alive_;  // false once destroyed; held by the event loop's handlers
};

}  // namespace portcullis::curl
