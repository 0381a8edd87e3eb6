// What only another process can show: its death, and limits that would hit the test itself.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "tests/unit/libs/spool/spool_testing.h"

namespace portcullis::spool {
namespace {

class ProcessTest : public SpoolTest {
 protected:
  // Runs `child` in a process of its own; it must end by _exit or a signal.
  static pid_t Fork(const std::function<void()>& child) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      child();
      ::_exit(99);
    }
    return pid;
  }
  static int WaitFor(pid_t pid) {
    int status = 0;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    return status;
  }
};

TEST_F(ProcessTest, EveryLeafThatWasAppendedSurvivesAKill) {
  int reports[2];
  ASSERT_EQ(::pipe(reports), 0);
  const pid_t pid = Fork([&] {
    const auto writer = Writer::Create(root(), {}, budget_, nullptr, clock_);
    for (;;) {
      const uint64_t sequence = *(*writer)->Append("leaf of the process that dies");
      if (::write(reports[1], &sequence, sizeof(sequence)) != sizeof(sequence)) ::_exit(1);
    }
  });
  ::close(reports[1]);
  uint64_t reported = 0;
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(::read(reports[0], &reported, sizeof(reported)), 8);
  ::kill(pid, SIGKILL);
  EXPECT_TRUE(WIFSIGNALED(WaitFor(pid)));
  uint64_t more = 0;
  while (::read(reports[0], &more, sizeof(more)) == sizeof(more)) reported = more;
  ::close(reports[0]);

  const std::vector<std::string> ids = ListSpools(root());
  ASSERT_EQ(ids.size(), 1u);
  const auto handle = Handle::Adopt(root(), ids[0]);
  ASSERT_TRUE(handle.ok()) << handle.status();
  EXPECT_GE((*handle)->last_sequence(), reported);
  Damage damage;
  EXPECT_EQ(ReadAll(ids[0], &damage).size(), (*handle)->last_sequence());
  EXPECT_FALSE(damage.any());
}

// The file size limit stands for a full disk: writes come back short, then fail.
TEST_F(ProcessTest, AFullDiskIsReportedAndLeavesNoPartialLeaf) {
  const pid_t pid = Fork([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const auto writer = Writer::Create(root(), {}, budget_, nullptr, clock_);
    const rlimit limit = {1000, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    absl::StatusOr<uint64_t> last = 0;
    uint64_t appended = 0;
    while ((last = (*writer)->Append("0123456789")).ok()) appended = *last;
    if (last.status().code() != absl::StatusCode::kResourceExhausted) ::_exit(1);
    if (appended != (1000 - kSegmentHeaderBytes) / (kFrameHeaderBytes + 10)) ::_exit(2);
    if (budget_.used() != appended * (kFrameHeaderBytes + 10)) ::_exit(3);
    const rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &none);
    if (const auto again = (*writer)->Append("later"); !again.ok() || *again != appended + 1) ::_exit(4);
    ::_exit(0);
  });
  EXPECT_EQ(WaitFor(pid), 0);
  Damage damage;
  const auto leaves = ReadAll(ListSpools(root()).at(0), &damage);
  EXPECT_EQ(leaves.back(), "16:later");
  EXPECT_EQ(leaves.size(), 16u);
  EXPECT_FALSE(damage.any());
}

TEST_F(ProcessTest, AnotherProcessCannotAdoptALiveSpool) {
  const auto writer = NewWriter();
  const pid_t pid = Fork([&] {
    ::_exit(Handle::Adopt(root(), writer->id()).status().code() == absl::StatusCode::kFailedPrecondition ? 0
                                                                                                         : 1);
  });
  EXPECT_EQ(WaitFor(pid), 0);
}

}  // namespace
}  // namespace portcullis::spool
