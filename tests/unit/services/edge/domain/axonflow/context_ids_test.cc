#include "services/edge/domain/axonflow/context_ids.h"

#include <gtest/gtest.h>

namespace portcullis::edge {
namespace {

using std::chrono::seconds;

constexpr seconds kEnds{1'800'000'000};
constexpr uint64_t kRandom = 0x1234567890ABCDEF;

TEST(ContextIds, AreUuidsOfVersion8) {
  const std::string id = ContextIds("key").Make("app", kEnds, kRandom);
  ASSERT_EQ(id.size(), 36u);
  EXPECT_EQ(id.substr(0, 8), "6b49d200");
  EXPECT_EQ(id[14], '8');
  EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
  EXPECT_NE(id, ContextIds("key").Make("app", kEnds, kRandom + 1));
}

TEST(ContextIds, HoldForTheirCallerUntilTheyEnd) {
  const ContextIds ids("key");
  const std::string id = ids.Make("app", kEnds, kRandom);
  EXPECT_EQ(ids.Check(id, "app", kEnds - seconds(1)), ContextState::kValid);
  EXPECT_EQ(ids.Check(id, "app", kEnds), ContextState::kExpired);
  EXPECT_EQ(ids.Check(id, "other", kEnds - seconds(1)), ContextState::kUnknown);
  EXPECT_EQ(ContextIds("another").Check(id, "app", kEnds - seconds(1)), ContextState::kUnknown);
  EXPECT_EQ(ContextIds("key").Check(id, "app", kEnds - seconds(1)), ContextState::kValid);  // wherever it was made
}

TEST(ContextIds, AnyDigitThatChangesMakesThemUnknown) {
  const ContextIds ids("key");
  const std::string id = ids.Make("app", kEnds, kRandom);
  for (size_t at = 0; at < id.size(); ++at) {
    std::string changed = id;
    changed[at] = changed[at] == '0' ? '1' : '0';
    EXPECT_EQ(ids.Check(changed, "app", seconds(0)), ContextState::kUnknown) << at;
  }
  for (const std::string& text : {std::string(), id + "0", id.substr(1), std::string(36, '-')}) {
    EXPECT_EQ(ids.Check(text, "app", seconds(0)), ContextState::kUnknown) << text;
  }
}

TEST(RandomUuid, IsOfVersion4) {
  const std::string id = RandomUuid(~0ull, ~0ull);
  EXPECT_EQ(id, "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

}  // namespace
}  // namespace portcullis::edge
