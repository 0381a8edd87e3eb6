#include "libs/config/environment.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace portcullis::config {
namespace {

TEST(MapEnvironment, HasWhatItWasGiven) {
  const MapEnvironment environment(
      std::map<std::string, std::string, std::less<>>{{"A", "1"}, {"EMPTY", ""}});
  EXPECT_EQ(environment.Get("A"), "1");
  EXPECT_EQ(environment.Get("EMPTY"), "");
  EXPECT_EQ(environment.Get("B"), std::nullopt);
}

TEST(SystemEnvironment, ReadsTheProcess) {
  ASSERT_EQ(setenv("PORTCULLIS_CONFIG_TEST", "here", 1), 0);
  EXPECT_EQ(SystemEnvironment().Get("PORTCULLIS_CONFIG_TEST"), "here");
  ASSERT_EQ(unsetenv("PORTCULLIS_CONFIG_TEST"), 0);
  EXPECT_EQ(SystemEnvironment().Get("PORTCULLIS_CONFIG_TEST"), std::nullopt);
}

}  // namespace
}  // namespace portcullis::config
