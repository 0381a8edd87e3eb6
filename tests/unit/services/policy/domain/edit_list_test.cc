#include "services/policy/domain/edit_list.h"

#include <gtest/gtest.h>

namespace portcullis::policy {
namespace {

std::string Show(const std::vector<Edit>& edits) {
  std::string out;
  for (const Edit& edit : edits) {
    out += std::to_string(edit.begin) + "-" + std::to_string(edit.end) + edit.replacement + " ";
  }
  return out;
}

TEST(EditList, MergesWhatOverlaps) {
  EditList list;
  list.Add(20, 30, 0, "c");
  list.Add(5, 12, 1, "b");
  list.Add(0, 8, 1, "a");
  list.Add(12, 13, 1, "d");
  std::vector<Edit> edits;
  EXPECT_EQ(list.Take(100, 3, &edits), 100u);
  EXPECT_EQ(Show(edits), "0-12a 12-13d 20-30c ");
  EXPECT_EQ(edits[0].segment, 3u);
}

TEST(EditList, OfEqualStartsTheFirstStageNamesTheReplacement) {
  EditList list;
  list.Add(0, 4, 1, "late");
  list.Add(0, 2, 0, "early");
  std::vector<Edit> edits;
  list.Take(10, 0, &edits);
  EXPECT_EQ(Show(edits), "0-4early ");
}

TEST(EditList, KeepsAnEditWholeThatCrossesTheLimit) {
  EditList list;
  list.Add(0, 2, 0, "a");
  list.Add(5, 9, 0, "b");
  list.Add(8, 12, 1, "c");
  std::vector<Edit> edits;
  EXPECT_EQ(list.Take(10, 0, &edits), 5u);
  EXPECT_EQ(Show(edits), "0-2a ");
  EXPECT_EQ(list.Take(12, 0, &edits), 12u);
  EXPECT_EQ(Show(edits), "0-2a 5-12b ");
}

}  // namespace
}  // namespace portcullis::policy
