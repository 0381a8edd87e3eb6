// The helpers that other tests trust.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "libs/testing/fake_clock.h"
#include "libs/testing/recording_metrics.h"
#include "libs/testing/scripted_rng.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "libs/testing/wait.h"

namespace portcullis::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(FakeClockTest, MovesOnlyWhenTold) {
  FakeClock clock;
  const auto before = clock.Monotonic();
  EXPECT_EQ(clock.Now(), FakeClock::kStart);
  clock.Advance(std::chrono::milliseconds(5));
  EXPECT_EQ(clock.Now() - FakeClock::kStart, std::chrono::milliseconds(5));
  EXPECT_EQ(clock.Monotonic() - before, std::chrono::milliseconds(5));
  clock.SetNow(FakeClock::kStart);
  EXPECT_EQ(clock.Now(), FakeClock::kStart);
  EXPECT_EQ(clock.Monotonic() - before, std::chrono::milliseconds(5));
}

TEST(ScriptedRngTest, RepeatsItsScript) {
  ScriptedRng rng({1, 2});
  EXPECT_EQ(rng.Next(), 1u);
  EXPECT_EQ(rng.Next(), 2u);
  EXPECT_EQ(rng.Next(), 1u);
  ScriptedRng units = ScriptedRng::Units({0, 0.25, 0.999});
  EXPECT_EQ(units.NextUnit(), 0);
  EXPECT_EQ(units.NextUnit(), 0.25);
  EXPECT_NEAR(units.NextUnit(), 0.999, 1e-12);
}

TEST(TempDirTest, IsRemovedWithItsFiles) {
  std::filesystem::path path;
  {
    const TempDir folder, other;
    path = folder.path();
    EXPECT_NE(folder.path(), other.path());
    folder.Write("sub/file", "content");
    EXPECT_EQ(folder.Read("sub/file"), "content");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(WaitUntilTest, EndsWithTheConditionOrTheDeadline) {
  int looks = 0;
  EXPECT_TRUE(WaitUntil([&] { return ++looks == 3; }));
  EXPECT_FALSE(WaitUntil([] { return false; }, std::chrono::milliseconds(5)));
}

constexpr telemetry::MetricDescription kHits{"hits", telemetry::MetricType::kCounter, "", "a,b"};
constexpr telemetry::MetricDescription kTime{"time", telemetry::MetricType::kHistogram, "", ""};
constexpr telemetry::MetricDescription kDepth{"depth", telemetry::MetricType::kGauge, "", ""};

TEST(RecordingMetricsTest, RemembersByNameAndLabels) {
  RecordingMetrics metrics;
  metrics.AddCounter(kHits, {{"a", "1"}, {"b", "2"}}).Add(2);
  metrics.AddCounter(kHits, {{"b", "2"}, {"a", "1"}}).Add();
  metrics.AddCounter(kHits, {}).Add();
  metrics.AddGauge(kDepth, {}).Set(7);
  metrics.AddHistogram(kTime, {}, {}).Observe(0.5);
  metrics.AddHistogram(kTime, {}, {}).Observe(0.25);
  EXPECT_EQ(metrics.Value("hits", {{"b", "2"}, {"a", "1"}}), 3);
  EXPECT_EQ(metrics.Total("hits"), 4);
  EXPECT_EQ(metrics.Value("depth"), 7);
  EXPECT_THAT(metrics.Observations("time"), ElementsAre(0.5, 0.25));
  EXPECT_TRUE(metrics.Has("time"));
  EXPECT_FALSE(metrics.Has("none"));
  EXPECT_EQ(metrics.Value("none"), 0);
}

absl::StatusOr<int> Positive(int value) {
  if (value <= 0) return absl::InvalidArgumentError("not positive");
  return value;
}

TEST(StatusMatchersTest, MatchCodeMessageAndValue) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(Positive(1), IsOk());
  EXPECT_THAT(Positive(1), IsOkAndHolds(1));
  EXPECT_THAT(Positive(1), Not(IsOkAndHolds(2)));
  EXPECT_THAT(Positive(0), Not(IsOkAndHolds(0)));
  EXPECT_THAT(Positive(0), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Positive(0), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("positive")));
  EXPECT_THAT(Positive(0), Not(StatusIs(absl::StatusCode::kInvalidArgument, "other")));
  EXPECT_THAT(Positive(0).status(), Not(StatusIs(absl::StatusCode::kInternal)));
  ASSERT_OK_AND_ASSIGN(const int value, Positive(3));
  EXPECT_EQ(value, 3);
}

}  // namespace
}  // namespace portcullis::testing
