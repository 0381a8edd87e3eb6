#include "services/audit/domain/sent_window.h"

#include <gtest/gtest.h>

namespace portcullis::audit {
namespace {

TEST(SentWindowTest, TheCursorWaitsForTheFirstThatIsNotAcknowledged) {
  SentWindow window(10);
  window.Sent(11, 100);
  window.Passed(12);
  window.Sent(13, 300);
  EXPECT_EQ(window.cursor(), 10u);
  window.Acknowledged(13);
  EXPECT_EQ(window.cursor(), 10u);
  EXPECT_EQ(window.oldest_us(), 100);
  window.Acknowledged(11);
  EXPECT_EQ(window.cursor(), 13u);
  EXPECT_EQ(window.size(), 0u);
  EXPECT_EQ(window.oldest_us(), std::nullopt);
}

TEST(SentWindowTest, PassesOverWhatIsNotSent) {
  SentWindow window(0);
  window.Passed(4);
  EXPECT_EQ(window.cursor(), 4u);
}

TEST(SentWindowTest, DoesNotMindWhatItDoesNotKnow) {
  SentWindow window(0);
  window.Acknowledged(3);
  window.Sent(4, 1);
  window.Acknowledged(3);
  window.Acknowledged(5);
  EXPECT_EQ(window.cursor(), 0u);
  window.Acknowledged(4);
  window.Acknowledged(4);
  EXPECT_EQ(window.cursor(), 4u);
}

}  // namespace
}  // namespace portcullis::audit
