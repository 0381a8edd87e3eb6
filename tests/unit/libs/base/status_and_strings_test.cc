#include <gtest/gtest.h>

#include <memory>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::base {
namespace {

absl::StatusOr<std::unique_ptr<int>> Make(int value) {
  if (value < 0) return absl::OutOfRangeError("negative");
  return std::make_unique<int>(value);
}

absl::Status Check(int value, int* calls) {
  RETURN_IF_ERROR(Make(value).status());
  ++*calls;
  return absl::OkStatus();
}

absl::StatusOr<int> Sum(int a, int b) {
  ASSIGN_OR_RETURN(const auto first, Make(a));
  ASSIGN_OR_RETURN(std::unique_ptr<int> second, Make(b));
  return *first + *second;
}

TEST(StatusMacrosTest, ReturnTheFirstError) {
  int calls = 0;
  EXPECT_TRUE(Check(1, &calls).ok());
  EXPECT_EQ(Check(-1, &calls).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(*Sum(1, 2), 3);
  EXPECT_EQ(Sum(1, -2).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Sum(-1, 2).status().code(), absl::StatusCode::kOutOfRange);
}

TEST(StatusMacrosTest, FitIntoAnIf) {
  const auto run = [](bool fail) -> absl::Status {
    if (fail)
      RETURN_IF_ERROR(absl::InternalError("x"));
    else
      return absl::OkStatus();
    return absl::UnknownError("not reached");
  };
  EXPECT_TRUE(run(false).ok());
  EXPECT_EQ(run(true).code(), absl::StatusCode::kInternal);
}

TEST(StrCatTest, WritesEachPiece) {
  EXPECT_EQ(
      StrCat("a", 'b', std::string("c"), std::string_view("d"), 5, -6, 0.5, uint64_t{18446744073709551615u}),
      "abcd5-60.518446744073709551615");
  EXPECT_EQ(StrCat(), "");
}

TEST(MessageTest, IsTheTextOfTheStatus) {
  const absl::Status status = absl::InternalError("why");
  EXPECT_EQ(Message(status), "why");
  EXPECT_EQ(Message(absl::OkStatus()), "");
}

TEST(SystemClockTest, MonotonicNeverGoesBack) {
  const SystemClock clock;
  MonotonicTime last = clock.Monotonic();
  for (int i = 0; i < 1000; ++i) {
    const MonotonicTime now = clock.Monotonic();
    ASSERT_GE(now, last);
    last = now;
  }
  EXPECT_GT(clock.Now().time_since_epoch(), std::chrono::hours(24 * 365 * 50));
}

}  // namespace
}  // namespace portcullis::base
