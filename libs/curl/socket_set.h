// The sockets of a CurlLoop in an epoll set.
//
// A socket that its loop opened and closes itself stays in the set while libcurl is not interested in it, as
// those of kept connections are between two calls; other descriptors (libcurl's resolver has some) leave at
// once, for nobody says when they are closed.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace portcullis::curl {

class SocketSet {
 public:
  struct Ready {
    int socket;
    bool readable;
    bool writable;
    bool failed;
  };
  static constexpr int kMaxReady = 64;

  SocketSet();
  ~SocketSet();
  SocketSet(const SocketSet&) = delete;
  SocketSet& operator=(const SocketSet&) = delete;

  int descriptor() const { return epoll_; }  // readable while a socket is ready

  void Opened(int socket);   // a new socket, watched for nothing yet
  void Closing(int socket);  // about to be closed

  void Watch(int socket, bool read, bool write);
  void Forget(int socket);  // no interest for now

  // Calls `handle(Ready)` for each ready socket, at most kMaxReady of them. `handle` may change the set; a
  // socket that was closed meanwhile is left out.
  template <typename Handle>
  void Collect(Handle handle) {
    const int count = Wait();
    for (int i = 0; i < count; ++i) {
      Ready ready;
      if (Resolve(i, &ready)) handle(ready);
    }
  }

 private:
  struct Entry {
    uint32_t generation =
        0;  // of the descriptor number: tells an event of a closed socket from one of its successor
    uint32_t registered = 0;  // epoll events in the kernel; 0 = not in the set
    uint32_t wanted = 0;
    bool ours = false;
  };
  struct Event {
    uint64_t tag;
    uint32_t events;
  };

  int Wait();
  bool Resolve(int index, Ready* ready);
  Entry& At(int socket);
  void Register(int socket, Entry& entry, uint32_t events);

  const int epoll_;
  std::vector<Entry> entries_;  // by descriptor number
  std::array<Event, kMaxReady> events_;
};

}  // namespace portcullis::curl
