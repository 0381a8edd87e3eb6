// Measures streamed answers: keeps a number of streams open at once and times their events.
//
//   stream_client --address 127.0.0.1:PORT --body FILE --expect TEXT [--streams 100] [--seconds 5]
//
// Each connection sends the body of FILE as a POST to /v1/chat/completions, reads the stream to its end,
// checks it, and asks again until the time is over; streams under way then are read to their end. The
// connections start one after the other over the first second, so that their events are spread. Prints one
// line of JSON: times in microseconds, the first event from the moment the request was sent, the gap between
// one read that brought content and the next. A status other than 200, a text other than TEXT, an end without
// [DONE] or a lost connection is an error; the first is described in "error" and nothing else counts then.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

struct Samples {
  std::vector<double> values;

  std::string Json() {
    std::sort(values.begin(), values.end());
    const auto at = [this](double share) {
      if (values.empty()) return 0.0;
      return values[std::min(values.size() - 1,
                             static_cast<size_t>(share * static_cast<double>(values.size())))];
    };
    std::ostringstream out;
    out << "{\"count\":" << values.size() << ",\"p50\":" << at(0.5) << ",\"p99\":" << at(0.99)
        << ",\"max\":" << at(1.0) << "}";
    return out.str();
  }
};

struct Results {
  Samples first_event;
  Samples first_content;
  Samples gap;
  int64_t streams = 0;
  int64_t events = 0;
  int64_t errors = 0;
  std::string error;
};

// Takes the bytes of one answer apart: head, chunks, events. Events may be split anywhere.
class AnswerReader {
 public:
  enum class State { kGoing, kDone, kBad };

  State Take(std::string_view data) {
    raw_ += data;
    while (state_ == State::kGoing && Step()) {
    }
    raw_.erase(0, at_);
    at_ = 0;
    return state_;
  }
  int64_t events() const { return events_; }
  const std::string& text() const { return text_; }
  const std::string& error() const { return error_; }

 private:
  bool Step() {
    if (!head_read_) return Head();
    const size_t end = raw_.find("\r\n", at_);
    if (end == raw_.npos) return false;
    const size_t size = std::strtoull(raw_.c_str() + at_, nullptr, 16);
    if (raw_.size() < end + 2 + size + 2) return false;
    body_.append(raw_, end + 2, size);
    at_ = end + 2 + size + 2;
    if (size == 0) {
      state_ = done_ ? State::kDone : Bad("the stream ended without [DONE]");
      return false;
    }
    Events();
    return state_ == State::kGoing;
  }

  bool Head() {
    const size_t end = raw_.find("\r\n\r\n");
    if (end == raw_.npos) return false;
    std::string head = raw_.substr(0, end + 2);
    std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return std::tolower(c); });
    head_read_ = true;
    at_ = end + 4;
    if (head.rfind("http/1.1 200 ", 0) != 0) {
      state_ = Bad("not 200: " + raw_);
    } else if (head.find("\r\ntransfer-encoding: chunked\r\n") == head.npos) {
      state_ = Bad("not chunked: " + head);
    }
    return state_ == State::kGoing;
  }

  void Events() {
    size_t from = 0;
    for (size_t end; (end = body_.find("\n\n", from)) != body_.npos; from = end + 2) {
      Event(std::string_view(body_).substr(from, end - from));
    }
    body_.erase(0, from);
  }

  void Event(std::string_view event) {
    ++events_;
    if (event == "data: [DONE]") done_ = true;
    constexpr std::string_view kKey = "\"content\":\"";
    const size_t key = event.find(kKey);
    if (key == event.npos) {
      if (event.find("\"error\"") != event.npos) state_ = Bad("an error event: " + std::string(event));
      return;
    }
    // The expected texts have neither quotes nor backslashes.
    const size_t begin = key + kKey.size();
    text_.append(event.substr(begin, event.find('"', begin) - begin));
  }

  State Bad(std::string what) {
    error_ = std::move(what);
    return State::kBad;
  }

  State state_ = State::kGoing;
  bool head_read_ = false;
  bool done_ = false;
  std::string raw_;
  size_t at_ = 0;
  std::string body_;
  std::string text_;
  int64_t events_ = 0;
  std::string error_;
};

struct Stream {
  int fd = -1;
  AnswerReader reader;
  int64_t sent_at = 0;
  int64_t last_content_at = 0;
  bool open = false;
};

class Client {
 public:
  Client(sockaddr_in address, std::string request, std::string expect, size_t streams, double seconds)
      : address_(address),
        request_(std::move(request)),
        expect_(std::move(expect)),
        streams_(streams),
        seconds_(seconds),
        epoll_(epoll_create1(0)) {}

