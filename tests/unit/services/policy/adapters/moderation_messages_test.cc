#include "services/policy/adapters/moderation/moderation_messages.h"

#include <gtest/gtest.h>

#include "libs/base/strings.h"

namespace portcullis::policy {
namespace {

ModerationService Service(ModerationProvider provider) {
  ModerationService service;
  service.provider = provider;
  service.model = "m";
  return service;
}

// "name=score" of the first text, or the error.
std::string Parsed(ModerationProvider provider, std::string_view body, size_t count = 1) {
  const auto scores = ParseModeration(provider, body, count);
  if (!scores.ok()) return std::string(base::Message(scores.status()));
  std::string out;
  for (const CategoryScore& one : (*scores)[0]) out += base::StrCat(one.category, "=", one.score, " ");
  return out;
}

std::string Said(std::string_view content) {
  return Parsed(ModerationProvider::kGuardModel,
                base::StrCat(R"({"choices":[{"message":{"content":")", content, R"("}}]})"));
}

TEST(ModerationMessages, Bodies) {
  EXPECT_EQ(ModerationBody(Service(ModerationProvider::kMistral), {"a \"b\"", "c\xff"}),
            "{\"model\":\"m\",\"input\":[\"a \\\"b\\\"\",\"c\xef\xbf\xbd\"]}");
  EXPECT_EQ(ModerationBody(Service(ModerationProvider::kPresidio), {"a"}), R"({"text":"a","language":"en"})");
  ModerationService guard = Service(ModerationProvider::kGuardModel);
  guard.prompt = "judge";
  EXPECT_EQ(ModerationBody(guard, {"a"}),
            R"({"model":"m","messages":[{"role":"system","content":"judge"},{"role":"user","content":"a"}],)"
            R"("temperature":0,"max_tokens":200,"stream":false})");
}

TEST(ModerationMessages, TheKeyIsSentIfThereIsOne) {
  ModerationService service = Service(ModerationProvider::kOpenAi);
  EXPECT_TRUE(ModerationHeaders(service).empty());
  service.api_key = "k";
  EXPECT_EQ(ModerationHeaders(service), std::vector<std::string>{"Authorization: Bearer k"});
}

TEST(ModerationMessages, ScoresOfTheSharedShape) {
  const auto of = [](std::string_view body, size_t count = 1) {
    return Parsed(ModerationProvider::kOpenAi, body, count);
  };
  EXPECT_EQ(
      of(R"({"results":[{"flagged":true,"categories":{"hate":true},"category_scores":{"hate":0.7,"x":null}}]})"),
      "hate=0.7 ");
  EXPECT_EQ(of(R"({"results":[{"categories":{"hate":true,"sexual":false}}]})"), "hate=1 ");
  EXPECT_EQ(of(R"({"results":[{"flagged":true}]})"), "unsafe=1 ");
  EXPECT_EQ(of(R"({"results":[{"flagged":false}]})"), "");
  EXPECT_EQ(of("oops"), "the answer cannot be read: it is no JSON");
  EXPECT_EQ(of("[]"), "the answer cannot be read: it has no list \"results\"");
  EXPECT_EQ(of(R"({"results":[{}]})"),
            "the answer cannot be read: a result has neither category_scores, categories nor flagged");
  EXPECT_EQ(of(R"({"results":[{"flagged":false}]})", 2),
            "the answer cannot be read: it has 1 results for 2 texts");
  EXPECT_EQ(of(R"({"results":[{"category_scores":{"hate":"high"}}]})"),
            "the answer cannot be read: a score is no number of 0 to 1");
}

TEST(ModerationMessages, EntitiesOfPresidio) {
  EXPECT_EQ(
      Parsed(ModerationProvider::kPresidio,
             R"([{"entity_type":"PERSON","start":0,"end":3,"score":0.85},{"entity_type":"DATE","score":1}])"),
      "PERSON=0.85 DATE=1 ");
  EXPECT_EQ(Parsed(ModerationProvider::kPresidio, "[]"), "");
  EXPECT_EQ(Parsed(ModerationProvider::kPresidio, R"([{"score":1}])"),
            "the answer cannot be read: an entity lacks entity_type or score");
  EXPECT_EQ(Parsed(ModerationProvider::kPresidio, R"({"error":"x"})"),
            "the answer cannot be read: it is no list of entities");
}

TEST(ModerationMessages, WhatGuardModelsSay) {
  EXPECT_EQ(Said("\\n\\nsafe"), "");
  EXPECT_EQ(Said("No"), "");
  EXPECT_EQ(Said("unsafe\\nS1,S10"), "s1=1 s10=1 ");
  EXPECT_EQ(Said("Yes"), "unsafe=1 ");
  EXPECT_EQ(Said(R"({\"category_scores\":{\"violence\":0.25}})"), "violence=0.25 ");
  EXPECT_EQ(Said("I cannot judge that"), "the answer cannot be read: the model said neither safe nor unsafe");
  EXPECT_EQ(Said(""), "the answer cannot be read: the model said nothing");
  EXPECT_EQ(Parsed(ModerationProvider::kGuardModel, R"({"choices":[]})"),
            "the answer cannot be read: it has no choices");
}

}  // namespace
}  // namespace portcullis::policy
