#include "libs/curl/socket_set.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace portcullis::curl {
namespace {

int OpenEpoll() {
  const int descriptor = epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return descriptor;
}

}  // namespace

SocketSet::SocketSet() : epoll_(OpenEpoll()) {}

SocketSet::~SocketSet() { close(epoll_); }

SocketSet::Entry& SocketSet::At(int socket) {
  const size_t index = static_cast<size_t>(socket);
  if (index >= entries_.size()) entries_.resize(index + 64);
  return entries_[index];
}

void SocketSet::Opened(int socket) {
  Entry& entry = At(socket);
  const uint32_t wanted = entry.wanted;
  entry = Entry{entry.generation + 1, 0, wanted, true};
  // The number's last socket was closed unsaid, and libcurl takes this one to be watched as that was.
  if (wanted != 0) Register(socket, entry, wanted);
}

void SocketSet::Closing(int socket) {
  Entry& entry = At(socket);
  entry = Entry{entry.generation + 1, 0, 0, false};  // closing takes it out of the kernel's set
}

void SocketSet::Watch(int socket, bool read, bool write) {
  Entry& entry = At(socket);
  entry.wanted = (read ? uint32_t{EPOLLIN} : 0) | (write ? uint32_t{EPOLLOUT} : 0);
  if (entry.registered != entry.wanted) Register(socket, entry, entry.wanted);
}

void SocketSet::Forget(int socket) {
  Entry& entry = At(socket);
  entry.wanted = 0;
  if (entry.ours && (entry.registered & EPOLLOUT) != 0) {
    // It was connecting, and libcurl may have closed it unsaid: the number can be somebody else's by now.
    entry.registered = 0;
    entry.ours = false;
  } else if (!entry.ours && entry.registered != 0) {
    Register(socket, entry, 0);
  }
}

void SocketSet::Register(int socket, Entry& entry, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = (uint64_t{entry.generation} << 32) | static_cast<uint32_t>(socket);
  if (events == 0) {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
  } else if (epoll_ctl(epoll_, entry.registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event) != 0 &&
             errno == EEXIST) {
    epoll_ctl(epoll_, EPOLL_CTL_MOD, socket, &event);
  }
  entry.registered = events;
}

int SocketSet::Wait() {
  std::array<epoll_event, kMaxReady> events;
  const int count = epoll_wait(epoll_, events.data(), kMaxReady, 0);
  for (int i = 0; i < count; ++i) events_[i] = {events[i].data.u64, events[i].events};
  return count;
}

bool SocketSet::Resolve(int index, Ready* ready) {
  const Event event = events_[index];
  const int socket = static_cast<int>(event.tag & 0xFFFFFFFF);
  Entry& entry = At(socket);
  if (entry.generation != event.tag >> 32) return false;
  if (entry.wanted == 0) {
    // A kept connection was closed by the provider, or says something unasked: libcurl finds out when it
    // reuses it.
    Register(socket, entry, 0);
    return false;
  }
  *ready = {socket, (event.events & EPOLLIN) != 0, (event.events & EPOLLOUT) != 0,
            (event.events & (EPOLLERR | EPOLLHUP)) != 0};
  return true;
}

}  // namespace portcullis::curl
