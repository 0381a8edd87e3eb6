#include "libs/config/schema.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/config/effective.h"
#include "libs/config/reader.h"
#include "libs/config/reference.h"

namespace portcullis::config {
namespace {

enum class Color { kRed, kBlue };

struct Base {
  std::string name;
};

struct Item : Base {
  int number = 7;
};

struct Inner {
  bool on = true;
  std::chrono::milliseconds wait{1500};
};

struct Extra {
  double ratio = 0.5;
};

struct Everything {
  bool flag = false;
  int count = 3;
  std::optional<uint32_t> limit;
  double share = 0.25;
  std::string text = "hello";
  Secret key;
  std::vector<std::string> words;
  StringMap markers;
  BoolMap switches;
  Color color = Color::kRed;
  std::chrono::milliseconds pause{2000};
  std::optional<std::chrono::milliseconds> patience;
  Inner inner;
  std::optional<Inner> maybe;
  Extra extra;
  std::vector<Item> items;
};

Schema<Everything> MakeSchema() {
  using E = Everything;
  Schema<Inner> inner("The inner part.");
  inner.Bool("on", &Inner::on, {.doc = "Whether."})
      .Milliseconds("wait_ms", &Inner::wait, {.doc = "How long.", .min = 1});
  Schema<Item> item;
  item.String("name", &Item::name, {.doc = "Its name.", .min = 1, .required = true, .example = "name: x"})
      .Integer("number", &Item::number, {.min = 1, .max = 9});
  Schema<Extra> extra;
  extra.Number("ratio", &Extra::ratio, {.min = 0, .max = 1});
  Schema<E> schema("Everything.");
  schema.Bool("flag", &E::flag, {.doc = "A | flag."})
      .Integer("count", &E::count,
               {.unit = "seconds", .min = 1, .max = 10, .needs_restart = true, .deprecated = {"number_of"}})
      .Integer("limit", &E::limit, {})
      .Number("share", &E::share, {.min = 0, .max = 1})
      .Number("part", &E::share, {.same_as = "share"})
      .String("text", &E::text, {.max = 10})
      .SecretText("key", &E::key, {.min = 8})
      .Strings("words", &E::words, {.min = 1, .max_items = 3})
      .Texts("markers", &E::markers,
             {.check_key = [](std::string_view key) { return key == "bad" ? "has a bad name" : ""; }})
      .Switches("switches", &E::switches, {})
      .Enum("color", &E::color,
            {{"red", Color::kRed}, {"blue", Color::kBlue, "as the sky."}, {"azure", Color::kBlue}}, {})
      .Seconds("pause_seconds", &E::pause, {.min = 1, .max = 60})
      .Seconds("patience_seconds", &E::patience, {.min = 1})
      .Section("inner", &E::inner, inner)
      .Section("maybe", &E::maybe, inner)
      .Include(&E::extra, extra)
      .List("items", &E::items, item, {.max_items = 2});
  return schema;
}

struct Loaded {
  Everything value;
  Issues issues;

