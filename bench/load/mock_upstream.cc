// A provider for measurements: answers chat completions as cheaply as it can, whole or as a stream.
//
//   mock_upstream [--tokens 50] [--tokens-per-second 50]
//
// Prints "listening on 127.0.0.1:PORT". A request whose body holds "stream":true gets one event at once and
// the others at the given pace, each on its own absolute due time; any other gets one fixed JSON completion,
// after its body was read to the end. One thread, epoll. Requests need a content-length; a request that
// breaks the rules ends the program, because a measurement with it would be worthless.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

constexpr std::string_view kWords[] = {" the",   " river", " runs", " past",
                                       " green", " hills", " and",  " stone"};

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "mock_upstream: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::string Json(const std::string& body) {
  return "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string WholeAnswer() {
  return Json(
      R"({"id":"cmpl-0123456789abcdef","object":"chat.completion","created":1760000000,)"
      R"("model":"mistral-large-latest","choices":[{"index":0,"message":{"role":"assistant",)"
      R"("content":"The river runs past green hills and old stone walls, and then it meets the sea.",)"
      R"("tool_calls":null},"finish_reason":"stop"}],)"
      R"("usage":{"prompt_tokens":80,"completion_tokens":18,"total_tokens":98}})");
}

std::string Chunk(const std::string& data) {
  char size[20];
  std::snprintf(size, sizeof(size), "%zx\r\n", data.size());
  return size + data + "\r\n";
}

std::string Event(const std::string& delta, const char* finish) {
  return R"(data: {"id":"cmpl-0123456789abcdef","object":"chat.completion.chunk","created":1760000000,)"
         R"("model":"mistral-large-latest","choices":[{"index":0,"delta":{)" +
         delta + R"(},"finish_reason":)" + finish + "}]}\n\n";
}

// The pieces of a streamed answer, ready to send: the head with the first token, the others, the end.
std::vector<std::string> StreamPieces(int tokens) {
  std::vector<std::string> pieces;
  for (int i = 0; i < tokens; ++i) {
    const std::string word(kWords[i % std::size(kWords)]);
    pieces.push_back(Chunk(Event(R"("content":")" + word + "\"", "null")));
  }
  pieces.front() =
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" +
      Chunk(Event(R"("role":"assistant","content":"")", "null")) + pieces.front();
  pieces.back() += Chunk(Event(R"("content":"")", "\"stop\"")) + Chunk("data: [DONE]\n\n") + "0\r\n\r\n";
  return pieces;
}

struct Connection {
  uint64_t id = 0;
  int fd = -1;
  std::string in;
  std::string out;
  size_t head_size = 0;  // of the request under way, 0 = not known yet
  size_t body_size = 0;
  size_t next_piece = 0;  // of the stream under way
  int64_t due = 0;
};

struct Due {
  int64_t at;
  uint64_t connection;
  bool operator<(const Due& other) const { return at > other.at; }
};

class Server {
 public:
  Server(int tokens, double per_second)
      : pieces_(StreamPieces(tokens)), period_(static_cast<int64_t>(1e9 / per_second)) {
    Listen();
    epoll_ = epoll_create1(0);
    timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    if (epoll_ < 0 || timer_ < 0) Fail("epoll or timer");
    Watch(listener_, 0);
    Watch(timer_, 1);
  }

  void Run() {
    epoll_event events[256];
    for (;;) {
      const int count = epoll_wait(epoll_, events, 256, -1);
      for (int i = 0; i < count; ++i) {
        const uint64_t id = events[i].data.u64;
        if (id == 0) {
          Accept();
        } else if (id == 1) {
          Tick();
        } else if (const auto found = connections_.find(id); found != connections_.end()) {
          if (!Serve(*found->second, events[i].events)) Close(*found->second);
        }
      }
    }
  }

