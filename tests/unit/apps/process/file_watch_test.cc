#include "apps/process/file_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "libs/testing/temp_dir.h"
#include "libs/testing/wait.h"

namespace portcullis::app {
namespace {

using portcullis::testing::TempDir;
using portcullis::testing::WaitUntil;

struct Watched {
  explicit Watched(const std::filesystem::path& file) {
    auto started = FileWatch::Start(file, FileWatch::Fingerprint(file), [this] { ++calls; });
    EXPECT_TRUE(started.ok()) << started.status();
    watch = *std::move(started);
  }
  bool Called(int times) {
    return WaitUntil([&] { return calls.load() >= times; });
  }

  std::atomic<int> calls{0};
  std::unique_ptr<FileWatch> watch;
};

TEST(FileWatch, SeesAFileThatIsWrittenInPlace) {
  TempDir dir;
  const std::string file = dir.Write("c.yaml", "one");
  Watched watched(file);
  dir.Write("c.yaml", "two");
  EXPECT_TRUE(watched.Called(1));
}

TEST(FileWatch, SeesARename) {
  TempDir dir;
  const std::string file = dir.Write("c.yaml", "one");
  Watched watched(file);
  std::filesystem::rename(dir.Write("new", "two"), file);
  EXPECT_TRUE(watched.Called(1));
}

TEST(FileWatch, SeesALinkThatLeadsElsewhere) {
  TempDir dir;
  const std::filesystem::path& at = dir.path();
  std::filesystem::create_directory(at / "v1");
  std::filesystem::create_directory(at / "v2");
  dir.Write("v1/c.yaml", "one");
  dir.Write("v2/c.yaml", "two");
  std::filesystem::create_symlink("v1", at / "data");
  std::filesystem::create_symlink("data/c.yaml", at / "c.yaml");
  Watched watched(at / "c.yaml");
  std::filesystem::create_symlink("v2", at / "data_new");
  std::filesystem::rename(at / "data_new", at / "data");
  EXPECT_TRUE(watched.Called(1));
  dir.Write("v2/c.yaml", "three");
  EXPECT_TRUE(watched.Called(2)) << "the folder that the link leads to is watched too";
}

TEST(FileWatch, SeesWhatChangedBeforeItsStart) {
  TempDir dir;
  const std::string file = dir.Write("c.yaml", "one");
  const std::string known = FileWatch::Fingerprint(file);
  dir.Write("c.yaml", "two");
  std::atomic<int> calls{0};
  const auto watch = FileWatch::Start(file, known, [&] { ++calls; });
  ASSERT_TRUE(watch.ok()) << watch.status();
  EXPECT_TRUE(WaitUntil([&] { return calls.load() == 1; }));
}

TEST(FileWatch, SaysNothingWhenTheBytesAreTheSame) {
  TempDir dir;
  const std::string file = dir.Write("c.yaml", "one");
  Watched watched(file);
  dir.Write("c.yaml", "one");
  dir.Write("other", "x");
  dir.Write("c.yaml", "two");
  EXPECT_TRUE(watched.Called(1));
  watched.watch.reset();
  EXPECT_EQ(watched.calls.load(), 1);
}

TEST(FileWatch, SaysNothingOfAFileThatIsGone) {
  TempDir dir;
  const std::string file = dir.Write("c.yaml", "one");
  Watched watched(file);
  std::filesystem::remove(file);
  dir.Write("c.yaml", "two");
  EXPECT_TRUE(watched.Called(1));
  watched.watch.reset();
  EXPECT_EQ(watched.calls.load(), 1);
}

}  // namespace
}  // namespace portcullis::app
