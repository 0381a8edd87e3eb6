#include "services/router/domain/health_tracker.h"

#include <gtest/gtest.h>

namespace portcullis::router {
namespace {

TEST(HealthTrackerTest, ChangesAtItsThresholdsOfConsecutiveProbes) {
  HealthProbeOptions options;
  options.unhealthy_threshold = 2;
  options.healthy_threshold = 3;
  HealthTracker tracker(options);
  EXPECT_TRUE(tracker.healthy());
  EXPECT_FALSE(tracker.Record(false));
  EXPECT_FALSE(tracker.Record(true));
  EXPECT_FALSE(tracker.Record(false));
  EXPECT_TRUE(tracker.healthy());
  EXPECT_TRUE(tracker.Record(false));
  EXPECT_FALSE(tracker.healthy());
  EXPECT_FALSE(tracker.Record(true));
  EXPECT_FALSE(tracker.Record(true));
  EXPECT_FALSE(tracker.Record(false));
  EXPECT_FALSE(tracker.Record(true));
  EXPECT_FALSE(tracker.Record(true));
  EXPECT_FALSE(tracker.healthy());
  EXPECT_TRUE(tracker.Record(true));
  EXPECT_TRUE(tracker.healthy());
}

}  // namespace
}  // namespace portcullis::router
