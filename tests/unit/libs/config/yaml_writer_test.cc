#include "libs/config/yaml_writer.h"

#include <gtest/gtest.h>

#include "libs/config/document.h"

namespace portcullis::config {
namespace {

bool SameTree(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.scalar != b.scalar) return false;
  if (a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) return false;
  for (size_t i = 0; i < a.items.size(); ++i) {
    if (!SameTree(a.items[i], b.items[i])) return false;
  }
  for (size_t i = 0; i < a.entries.size(); ++i) {
    if (a.entries[i].key != b.entries[i].key || !SameTree(a.entries[i].value, b.entries[i].value))
      return false;
  }
  return true;
}

TEST(WriteYaml, ReadsBackAsTheSameTree) {
  for (const char* text : {
           "a: 1\nb: {c: [x, 'y z', \"1\"], d: {}, e: [], f: null, g: ''}\n",
           "'a: b': \"c # d\"\n? x y\n: z\n",
           "l: [[1, 2], [{a: b}, {c: {d: [e]}}], {f: [g]}]\n",
           "t: |\n  two\n  lines\ns: \"tab\\tquote\\\" back\\\\ bell\\x07\"\nu: 'é ☃ 🙂'\n",
           "n: -5\nm: -x\no: '- x'\np: '*x'\nq: '&x'\nr: '!x'\nv: '{x'\nw: '%x'\ny: '@x'\nz: 'a:'\n",
           "a: 'null'\nb: '~'\nc: 'true'\nd: ' x '\ne: http://h:1/v1?x=y#z\nf: a:b\n",
       }) {
    Issues issues;
    const Document first = Document::Parse("a.yaml", text, issues);
    const std::string written = WriteYaml(first.root());
    const Document second = Document::Parse("b.yaml", written, issues);
    ASSERT_TRUE(issues.ok()) << issues.Text() << written;
    EXPECT_TRUE(SameTree(first.root(), second.root())) << written;
    EXPECT_EQ(WriteYaml(second.root()), written);
  }
}

TEST(WriteYaml, IsWhatAPersonWouldWrite) {
  Issues issues;
  const auto document =
      Document::Parse("a.yaml", "a: {b: [1, two], c: [{d: e, f: {g: h}}, {i: j}]}\nk: https://x/y\n", issues);
  EXPECT_EQ(WriteYaml(document.root()), R"(a:
  b: [1, two]
  c:
    - d: e
      f:
        g: h
    - i: j
k: https://x/y
)");
}

}  // namespace
}  // namespace portcullis::config
