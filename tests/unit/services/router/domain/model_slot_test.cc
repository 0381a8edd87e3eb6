#include "services/router/domain/model_slot.h"

#include <gtest/gtest.h>

namespace portcullis::router {
namespace {

std::string SetIn(std::string body, uint32_t begin, uint32_t end, std::string_view literal) {
  auto slot = ModelSlot::Find(body, begin, end);
  EXPECT_TRUE(slot.ok()) << slot.status();
  slot->Set(literal, body);
  return body;
}

TEST(ModelSlotTest, ReplacesTheValueAndNothingElse) {
  EXPECT_EQ(SetIn(R"({ "model" : "gpt" , "n":1})", 12, 17, R"("mistral")"),
            R"({ "model" : "mistral" , "n":1})");
}

TEST(ModelSlotTest, InsertsTheKeyWhenAbsent) {
  EXPECT_EQ(SetIn(R"( {"n":1})", 0, 0, R"("m")"), R"( {"model":"m","n":1})");
  EXPECT_EQ(SetIn("{ }", 0, 0, R"("m")"), R"({"model":"m" })");
}

TEST(ModelSlotTest, SetsAgainAndRestores) {
  for (const std::string original : {R"({"model":"gpt","n":1})", R"({"n":1})", "{}"}) {
    std::string body = original;
    auto slot = *ModelSlot::Find(body, original.size() > 15 ? 9 : 0, original.size() > 15 ? 14 : 0);
    slot.Set(R"("a-long-name")", body);
    slot.Set(R"("b")", body);
    EXPECT_NE(body.find(R"("model":"b")"), body.npos) << body;
    EXPECT_EQ(body.find("a-long-name"), body.npos);
    slot.Restore(body);
    EXPECT_EQ(body, original);
    slot.Restore(body);
    EXPECT_EQ(body, original);
  }
}

TEST(ModelSlotTest, RefusesPlacesThatCannotBe) {
  EXPECT_FALSE(ModelSlot::Find("", 0, 0).ok());
  EXPECT_FALSE(ModelSlot::Find("[1]", 0, 0).ok());
  EXPECT_FALSE(ModelSlot::Find("{}", 1, 9).ok());
  EXPECT_FALSE(ModelSlot::Find("{}", 2, 1).ok());
  EXPECT_FALSE(ModelSlot::Find("{}", 0, 1).ok());
}

}  // namespace
}  // namespace portcullis::router