  Results Run() {
    const int64_t begin = NowNs();
    end_ = begin + static_cast<int64_t>(seconds_ * 1e9);
    size_t started = 0;
    epoll_event events[256];
    while ((open_ > 0 || started < streams_.size()) && results_.errors == 0) {
      while (started < streams_.size() && NowNs() >= begin + StartOffset(started)) Start(started++);
      const int wait = started < streams_.size() ? 1 : 30'000;
      const int count = epoll_wait(epoll_, events, 256, wait);
      if (count == 0 && wait > 1) Error("nothing came for 30 s");
      for (int i = 0; i < count; ++i) Read(streams_[events[i].data.u64]);
    }
    return results_;
  }

 private:
  int64_t StartOffset(size_t index) const {
    return static_cast<int64_t>(1e9 * static_cast<double>(index) / static_cast<double>(streams_.size()));
  }

  void Start(size_t index) {
    Stream& stream = streams_[index];
    stream.fd = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(stream.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(stream.fd, reinterpret_cast<sockaddr*>(&address_), sizeof(address_)) != 0) {
      return Error(std::string("connect: ") + std::strerror(errno));
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, stream.fd, &event);
    stream.open = true;
    ++open_;
    Ask(stream);
  }

  void Ask(Stream& stream) {
    stream.reader = AnswerReader();
    stream.last_content_at = 0;
    stream.sent_at = NowNs();
    // The socket blocks: a request is far smaller than its send buffer.
    if (send(stream.fd, request_.data(), request_.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request_.size())) {
      Error("the request could not be sent");
    }
  }

  void Read(Stream& stream) {
    char buffer[65536];
    const ssize_t got = recv(stream.fd, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return Error("the connection was lost within a stream");
    const int64_t now = NowNs();
    const bool had_event = stream.reader.events() > 0;
    const size_t had_text = stream.reader.text().size();
    const AnswerReader::State state = stream.reader.Take({buffer, static_cast<size_t>(got)});
    if (state == AnswerReader::State::kBad) return Error(stream.reader.error());
    if (!had_event && stream.reader.events() > 0) Add(&results_.first_event, now - stream.sent_at);
    if (stream.reader.text().size() > had_text) {
      if (stream.last_content_at == 0) {
        Add(&results_.first_content, now - stream.sent_at);
      } else {
        Add(&results_.gap, now - stream.last_content_at);
      }
      stream.last_content_at = now;
    }
    if (state == AnswerReader::State::kDone) Finish(stream, now);
  }

  void Finish(Stream& stream, int64_t now) {
    if (stream.reader.text() != expect_) return Error("another text: " + stream.reader.text());
    ++results_.streams;
    results_.events += stream.reader.events();
    if (now < end_) return Ask(stream);
    close(stream.fd);
    --open_;
  }

  static void Add(Samples* samples, int64_t ns) { samples->values.push_back(static_cast<double>(ns) / 1e3); }

  void Error(std::string what) {
    if (results_.errors++ == 0) results_.error = std::move(what);
  }

  sockaddr_in address_;
  const std::string request_;
  const std::string expect_;
  std::vector<Stream> streams_;
  const double seconds_;
  int epoll_;
  int64_t end_ = 0;
  size_t open_ = 0;
  Results results_;
};

std::string Printable(std::string text) {
  for (char& c : text) {
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) c = '\'';
  }
  return text.substr(0, 500);
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> flags = {{"--streams", "100"}, {"--seconds", "5"}};
  for (int i = 1; i + 1 < argc; i += 2) flags[argv[i]] = argv[i + 1];
  const std::string where = flags["--address"];
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const size_t colon = where.rfind(':');
  if (colon == where.npos || inet_pton(AF_INET, where.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    std::fprintf(stderr, "usage: stream_client --address IP:PORT --body FILE --expect TEXT\n");
    return 2;
  }
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(where.c_str() + colon + 1)));
  std::ostringstream body;
  body << std::ifstream(flags["--body"]).rdbuf();
  const std::string request =
      "POST /v1/chat/completions HTTP/1.1\r\nhost: " + where +
      "\r\ncontent-type: application/json\r\ncontent-length: " + std::to_string(body.str().size()) +
      "\r\n\r\n" + body.str();
  Results r =
      Client(address, request, flags["--expect"], std::strtoul(flags["--streams"].c_str(), nullptr, 10),
             std::atof(flags["--seconds"].c_str()))
          .Run();
  std::printf(
      "{\"streams\":%ld,\"events\":%ld,\"errors\":%ld,\"error\":\"%s\",\"first_event\":%s,"
      "\"first_content\":%s,\"gap\":%s}\n",
      static_cast<long>(r.streams), static_cast<long>(r.events), static_cast<long>(r.errors),
      Printable(r.error).c_str(), r.first_event.Json().c_str(), r.first_content.Json().c_str(),
      r.gap.Json().c_str());
  return r.errors == 0 ? 0 : 1;
}
