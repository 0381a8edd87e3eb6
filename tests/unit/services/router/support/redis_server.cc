#include "tests/unit/services/router/support/redis_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "libs/testing/wait.h"

extern char** environ;

namespace portcullis::router::test {
namespace {

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

uint16_t FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  const bool ok = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  if (!ok) abort();
  return ntohs(address.sin_port);
}

bool Accepts(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = Loopback(port);
  const bool ok = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return ok;
}

}  // namespace

RedisServer::RedisServer(std::vector<std::string> more) : more_(std::move(more)) {
  for (int tries = 0; tries < 5; ++tries) {
    port_ = FreePort();
    if (TryStart()) return;
  }
  std::fprintf(stderr, "redis-server did not start: install it with scripts/lib/packages test\n");
  abort();
}

RedisServer::~RedisServer() { Stop(); }

void RedisServer::Start() {
  if (!TryStart()) abort();
}

void RedisServer::Stop() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

bool RedisServer::TryStart() {
  std::vector<std::string> words = {"redis-server", "--port", std::to_string(port_), "--bind", "127.0.0.1",
                                    "--save",       "",       "--appendonly",        "no",     "--dir",
                                    "/tmp"};
  words.insert(words.end(), more_.begin(), more_.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const int spawned = posix_spawnp(&pid_, "redis-server", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0) {
    pid_ = -1;
    return false;
  }
  bool ended = false;
  testing::WaitUntil([&] {
    ended = waitpid(pid_, nullptr, WNOHANG) == pid_;
    return ended || Accepts(port_);
  });
  if (ended) pid_ = -1;
  return !ended;
}

}  // namespace portcullis::router::test
