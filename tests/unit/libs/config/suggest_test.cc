#include "libs/config/suggest.h"

#include <gtest/gtest.h>

namespace portcullis::config {
namespace {

TEST(EditDistance, CountsSingleEdits) {
  EXPECT_EQ(EditDistance("threshold", "threshold"), 0u);
  EXPECT_EQ(EditDistance("treshold", "threshold"), 1u);    // insertion
  EXPECT_EQ(EditDistance("thresholds", "threshold"), 1u);  // deletion
  EXPECT_EQ(EditDistance("threshald", "threshold"), 1u);   // substitution
  EXPECT_EQ(EditDistance("htreshold", "threshold"), 1u);   // swap of neighbours
  EXPECT_EQ(EditDistance("", "abc"), 3u);
}

TEST(EditDistance, IgnoresCaseAndKindOfDash) {
  EXPECT_EQ(EditDistance("Retention-Days", "retention_days"), 0u);
}

TEST(EditDistance, IsBoundedForLongWords) {
  EXPECT_LE(EditDistance(std::string(1'000'000, 'a'), std::string(1'000'000, 'b')), 64u);
}

TEST(Nearest, TakesTheClosestWithinAThird) {
  const std::vector<std::string> keys = {"action", "apply_to", "entities"};
  EXPECT_EQ(Nearest("acton", keys), "action");
  EXPECT_EQ(Nearest("aplyto", keys), "apply_to");
  EXPECT_EQ(Nearest("markers", keys), "");
}

TEST(Nearest, TakesAKeyOfWhichTheWordIsTheBeginning) {
  EXPECT_EQ(Nearest("timeout", {"id", "timeout_seconds"}), "timeout_seconds");
  EXPECT_EQ(Nearest("id_of_target", {"id", "timeout_seconds"}), "");  // too short to mean anything
}

}  // namespace
}  // namespace portcullis::config
