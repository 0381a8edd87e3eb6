#include "libs/config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include "libs/base/strings.h"
#include "libs/config/codes.h"
#include "libs/config/redact.h"
#include "libs/config/yaml_wording.h"

namespace portcullis::config {
namespace {

constexpr char kMergeKey[] = "<<";
constexpr std::string_view kStandardTags = "tag:yaml.org,2002:";

// Thrown inside this file to leave yaml-cpp's parser.
struct Abort {
  YamlProblem problem;
};

Position At(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1, 1, 0}; }

int LengthOf(const std::string& text) {
  return std::max<int>(1, static_cast<int>(std::min(text.size(), text.find('\n'))));
}

// Builds the tree from the parser's events and keeps the bounds.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const DocumentLimits& limits) : limits_(limits) {}

  Node TakeRoot() { return std::move(root_); }
  std::vector<YamlProblem> TakeProblems() { return std::move(problems_); }
  const std::vector<Position>& quoted() const { return quoted_; }

  // The innermost bracket that is open; line 0 = none.
  Position OpenBracket() const {
    for (auto frame = stack_.rbegin(); frame != stack_.rend(); ++frame) {
      if (frame->flow) return frame->node.position;
    }
    return {};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) {
      Fail(code::kSyntax, At(mark), "a second document begins here; a configuration is one document",
           "remove the \"---\" line, or move what follows to a file of its own");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.position = At(mark);
    Finish(std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    CheckTag(mark, tag);
    Node node;
    node.kind = Node::Kind::kScalar;
    node.position = At(mark);
    node.scalar = value;
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    node.position.length = LengthOf(value) + (tag == "!" ? 2 : 0);
    if (tag == "!") quoted_.push_back(node.position);
    Finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      Fail(code::kSyntax, At(mark), "this alias stands inside the value that it repeats",
           "an alias (*name) may only come after the whole of its anchor (&name)");
    }
    Node copy = found->second;
    Count(copy, At(mark));
    copy.position = At(mark);
    Attach(std::move(copy));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    Open(Node::Kind::kSequence, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    Open(Node::Kind::kMapping, mark, tag, anchor, style);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    bool flow = false;  // in [] or {}
    bool has_key = false;
    std::string key;
    Position key_position;
    std::vector<Node> merged;  // the values of << keys, in order
  };

  [[noreturn]] static void Fail(const char* code, const Position& position, std::string message,
                                std::string suggestion) {
    throw Abort{{code, position, std::move(message), std::move(suggestion)}};
  }

  static void CheckTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "!" || tag == "?" || tag.compare(0, kStandardTags.size(), kStandardTags) == 0) {
      return;
    }
    Fail(code::kSyntax, At(mark), base::StrCat("the tag ", Quote(tag), " has no meaning here"),
         "remove the tag; text that begins with \"!\" needs quotes");
  }

  void Open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    CheckTag(mark, tag);
    if (static_cast<int>(stack_.size()) >= limits_.max_depth) {
      Fail(code::kTooLarge, At(mark), base::StrCat("nested deeper than ", limits_.max_depth, " levels"), "");
    }
    Frame frame;
    frame.node.kind = kind;
    frame.node.position = At(mark);
    frame.anchor = anchor;
    frame.flow = style == YAML::EmitterStyle::Flow;
    stack_.push_back(std::move(frame));
  }

  void Close() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    for (const Node& merged : frame.merged) Merge(merged, frame.node);
    Finish(std::move(frame.node), frame.anchor);
  }

  void Finish(Node node, YAML::anchor_t anchor) {
    CountOne(node, node.position);
    if (anchor != 0) anchors_[anchor] = node;
    Attach(std::move(node));
  }

  void Attach(Node node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = stack_.back();
    if (frame.node.kind == Node::Kind::kSequence) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.has_key) {
      TakeKey(frame, node, limits_.max_keys);
    } else {
      TakeValue(frame, std::move(node));
    }
  }

  static void TakeKey(Frame& frame, const Node& node, size_t max_keys) {
    if (!node.is_scalar()) {
      Fail(code::kSyntax, node.position,
           node.is_null() ? "a key is missing here" : "a key must be plain text", "write \"key: value\"");
    }
    if (frame.node.entries.size() >= max_keys) {
      Fail(code::kTooLarge, node.position, base::StrCat("a mapping has at most ", max_keys, " keys"), "");
    }
    frame.has_key = true;
    frame.key = node.scalar;
    frame.key_position = node.position;
  }

  void TakeValue(Frame& frame, Node node) {
    frame.has_key = false;
    if (frame.key == kMergeKey) {
      TakeMerge(frame, std::move(node));
      return;
    }
    const auto& entries = frame.node.entries;
    auto same =
        std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == frame.key; });
    if (same != entries.end()) {
      problems_.push_back({code::kDuplicateKey, frame.key_position,
                           base::StrCat("the key ", Quote(frame.key), " occurs twice"), "keep one of the two",
                           false, same->position});
      return;
    }
    frame.node.entries.push_back({std::move(frame.key), frame.key_position, std::move(node)});
  }

  void TakeMerge(Frame& frame, Node node) {
    const bool list = node.is_sequence() && std::all_of(node.items.begin(), node.items.end(),
                                                        [](const Node& item) { return item.is_mapping(); });
    if (!node.is_mapping() && !list) {
      Fail(code::kSyntax, frame.key_position, "the merge key << needs a mapping, or a list of mappings",
           "write \"<<: *anchor\"");
    }
    if (list) {
      for (Node& item : node.items) frame.merged.push_back(std::move(item));
    } else {
      frame.merged.push_back(std::move(node));
    }
  }

  // Keys of the mapping itself win over merged ones, earlier merged ones over later.
  static void Merge(const Node& from, Node& into) {
    for (const Entry& entry : from.entries) {
      if (into.Find(entry.key) == nullptr) into.entries.push_back(entry);
    }
  }

  void CountOne(const Node& node, const Position& position) {
    ++nodes_;
    bytes_ += node.scalar.size();
    for (const Entry& entry : node.entries) bytes_ += entry.key.size();
    if (nodes_ > limits_.max_nodes || bytes_ > limits_.max_scalar_bytes) {
      Fail(code::kTooLarge, position, "the document is too large here, with its aliases expanded",
           base::StrCat("at most ", limits_.max_nodes, " values and ", limits_.max_scalar_bytes,
                        " bytes of text"));
    }
  }

  void Count(const Node& node, const Position& position) {
    CountOne(node, position);
    for (const Node& item : node.items) Count(item, position);
    for (const Entry& entry : node.entries) Count(entry.value, position);
  }

  const DocumentLimits& limits_;
  std::vector<Frame> stack_;
  std::map<YAML::anchor_t, Node> anchors_;
  Node root_;
  std::vector<YamlProblem> problems_;
  std::vector<Position> quoted_;
  int documents_ = 0;
  size_t nodes_ = 0;
  size_t bytes_ = 0;
};

}  // namespace

YamlTree ParseYaml(const std::string& text, const DocumentLimits& limits) {
  TreeBuilder builder(limits);
  YamlTree tree;
  try {
    std::istringstream in(text);
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
    tree.complete = true;
    tree.problems = builder.TakeProblems();
  } catch (const Abort& abort) {
    tree.problems = builder.TakeProblems();
    tree.problems.push_back(abort.problem);
  } catch (const YAML::Exception& error) {
    tree.problems = builder.TakeProblems();
    tree.problems.push_back(Translate(error.msg, At(error.mark)));
    const Position bracket = builder.OpenBracket();
    if (tree.problems.back().message == kUnclosedBracket && bracket.line > 0)
      tree.problems.back().position = bracket;
  } catch (const std::exception& error) {
    tree.problems.push_back(
        {code::kSyntax, {1, 1, 1, 0}, base::StrCat("this is not YAML: ", error.what()), ""});
  }
  tree.root = builder.TakeRoot();
  tree.quoted = builder.quoted();
  return tree;
}

}  // namespace portcullis::config