  // "line:column message | suggestion" of the only issue.
  std::string only() const {
    if (issues.all().size() != 1) return std::to_string(issues.all().size()) + " issues\n" + issues.Text();
    const Issue& issue = issues.all()[0];
    return std::to_string(issue.line) + ":" + std::to_string(issue.column) + " " + issue.message +
           (issue.suggestion.empty() ? "" : " | " + issue.suggestion);
  }
};

Loaded Load(const std::string& text, const Limitations& limitations = {}) {
  Loaded loaded;
  const Document document = Document::Parse("f.yaml", text, loaded.issues);
  ReadInto(document, MakeSchema(), limitations, loaded.value, loaded.issues);
  return loaded;
}

TEST(Schema, ReadsEveryType) {
  const Loaded loaded = Load(
      "flag: true\ncount: 4\nlimit: 5\nshare: 1e-1\ntext: 12\nkey: longsecret\nwords: [a, b]\nmarkers: {x: "
      "y}\n"
      "switches: {a: true, b: false}\ncolor: azure\npause_seconds: 3\npatience_seconds: 9\n"
      "inner: {on: false, wait_ms: 20}\nmaybe: {}\nratio: 0.75\nitems:\n  - name: one\n  - {name: two, "
      "number: 8}\n");
  ASSERT_TRUE(loaded.issues.all().empty()) << loaded.issues.Text();
  const Everything& v = loaded.value;
  EXPECT_TRUE(v.flag);
  EXPECT_EQ(v.count, 4);
  EXPECT_EQ(v.limit, 5u);
  EXPECT_DOUBLE_EQ(v.share, 0.1);
  EXPECT_EQ(v.text, "12");
  EXPECT_EQ(v.key.Reveal(), "longsecret");
  EXPECT_EQ(v.words, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(v.markers.at("x"), "y");
  EXPECT_FALSE(v.switches.at("b"));
  EXPECT_EQ(v.color, Color::kBlue);
  EXPECT_EQ(v.pause.count(), 3000);
  EXPECT_EQ(v.patience->count(), 9000);
  EXPECT_FALSE(v.inner.on);
  EXPECT_EQ(v.inner.wait.count(), 20);
  ASSERT_TRUE(v.maybe.has_value());
  EXPECT_EQ(v.maybe->wait.count(), 1500);
  EXPECT_DOUBLE_EQ(v.extra.ratio, 0.75);
  ASSERT_EQ(v.items.size(), 2u);
  EXPECT_EQ(v.items[0].number, 7);
  EXPECT_EQ(v.items[1].name, "two");
}

TEST(Schema, KeepsDefaultsOfWhatIsAbsent) {
  const Loaded loaded = Load("flag: true\n");
  EXPECT_TRUE(loaded.issues.all().empty());
  EXPECT_EQ(loaded.value.count, 3);
  EXPECT_FALSE(loaded.value.limit.has_value());
  EXPECT_FALSE(loaded.value.maybe.has_value());
}

TEST(Schema, OneTextStandsForAListOfOne) {
  EXPECT_EQ(Load("words: a\n").value.words, std::vector<std::string>{"a"});
}

TEST(Schema, ReportsWrongTypes) {
  EXPECT_EQ(Load("flag: yes\n").only(),
            "1:7 flag must be true or false, not \"yes\" | write true (without quotes)");
  EXPECT_EQ(Load("flag: \"false\"\n").only(),
            "1:7 flag must be true or false, not \"false\" | write false (without quotes)");
  EXPECT_EQ(Load("count: many\n").only(), "1:8 count must be a whole number, not \"many\"");
  EXPECT_EQ(Load("count: 3.5\n").only(),
            "1:8 count must be a whole number, not \"3.5\" | the unit is seconds; write the digits alone");
  EXPECT_EQ(Load("count: 2m\n").only(),
            "1:8 count must be a whole number, not \"2m\" | write 120 (the unit is seconds)");
  EXPECT_EQ(Load("count: \"4\"\n").only(),
            "1:8 count must be a number, not text, not \"4\" | remove the quotes");
  EXPECT_EQ(Load("share: [1]\n").only(), "1:8 share must be a number, not a list");
  EXPECT_EQ(Load("share: nan\n").only(), "1:8 share must be a number, not \"nan\"");
  EXPECT_EQ(Load("text: {a: 1}\n").only(), "1:7 text must be text, not a mapping");
  EXPECT_EQ(Load("words: {a: 1}\n").only(),
            "1:8 words must be a list of texts, not a mapping | write each text on a line after \"- \"");
  EXPECT_EQ(Load("words: [a, [b]]\n").only(), "1:12 words must be text, not a list");
  EXPECT_EQ(Load("markers: [a]\n").only(),
            "1:10 markers must be a mapping, not a list | write each entry as \"name: value\"");
  EXPECT_EQ(Load("switches: {a: 1}\n").only(),
            "1:15 switches \"a\" must be true or false, not \"1\" | write true (without quotes)");
  EXPECT_EQ(Load("inner: 5\n").only(), "1:8 inner must be a mapping, not \"5\" | its keys are: on, wait_ms");
  EXPECT_EQ(Load("items: {name: x}\n").only(),
            "1:8 items must be a list, not a mapping | begin each entry with \"- \"");
  EXPECT_EQ(Load("count:\n").only(), "1:1 count has no value | give it one (integer), or remove the key");
}

TEST(Schema, ReportsValuesOutOfRange) {
  EXPECT_EQ(Load("count: 0\n").only(), "1:8 count must be from 1 to 10 seconds, not 0");
  EXPECT_EQ(Load("count: 99999999999999999999\n").only(),
            "1:8 count must be from 1 to 10 seconds, not 99999999999999999999");
  EXPECT_EQ(Load("limit: -1\n").only(), "1:8 limit must be from 0 to 4294967295, not -1");
  EXPECT_EQ(Load("share: 1.01\n").only(), "1:8 share must be from 0 to 1, not 1.01");
  EXPECT_EQ(Load("share: .inf\n").only(), "1:8 share must be a number, not \".inf\"");
  EXPECT_EQ(Load("share: 1e999\n").only(), "1:8 share must be from 0 to 1, not 1e999");
  EXPECT_EQ(Load("patience_seconds: 0\n").only(), "1:19 patience_seconds must be at least 1 seconds, not 0");
  EXPECT_EQ(Load("text: 12345678901\n").only(), "1:7 text must have 0 to 10 bytes, not 11");
  EXPECT_EQ(Load("words: [\"\"]\n").only(), "1:9 words must not be empty");
  EXPECT_EQ(Load("words: [a, b, c, d]\n").only(), "1:8 words must have at most 3 entries, not 4");
  EXPECT_EQ(Load("items: [{name: a}, {name: b}, {name: c}]\n").only(),
            "1:1 items must have at most 2 entries, not 3");
  EXPECT_EQ(Load("markers: {bad: x}\n").only(), "1:11 markers has a bad name");
}

TEST(Schema, ReportsUnknownChoicesAndKeys) {
  EXPECT_EQ(Load("color: bleu\n").only(),
            "1:8 color must be one of \"red\", \"blue\", not \"bleu\" | did you mean \"blue\"?");
  EXPECT_EQ(Load("inner: {onn: true}\n").only(),
            "1:9 unknown key \"onn\" in inner | did you mean \"on\"? valid: on, wait_ms");
  EXPECT_EQ(Load("items: [{name: a, nummer: 1}]\n").only(),
            "1:19 unknown key \"nummer\" in items[0] | did you mean \"number\"? valid: name, number");
}

TEST(Schema, ReportsAllProblemsAtOnce) {
  EXPECT_EQ(Load("flag: 1\ncount: 0\ncolor: x\nitems: [{number: 0}]\n").issues.count(Severity::kError), 5u);
}

TEST(Schema, ReportsMissingRequiredKeys) {
  EXPECT_EQ(Load("items:\n  - number: 2\n").only(), "2:5 items[0] lacks the key \"name\" | write name: x");
}

TEST(Schema, TakesDeprecatedNamesWithANote) {
  const Loaded loaded = Load("number_of: 5\n");
  EXPECT_EQ(loaded.value.count, 5);
  EXPECT_EQ(loaded.only(), "1:1 \"number_of\" is an old name of \"count\" | write count");
  EXPECT_TRUE(loaded.issues.ok());
  EXPECT_EQ(Load("count: 5\nnumber_of: 5\n").only(),
            "2:1 \"number_of\" is another name of \"count\", which is set too | keep one of the two");
}

TEST(Schema, TwoSpellingsMustAgree) {
  EXPECT_DOUBLE_EQ(Load("part: 0.75\n").value.share, 0.75);
  EXPECT_TRUE(Load("share: 0.75\npart: 0.75\n").issues.all().empty());
  EXPECT_EQ(
      Load("share: 0.5\npart: 0.75\n").only(),
      "2:1 part and share are the same setting and differ | the other is at f.yaml:1:1; keep one of the two");
}

TEST(Schema, NeverShowsASecret) {
  for (const char* text : {"key: hunter2\n", "key: [hunter2]\n", "key: {a: hunter2}\n", "kye: hunter2\n"}) {
    const Loaded loaded = Load(text);
    EXPECT_FALSE(loaded.issues.ok()) << text;
    for (const Issue& issue : loaded.issues.all()) {
      EXPECT_EQ((issue.message + issue.suggestion).find("hunter2"), std::string::npos) << text;
    }
  }
}

TEST(Schema, SkipsTheUsersOwnTopLevelKeys) { EXPECT_TRUE(Load("x-mine: {a: 1}\n").issues.all().empty()); }

TEST(Schema, AppliesLimitations) {
  const Limitations table = {
      {"inner.on", "", Limitation::Kind::kNote, "has no effect yet"},
      {"color", "blue", Limitation::Kind::kRefused, "is not supported yet"},
      {"items[].name", "", Limitation::Kind::kRefused, "is not supported yet"},
      {"future", "", Limitation::Kind::kRefused, "is not supported yet"},
  };
  EXPECT_EQ(Load("inner: {on: false}\n", table).only(), "1:9 inner.on has no effect yet");
  EXPECT_TRUE(Load("inner: {on: false}\n", table).issues.ok());
  EXPECT_FALSE(Load("inner: {on: false}\n", table).value.inner.on);
  EXPECT_EQ(Load("color: blue\n", table).only(), "1:8 color: blue is not supported yet");
  EXPECT_TRUE(Load("color: red\n", table).issues.all().empty());
  EXPECT_EQ(Load("items: [{name: a}]\n", table).only(), "1:10 items[0].name is not supported yet");
  EXPECT_EQ(Load("future: 1\n", table).only(), "1:1 future is not supported yet");
}

TEST(Schema, TheRootMustBeAMapping) {
  EXPECT_EQ(Load("").issues.all().at(0).message, "the file is empty");
  EXPECT_EQ(Load("- a\n").issues.all().at(0).message, "the file must be a mapping of keys to values");
}

TEST(Effective, ShowsDefaultsAndMasksSecrets) {
  const Loaded loaded = Load("key: longsecret\nitems: [{name: a}]\n");
  EXPECT_EQ(Effective(*MakeSchema().tree(), &loaded.value).dump(),
            R"({"flag":false,"count":3,"share":0.25,"text":"hello","key":"********","words":[],"markers":{},)"
            R"("switches":{},"color":"red","pause_seconds":2,"inner":{"on":true,"wait_ms":1500},"ratio":0.5,)"
            R"("items":[{"name":"a","number":7}]})");
}

TEST(Reference, TellsWhatTheDeclarationsSay) {
  const std::string text = Reference(*MakeSchema().tree());
  for (const char* line : {
           "| `flag` | true or false | `false` | A \\| flag. |\n",
           "| `count` | integer, seconds, 1 to 10 | `3` |  Old name: `number_of`. A change needs a restart. "
           "|\n",
           "| `color` | `red`, `blue` | `red` |  `blue`: as the sky. |\n",
           "## `inner`\n\nThe inner part.\n\n",
           "## `items[]`\n\n",
           "| `name` | text | required | Its name. |\n",
       }) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST(Secret, DoesNotPrintItself) {
  std::ostringstream out;
  out << Secret("hunter2");
  EXPECT_EQ(out.str(), "********");
  EXPECT_EQ(Secret().Masked(), "");
}

}  // namespace
}  // namespace portcullis::config
