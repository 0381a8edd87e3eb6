#include "services/policy/adapters/grpc/release_texts.h"

#include <gmock/gmock.h>

namespace portcullis::policy {
namespace {

v1::GuardVerdict Verdict(uint32_t channel, uint32_t end) {
  v1::GuardVerdict verdict;
  v1::Release& release = *verdict.add_releases();
  release.set_channel(channel);
  release.set_end(end);
  return verdict;
}

void AddEdit(v1::GuardVerdict& verdict, uint32_t begin, uint32_t end, const std::string& replacement) {
  v1::Edit& edit = *verdict.mutable_releases(0)->add_edits();
  edit.set_begin(begin);
  edit.set_end(end);
  edit.set_replacement(replacement);
}

TEST(ReleaseTexts, AppliesEditsAcrossPieces) {
  ReleaseTexts texts;
  texts.Add({{.channel = 1, .text = "call 55"}});
  v1::GuardVerdict first = Verdict(1, 5);
  ASSERT_TRUE(texts.Fill(first).ok());
  EXPECT_EQ(first.releases(0).text(), "call ");
  texts.Add({{.channel = 1, .text = "5-1234 now"}, {.channel = 2, .text = "other"}});
  v1::GuardVerdict second = Verdict(1, 17);
  AddEdit(second, 5, 13, "[PHONE]");
  ASSERT_TRUE(texts.Fill(second).ok());
  EXPECT_EQ(second.releases(0).text(), "[PHONE] now");
  v1::GuardVerdict other = Verdict(2, 5);
  ASSERT_TRUE(texts.Fill(other).ok());
  EXPECT_EQ(other.releases(0).text(), "other");
}

TEST(ReleaseTexts, RefusesReleasesOutsideOfTheText) {
  ReleaseTexts texts;
  texts.Add({{.channel = 1, .text = "12345"}});
  v1::GuardVerdict beyond = Verdict(1, 6);
  EXPECT_FALSE(texts.Fill(beyond).ok());
  v1::GuardVerdict good = Verdict(1, 3);
  ASSERT_TRUE(texts.Fill(good).ok());
  v1::GuardVerdict back = Verdict(1, 2);
  EXPECT_FALSE(texts.Fill(back).ok());
  v1::GuardVerdict edit_before = Verdict(1, 5);
  AddEdit(edit_before, 2, 4, "");
  EXPECT_FALSE(texts.Fill(edit_before).ok());
}

}  // namespace
}  // namespace portcullis::policy
