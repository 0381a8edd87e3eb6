#include "libs/base/published.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace portcullis::base {
namespace {

TEST(Published, ASnapshotSeesTheNewestAndKeepsWhatItGave) {
  Published<int> source(std::make_shared<const int>(1));
  Snapshot<int> snapshot(&source);
  const std::shared_ptr<const int> before = snapshot.Get();
  source.Publish(std::make_shared<const int>(2));
  EXPECT_EQ(*before, 1);
  EXPECT_EQ(*snapshot.Get(), 2);
  EXPECT_EQ(*source.Current(), 2);
}

TEST(Published, ReadersNeverGoBack) {
  Published<int> source(std::make_shared<const int>(0));
  std::atomic<bool> done{false};
  std::thread reader([&] {
    Snapshot<int> snapshot(&source);
    int last = 0;
    while (!done.load() || last < 1000) {
      const int now = *snapshot.Get();
      EXPECT_GE(now, last);
      last = now;
    }
  });
  for (int i = 1; i <= 1000; ++i) source.Publish(std::make_shared<const int>(i));
  done.store(true);
  reader.join();
}

}  // namespace
}  // namespace portcullis::base
