#include "libs/curl/curl_loop.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <new>
#include <utility>

namespace portcullis::curl {
namespace {

// Connections kept for the next call, of all targets together.
constexpr long kKeptConnections = 1024;

}  // namespace

CurlLoop::CurlLoop(boost::asio::io_context& io, const base::Clock& clock)
    : io_(io),
      clock_(clock),
      waiter_(io, sockets_.descriptor()),
      timer_(io),
      multi_(curl_multi_init()),
      alive_(std::make_shared<bool>(true)) {
  if (multi_ == nullptr) throw std::bad_alloc();
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLoop::OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlLoop::OnTimeout);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kKeptConnections);
  WaitForSockets();
}

CurlLoop::~CurlLoop() {
  *alive_ = false;
  ++depth_;
  curl_multi_cleanup(multi_);
  waiter_.release();  // the set closes its descriptor itself
}

void CurlLoop::Attach(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &CurlLoop::OpenSocket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlLoop::CloseSocket);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
}

void CurlLoop::Add(CurlTask& task) { Do(Action::kAdd, task); }
void CurlLoop::Remove(CurlTask& task) { Do(Action::kRemove, task); }
void CurlLoop::Unpause(CurlTask& task) { Do(Action::kUnpause, task); }

void CurlLoop::Do(Action action, CurlTask& task) {
  if (depth_ > 0) {
    deferred_.push_back({action, &task});
    return;
  }
  switch (action) {
    case Action::kAdd:
      AddNow(task);
      break;
    case Action::kRemove:
      RemoveNow(task);
      break;
    case Action::kUnpause: {
      Section section(*this);
      curl_easy_pause(task.easy(), CURLPAUSE_CONT);
      break;
    }
  }
}

void CurlLoop::AddNow(CurlTask& task) {
  if (curl_multi_add_handle(multi_, task.easy()) != CURLM_OK) EndSoon(task, CURLE_FAILED_INIT);
}

void CurlLoop::RemoveNow(CurlTask& task) {
  std::erase_if(ending_soon_, [&task](const auto& item) { return item.first == &task; });
  curl_multi_remove_handle(multi_, task.easy());
  task.OnRemoved();
}

void CurlLoop::EndSoon(CurlTask& task, CURLcode code) {
  ending_soon_.emplace_back(&task, code);
  PostKick();
}

// Strictly in order: what a step defers in its turn comes last, so that nothing overtakes the Add of its
// task.
void CurlLoop::RunDeferred() {
  if (running_deferred_) return;
  running_deferred_ = true;
  for (size_t i = 0; i < deferred_.size(); ++i) {
    const Deferred item = deferred_[i];
    Do(item.action, *item.task);
  }
  deferred_.clear();
  running_deferred_ = false;
}

void CurlLoop::WaitForSockets() {
  waiter_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this, alive = alive_](const boost::system::error_code& error) {
                       if (!*alive || error) return;
                       RunSockets();
                       WaitForSockets();
                     });
}

void CurlLoop::RunSockets() {
  {
    Section section(*this);
    sockets_.Collect([this](const SocketSet::Ready& ready) {
      const int mask = (ready.readable ? CURL_CSELECT_IN : 0) | (ready.writable ? CURL_CSELECT_OUT : 0) |
                       (ready.failed ? CURL_CSELECT_ERR : 0);
      int running = 0;
      curl_multi_socket_action(multi_, ready.socket, mask, &running);
    });
  }
  ReportEnded();
}

void CurlLoop::RunTimeouts() {
  {
    Section section(*this);
    int running = 0;
    curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
  }
  ReportEnded();
}

void CurlLoop::ReportEnded() {
  while (!ending_soon_.empty()) {
    const auto [task, code] = ending_soon_.back();
    ending_soon_.pop_back();
    task->OnEnd(code);
  }
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    void* task = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &task);
    curl_multi_remove_handle(multi_, easy);
    static_cast<CurlTask*>(task)->OnEnd(code);
  }
}

int CurlLoop::OnTimeout(CURLM*, long timeout_ms, void* self) {
  static_cast<CurlLoop*>(self)->SetTimer(timeout_ms);
  return 0;
}

// Time-outs are set and moved with every transfer and hardly ever fire. So the timer is left alone while it
// is due before the new time: it looks again when it fires.
void CurlLoop::SetTimer(long timeout_ms) {
  if (timeout_ms < 0) {
    deadline_ = base::MonotonicTime::max();
  } else if (timeout_ms > 0) {
    deadline_ = clock_.Monotonic() + std::chrono::milliseconds(timeout_ms);
    if (deadline_ < armed_for_) ArmTimer(deadline_);
  } else {
    PostKick();
  }
}

void CurlLoop::PostKick() {
  if (kick_posted_) return;
  kick_posted_ = true;
  boost::asio::post(io_, [this, alive = alive_] {
    if (!*alive) return;
    kick_posted_ = false;
    RunTimeouts();
  });
}

void CurlLoop::ArmTimer(base::MonotonicTime at) {
  armed_for_ = at;
  timer_.expires_after(std::max(at - clock_.Monotonic(), base::Duration::zero()));
  timer_.async_wait([this, alive = alive_](const boost::system::error_code& error) {
    if (*alive && !error) OnTimer();
  });
}

void CurlLoop::OnTimer() {
  armed_for_ = base::MonotonicTime::max();
  if (deadline_ == base::MonotonicTime::max()) return;
  if (clock_.Monotonic() < deadline_) return ArmTimer(deadline_);
  deadline_ = base::MonotonicTime::max();  // libcurl sets the next one
  RunTimeouts();
}

int CurlLoop::OnSocket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  SocketSet& sockets = static_cast<CurlLoop*>(self)->sockets_;
  if (what == CURL_POLL_REMOVE) {
    sockets.Forget(socket);
  } else {
    sockets.Watch(socket, (what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0);
  }
  return 0;
}

curl_socket_t CurlLoop::OpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
  const int socket =
      ::socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->protocol);
  if (socket < 0) return CURL_SOCKET_BAD;
  static_cast<CurlLoop*>(self)->sockets_.Opened(socket);
  return socket;
}

int CurlLoop::CloseSocket(void* self, curl_socket_t socket) {
  static_cast<CurlLoop*>(self)->sockets_.Closing(socket);
  return close(socket);
}

}  // namespace portcullis::curl
