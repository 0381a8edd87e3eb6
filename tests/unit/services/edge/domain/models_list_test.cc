#include "services/edge/domain/models_list.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace portcullis::edge {
namespace {

TEST(ModelsListTest, NamesModelsAndTargetsOnce) {
  const std::vector<router::TargetStatus> targets = {{"a", "mistral", "large", "", true, true, 0, 0, ""},
                                                     {"b", "mistral", "large", "", true, true, 0, 0, ""}};
  const auto list = nlohmann::json::parse(ModelsList(targets));
  std::vector<std::string> ids;
  for (const auto& entry : list["data"]) {
    ids.push_back(entry["id"]);
    EXPECT_EQ(entry["type"], "base");
    EXPECT_TRUE(entry["capabilities"].is_object());
    EXPECT_EQ(entry["owned_by"], "mistral");
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"large", "a", "b"}));
  EXPECT_TRUE(ModelEntry(targets, "b"));
  EXPECT_FALSE(ModelEntry(targets, "c"));
}

TEST(ModelsListTest, NamesGroupsAndTheirAliases) {
  router::TargetStatus a, b;
  a.id = "a";
  a.provider = b.provider = "mistral";
  a.model = b.model = "large";
  a.groups = {"chat", "gpt-4o"};
  b.id = "b";
  b.groups = {"chat", "large"};
  const auto list = nlohmann::json::parse(ModelsList({a, b}));
  std::vector<std::pair<std::string, std::string>> entries;
  for (const auto& entry : list["data"]) entries.emplace_back(entry["id"], entry["owned_by"]);
  const std::vector<std::pair<std::string, std::string>> expected = {{"large", "mistral"},
                                                                     {"chat", "portcullis"},
                                                                     {"gpt-4o", "portcullis"},
                                                                     {"a", "mistral"},
                                                                     {"b", "mistral"}};
  EXPECT_EQ(entries, expected);
  EXPECT_TRUE(ModelEntry({a, b}, "gpt-4o"));
}

}  // namespace
}  // namespace portcullis::edge