 private:
  void Listen() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 1024) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      Fail("listen");
    }
    std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
  }

  void Watch(int fd, uint64_t id) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = id;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) Fail("epoll_ctl");
  }

  void Accept() {
    for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      auto connection = std::make_unique<Connection>();
      connection->id = next_id_++;
      connection->fd = fd;
      Watch(fd, connection->id);
      connections_.emplace(connection->id, std::move(connection));
    }
  }

  void Close(Connection& connection) {
    close(connection.fd);
    connections_.erase(connection.id);
  }

  bool Serve(Connection& c, uint32_t events) {
    if ((events & EPOLLOUT) != 0 && !Send(c, {})) return false;
    char buffer[65536];
    for (;;) {
      const ssize_t got = recv(c.fd, buffer, sizeof(buffer), 0);
      if (got == 0 || (got < 0 && errno != EAGAIN)) return false;
      if (got < 0) return true;
      c.in.append(buffer, static_cast<size_t>(got));
      if (!Answer(c)) return false;
      if (static_cast<size_t>(got) < sizeof(buffer)) return true;
    }
  }

  // Answers the request if all of it is there.
  bool Answer(Connection& c) {
    if (c.head_size == 0 && !ReadHead(c)) return true;
    if (c.in.size() < c.head_size + c.body_size) return true;
    if (c.in.starts_with("GET ")) {  // what was served, or a health probe
      const bool count = c.in.starts_with("GET /served ");
      c.in.erase(0, c.head_size + c.body_size);
      c.head_size = 0;
      return Send(c, Json(count ? std::to_string(served_) : R"({"object":"list","data":[]})"));
    }
    ++served_;
    const std::string_view body = std::string_view(c.in).substr(c.head_size, c.body_size);
    const bool stream = body.find("\"stream\":true") != body.npos;
    c.in.erase(0, c.head_size + c.body_size);
    c.head_size = 0;
    if (!stream) return Send(c, whole_);
    c.next_piece = 0;
    c.due = NowNs();
    return SendPiece(c);
  }

  static bool ReadHead(Connection& c) {
    const size_t end = c.in.find("\r\n\r\n");
    if (end == c.in.npos) return false;
    c.head_size = end + 4;
    c.body_size = 0;
    constexpr std::string_view kName = "\r\ncontent-length:";
    for (size_t at = c.in.find("\r\n"); at < end; at = c.in.find("\r\n", at + 2)) {
      if (strncasecmp(c.in.data() + at, kName.data(), kName.size()) == 0) {
        c.body_size = std::strtoull(c.in.data() + at + kName.size(), nullptr, 10);
        return true;
      }
    }
    if (c.in.starts_with("GET ")) return true;
    Fail("a request without content-length");
  }

  bool SendPiece(Connection& c) {
    const bool good = Send(c, pieces_[c.next_piece++]);
    if (good && c.next_piece < pieces_.size()) {
      c.due += period_;
      due_.push({c.due, c.id});
      if (due_.top().connection == c.id) Arm();
    }
    return good;
  }

  void Arm() {
    itimerspec when{};
    when.it_value.tv_sec = due_.top().at / 1'000'000'000;
    when.it_value.tv_nsec = due_.top().at % 1'000'000'000;
    timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
  }

  void Tick() {
    uint64_t count;
    if (read(timer_, &count, sizeof(count)) < 0 && errno != EAGAIN) Fail("timer");
    const int64_t now = NowNs();
    while (!due_.empty() && due_.top().at <= now) {
      const uint64_t id = due_.top().connection;
      due_.pop();
      const auto found = connections_.find(id);
      if (found != connections_.end() && !SendPiece(*found->second)) Close(*found->second);
    }
    if (!due_.empty()) Arm();
  }

  bool Send(Connection& c, std::string_view data) {
    if (!c.out.empty() || data.empty()) c.out += data;
    const std::string_view all = c.out.empty() ? data : std::string_view(c.out);
    ssize_t sent = all.empty() ? 0 : send(c.fd, all.data(), all.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return false;
    if (sent < 0) sent = 0;
    const bool was_waiting = !c.out.empty();
    c.out = std::string(all.substr(static_cast<size_t>(sent)));
    if (was_waiting != !c.out.empty()) {
      epoll_event event{};
      event.events = c.out.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT;
      event.data.u64 = c.id;
      epoll_ctl(epoll_, EPOLL_CTL_MOD, c.fd, &event);
    }
    return true;
  }

  const std::string whole_ = WholeAnswer();
  const std::vector<std::string> pieces_;
  const int64_t period_;
  int listener_ = -1;
  int epoll_ = -1;
  int timer_ = -1;
  uint64_t next_id_ = 2;
  uint64_t served_ = 0;
  std::unordered_map<uint64_t, std::unique_ptr<Connection>> connections_;
  std::priority_queue<Due> due_;
};

}  // namespace

int main(int argc, char** argv) {
  int tokens = 50;
  double per_second = 50;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i];
    if (flag == "--tokens") tokens = std::atoi(argv[i + 1]);
    if (flag == "--tokens-per-second") per_second = std::atof(argv[i + 1]);
  }
  if (tokens < 1 || per_second <= 0) {
    std::fprintf(stderr, "usage: mock_upstream [--tokens N] [--tokens-per-second N]\n");
    return 2;
  }
  Server(tokens, per_second).Run();
}
