#include "libs/base/late_value.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace portcullis::base {
namespace {

using Value = LateValue<std::unique_ptr<int>>;

TEST(LateValueTest, AValueThatIsThereLeavesTheOtherWayAlone) {
  Value value;
  value.Set(std::make_unique<int>(7));
  int late = 0;
  Value::Later later = [&](std::unique_ptr<int> got) { late = *got; };
  const auto taken = value.TakeOr(later);
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(**taken, 7);
  ASSERT_TRUE(later);
  std::move(later)(std::make_unique<int>(8));
  EXPECT_EQ(late, 8);
}

TEST(LateValueTest, AValueThatComesLaterIsHandedOnByTheOneWhoBringsIt) {
  Value value;
  int late = 0;
  std::thread::id where;
  Value::Later later = [&](std::unique_ptr<int> got) {
    late = *got;
    where = std::this_thread::get_id();
  };
  EXPECT_FALSE(value.TakeOr(later).has_value());
  std::thread brings([&] { value.Set(std::make_unique<int>(7)); });
  const std::thread::id bringer = brings.get_id();
  brings.join();
  EXPECT_EQ(late, 7);
  EXPECT_EQ(where, bringer);
}

}  // namespace
}  // namespace portcullis::base
