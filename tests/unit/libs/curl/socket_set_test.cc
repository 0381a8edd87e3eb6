#include "libs/curl/socket_set.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace portcullis::curl {
namespace {

class SocketSetTest : public ::testing::Test {
 protected:
  // A pair whose first end is the set's.
  void MakePair(int pair[2]) {
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    set_.Opened(pair[0]);
  }
  std::vector<SocketSet::Ready> Collect() {
    std::vector<SocketSet::Ready> ready;
    set_.Collect([&](const SocketSet::Ready& r) { ready.push_back(r); });
    return ready;
  }
  bool Wakes() {
    pollfd waiting{set_.descriptor(), POLLIN, 0};
    return poll(&waiting, 1, 0) == 1;
  }
  void Close(int socket) {
    set_.Closing(socket);
    close(socket);
  }

  SocketSet set_;
};

TEST_F(SocketSetTest, TellsWhatIsReady) {
  int pair[2];
  MakePair(pair);
  set_.Watch(pair[0], true, false);
  EXPECT_TRUE(Collect().empty());
  ASSERT_EQ(write(pair[1], "x", 1), 1);
  EXPECT_TRUE(Wakes());
  auto ready = Collect();
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_EQ(ready[0].socket, pair[0]);
  EXPECT_TRUE(ready[0].readable);
  EXPECT_FALSE(ready[0].writable);
  set_.Watch(pair[0], false, true);
  ready = Collect();
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_TRUE(ready[0].writable);
  Close(pair[0]);
  close(pair[1]);
}

TEST_F(SocketSetTest, AForgottenSocketThatIsReadyDoesNotKeepTheLoopAwake) {
  int pair[2];
  MakePair(pair);
  set_.Watch(pair[0], true, false);
  set_.Forget(pair[0]);
  close(pair[1]);
  EXPECT_TRUE(Collect().empty());
  EXPECT_FALSE(Wakes());
  set_.Watch(pair[0], true, false);  // and is heard of again
  EXPECT_EQ(Collect().size(), 1u);
  Close(pair[0]);
}

TEST_F(SocketSetTest, ASocketWatchedForWritingWakesAtMostOnceMoreWhenForgotten) {
  int pair[2];
  MakePair(pair);
  set_.Watch(pair[0], true, true);
  set_.Forget(pair[0]);
  EXPECT_TRUE(Collect().empty());
  EXPECT_FALSE(Wakes());
  set_.Watch(pair[0], false, true);
  EXPECT_EQ(Collect().size(), 1u);
  Close(pair[0]);
  close(pair[1]);
}

TEST_F(SocketSetTest, TheEventOfAClosedSocketIsNotItsSuccessors) {
  int first[2], second[2];
  MakePair(first);
  MakePair(second);
  set_.Watch(first[0], true, false);
  set_.Watch(second[0], true, false);
  ASSERT_EQ(write(first[1], "x", 1), 1);
  ASSERT_EQ(write(second[1], "x", 1), 1);
  int calls = 0;
  int replacement = -1;
  set_.Collect([&](const SocketSet::Ready& ready) {
    ++calls;
    const int other = ready.socket == first[0] ? second[0] : first[0];
    Close(other);
    replacement = dup(STDERR_FILENO);  // takes the lowest free number
    EXPECT_EQ(replacement, other);
    set_.Opened(other);
    set_.Watch(other, true, false);
  });
  EXPECT_EQ(calls, 1);
  Close(replacement);
}

TEST_F(SocketSetTest, ASocketClosedUnsaidLeavesItsInterestToItsSuccessor) {
  int pair[2], next[2];
  MakePair(pair);
  set_.Watch(pair[0], false, true);
  close(pair[0]);
  close(pair[1]);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, next), 0);
  ASSERT_EQ(next[0], pair[0]);
  set_.Opened(next[0]);
  const auto ready = Collect();
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_TRUE(ready[0].writable);
  Close(next[0]);
  close(next[1]);
}

TEST_F(SocketSetTest, ADescriptorOfSomebodyElseLeavesTheSetWhenForgotten) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  set_.Watch(pair[0], true, false);
  set_.Forget(pair[0]);
  close(pair[0]);  // unsaid
  close(pair[1]);
  int again[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, again), 0);
  ASSERT_EQ(again[0], pair[0]);
  set_.Watch(again[0], true, false);
  ASSERT_EQ(write(again[1], "x", 1), 1);
  EXPECT_EQ(Collect().size(), 1u);
  close(again[0]);
  close(again[1]);
}

}  // namespace
}  // namespace portcullis::curl
