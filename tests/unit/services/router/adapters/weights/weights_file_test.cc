#include "services/router/adapters/weights/weights_file.h"

#include <gtest/gtest.h>

#include "libs/testing/temp_dir.h"

namespace portcullis::router {
namespace {

TEST(WeightsFile, KeepsWhatWasWritten) {
  const testing::TempDir dir;
  const WeightsFile file(dir.File("weights.json"));
  EXPECT_EQ(file.Read().status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(file.Write({{{"a", 1}}, {{"a", 0.1}}}).ok());
  ASSERT_TRUE(file.Write({{{"a", 1}, {"b \"c\"", 2}}, {{"a", 70}, {"b \"c\"", 0.25}}}).ok());
  const auto kept = file.Read();
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->configured, (TargetWeights{{"a", 1}, {"b \"c\"", 2}}));
  EXPECT_EQ(kept->weights, (TargetWeights{{"a", 70}, {"b \"c\"", 0.25}}));
}

TEST(WeightsFile, WhatIsNoneIsTold) {
  const testing::TempDir dir;
  for (const char* text :
       {"", "{}", "[]", R"({"configured":{},"weights":{"a":0}})", R"({"configured":{},"weights":{"a":"1"}})",
        R"({"configured":{},"weights":[]})", R"({"configured":{},"weights":{"a":1e7}})"}) {
    const WeightsFile file(dir.Write("weights.json", text));
    EXPECT_EQ(file.Read().status().code(), absl::StatusCode::kDataLoss) << text;
  }
}

TEST(WeightsFile, AFolderThatIsNotThereIsAnError) {
  EXPECT_FALSE(WeightsFile("/nonexistent/weights.json").Write({}).ok());
}

}  // namespace
}  // namespace portcullis::router
