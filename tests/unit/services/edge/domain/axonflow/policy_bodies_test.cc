#include "services/edge/domain/axonflow/policy_bodies.h"

#include <gtest/gtest.h>

namespace portcullis::edge {
namespace {

using policy::CatalogDraft;
using policy::CatalogKind;

std::string Wrong(CatalogKind kind, std::string_view body) {
  CatalogDraft draft;
  return ReadPolicyDraft(kind, body, {}, &draft).value_or("nothing");
}

TEST(PolicyBody, ReadsWhatIsThere) {
  CatalogDraft draft;
  ASSERT_EQ(ReadPolicyDraft(CatalogKind::kStatic, R"({"name":"a\"b","category":"pii-us","pattern":"\\d{3}",
      "severity":"low","action":"warn","priority":-5,"enabled":false,"tags":["x"],"tier":"tenant","description":null,
      "later":1})",
                            {}, &draft),
            std::nullopt);
  EXPECT_EQ(draft.name, "a\"b");
  EXPECT_EQ(draft.pattern, "\\d{3}");
  EXPECT_EQ(draft.priority, -5);
  EXPECT_EQ(draft.enabled, false);
  EXPECT_EQ(draft.tags, std::vector<std::string>{"x"});
  EXPECT_EQ(draft.description, std::nullopt);
  EXPECT_EQ(draft.conditions, std::nullopt);
}

TEST(PolicyBody, KeepsValuesAndSettingsAsJson) {
  CatalogDraft draft;
  ASSERT_EQ(ReadPolicyDraft(CatalogKind::kDynamic, R"({"name":"n","type":"user","conditions":[
      {"field":"query","operator":"in","value":["a",1]},{"field":"x","operator":"equals","value":null}],
      "actions":[{"type":"block"},{"type":"log","config":{"a":[1]}}]})",
                            {}, &draft),
            std::nullopt);
  ASSERT_EQ(draft.conditions->size(), 2u);
  EXPECT_EQ(draft.conditions->at(0).value, R"(["a",1])");
  EXPECT_EQ(draft.conditions->at(1).value, "");
  EXPECT_EQ(draft.actions->at(0).config, "{}");
  EXPECT_EQ(draft.actions->at(1).config, R"({"a":[1]})");
}

TEST(PolicyBody, SaysWhatIsWrong) {
  EXPECT_EQ(Wrong(CatalogKind::kStatic, ""), kPolicyBodyNotJson);
  EXPECT_EQ(Wrong(CatalogKind::kStatic, "[]"), kPolicyBodyNotJson);
  EXPECT_EQ(Wrong(CatalogKind::kStatic, R"({"name":5})"), "name must be a string");
  EXPECT_EQ(Wrong(CatalogKind::kStatic, R"({"enabled":"yes"})"), "enabled must be true or false");
  EXPECT_EQ(Wrong(CatalogKind::kStatic, R"({"priority":1.5})"), "priority must be a whole number");
  EXPECT_EQ(Wrong(CatalogKind::kStatic, R"({"tags":"x"})"), "tags must be an array of strings");
  EXPECT_EQ(Wrong(CatalogKind::kDynamic, R"({"conditions":[{"field":1}]})"),
            "conditions[0].field must be a string");
  EXPECT_EQ(Wrong(CatalogKind::kDynamic, R"({"conditions":[1]})"),
            "conditions must be an array of at most 50 objects");
  EXPECT_EQ(Wrong(CatalogKind::kDynamic, R"({"actions":[{"type":"log","config":[]}]})"),
            "actions[0].config must be an object");
}

TEST(PolicyBody, OfTestsAndImports) {
  PatternTestBody test;
  EXPECT_EQ(ReadPatternTest(R"({"pattern":"a","inputs":["x","y"]})", {}, &test), std::nullopt);
  EXPECT_EQ(test.inputs.size(), 2u);
  EXPECT_EQ(ReadPatternTest(R"({"inputs":[1],"pattern":"a"})", {}, &test),
            "inputs must be an array of at most 100 strings");
  PatternTestBody none;
  EXPECT_EQ(ReadPatternTest(R"({"inputs":[]})", {}, &none), "pattern is required");
  policy::PolicyTrialInput input;
  EXPECT_EQ(
      ReadPolicyTest(R"({"query":"q","user":{"email":"e"},"response":"r","request_type":"sql"})", {}, &input),
      std::nullopt);
  EXPECT_EQ(input.user + input.query + input.response + input.request_type, "eqrsql");
  ImportBody import;
  EXPECT_EQ(ReadImport(R"({"policies":[{"name":"a"}],"overwrite_mode":"error"})", {}, &import), std::nullopt);
  EXPECT_EQ(import.mode, ImportMode::kError);
  ImportBody wrong;
  EXPECT_EQ(ReadImport(R"({"policies":[{}]})", {}, &wrong), "policies[0].name is required");
  EXPECT_EQ(ReadImport(R"({"overwrite_mode":"x","policies":[]})", {}, &wrong),
            "overwrite_mode must be skip, overwrite or error");
  EXPECT_EQ(ReadImport(R"({})", {}, &wrong), "policies is required");
}

}  // namespace
}  // namespace portcullis::edge
