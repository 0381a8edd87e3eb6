#include "services/policy/domain/dlp/dlp_syntax.h"

#include <algorithm>
#include <optional>

#include "libs/base/strings.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

constexpr int kMaxNesting = 32;

ByteSet Only(char c) { return ByteSet().set(static_cast<uint8_t>(c)); }

template <typename Test>
ByteSet Where(Test test) {
  ByteSet out;
  for (int c = 1; c < 256; ++c) {
    if (test(static_cast<char>(c))) out.set(static_cast<size_t>(c));
  }
  return out;
}

// No set holds the byte that stands for the border of a JSON string.
ByteSet Not(const ByteSet& set) { return (~set).reset(0); }

std::optional<ByteSet> NamedSet(char name) {
  const ByteSet digits = Where(IsDigit);
  const ByteSet words = Where([](char c) { return IsWordByte(c) || c == '_'; });
  const ByteSet spaces = Where([](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
  switch (name) {
    case 'd':
      return digits;
    case 'D':
      return Not(digits);
    case 'w':
      return words;
    case 'W':
      return Not(words);
    case 's':
      return spaces;
    case 'S':
      return Not(spaces);
    default:
      return std::nullopt;
  }
}

class Parser {
 public:
  explicit Parser(std::string_view pattern) : text_(pattern) {}

  absl::StatusOr<DlpSyntax> Run() {
    DlpSyntax syntax;
    if (text_.substr(0, 4) == "(?i)") {
      any_case_ = true;
      at_ = 4;
    }
    if (text_.substr(at_, 2) == "\\b") {
      syntax.word_start = true;
      at_ += 2;
    }
    size_t slashes = 0;
    while (slashes + 1 < text_.size() - at_ && text_[text_.size() - 2 - slashes] == '\\') ++slashes;
    if (text_.size() >= at_ + 2 && text_.back() == 'b' && slashes % 2 == 1) {
      syntax.word_end = true;
      text_.remove_suffix(2);
    }
    syntax.root = Choice(0);
    if (problem_.empty() && at_ < text_.size()) Fail("a \")\" without its \"(\"");
    if (!problem_.empty()) return absl::InvalidArgumentError(problem_);
    return syntax;
  }

 private:
  void Fail(std::string_view what) {
    if (problem_.empty()) problem_ = base::StrCat(what, " (at character ", at_ + 1, ")");
    at_ = text_.size();
  }
  bool More() const { return at_ < text_.size(); }
  bool Take(char c) {
    if (!More() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  DlpNode Choice(int depth) {
    if (depth > kMaxNesting) Fail("groups are nested too deeply");
    DlpNode node{DlpNode::Kind::kChoice, {}, {}, 0, 0};
    do node.parts.push_back(Sequence(depth));
    while (Take('|'));
    return node.parts.size() == 1 ? std::move(node.parts[0]) : node;
  }

  DlpNode Sequence(int depth) {
    DlpNode node{DlpNode::Kind::kSequence, {}, {}, 0, 0};
    while (More() && text_[at_] != '|' && text_[at_] != ')') {
      DlpNode part = Atom(depth);
      if (More()) part = Repeats(std::move(part));
      node.parts.push_back(std::move(part));
    }
    return node;
  }

  DlpNode Bytes(const ByteSet& set) {
    DlpNode node{DlpNode::Kind::kBytes, set, {}, 0, 0};
    if (!any_case_) return node;
    for (char c = 'a'; c <= 'z'; ++c) {
      const auto lower = static_cast<uint8_t>(c);
      const auto upper = static_cast<uint8_t>(c - 32);
      if (set[lower] || set[upper]) node.bytes.set(lower).set(upper);
    }
    return node;
  }

  DlpNode Atom(int depth) {
    const char c = text_[at_];
    switch (c) {
      case '(':
        return Group(depth);
      case '[':
        return Bytes(Class());
      case '\\':
        return Bytes(Escape());
      case '.':
        ++at_;
        return Bytes(Not(Only('\n')));
      case '*':
      case '+':
      case '?':
      case '{':
        Fail("nothing stands before this repeat; write \"\\\" before the sign if it is meant itself");
        return {};
      case '^':
      case '$':
        Fail("the start and the end of a text are not known in a stream; use \\b for the border of a word");
        return {};
      default:
        return Literal();
    }
  }

  // One character; it may take several bytes.
  DlpNode Literal() {
    DlpNode node{DlpNode::Kind::kSequence, {}, {}, 0, 0};
    do node.parts.push_back(Bytes(Only(text_[at_++])));
    while (More() && (static_cast<uint8_t>(text_[at_]) & 0xC0) == 0x80);
    return node.parts.size() == 1 ? std::move(node.parts[0]) : node;
  }

  DlpNode Group(int depth) {
    ++at_;
    if (Take('?') && !Take(':')) {
      Fail("only groups \"(...)\" and \"(?:...)\" are understood: look-around needs backtracking");
      return {};
    }
    DlpNode node = Choice(depth + 1);
    if (!Take(')')) Fail("a \"(\" without its \")\"");
    return node;
  }

  ByteSet Escape() {
    ++at_;
    if (!More()) {
      Fail("a \"\\\" at the end");
      return {};
    }
    const char c = text_[at_++];
    if (const auto set = NamedSet(c)) return *set;
    if (c == 'b' || c == 'B') Fail("\\b stands only at the start or the end of a pattern");
    if (c >= '1' && c <= '9') Fail("references to groups need backtracking");
    if (c == 'n') return Only('\n');
    if (c == 'r') return Only('\r');
    if (c == 't') return Only('\t');
    if (c == 'x') return Hex();
    if (IsAlnum(c)) Fail("this escape is not understood");
    return Only(c);
  }

  ByteSet Hex() {
    if (at_ + 2 > text_.size() || !IsHex(text_[at_]) || !IsHex(text_[at_ + 1])) {
      Fail("\\x needs two hexadecimal digits");
      return {};
    }
    const int value = std::stoi(std::string(text_.substr(at_, 2)), nullptr, 16);
    at_ += 2;
    if (value == 0) Fail("the byte 0 stands in no text");
    return Only(static_cast<char>(value));
  }

  ByteSet Class() {
    ++at_;
    const bool inverted = Take('^');
    ByteSet set;
    bool first = true;
    while (More() && (first || text_[at_] != ']')) {
      first = false;
      const ByteSet low = ClassItem();
      const bool range = at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']';
      if (!range) {
        set |= low;
        continue;
      }
      ++at_;
      const ByteSet high = ClassItem();
      if (low.count() != 1 || high.count() != 1 || low._Find_first() > high._Find_first()) {
        Fail("this range has no order");
        return {};
      }
      for (size_t c = low._Find_first(); c <= high._Find_first(); ++c) set.set(c);
    }
    if (!Take(']')) Fail("a \"[\" without its \"]\"");
    return inverted ? Not(set) : set;
  }

  ByteSet ClassItem() {
    if (text_[at_] == '\\') return Escape();
    if (static_cast<uint8_t>(text_[at_]) >= 0x80)
      Fail("a class holds ASCII characters only; use (a|b) for others");
    return More() ? Only(text_[at_++]) : ByteSet();
  }

  DlpNode Repeats(DlpNode part) {
    size_t min = 0;
    size_t max = kUnboundedRepeat;
    if (Take('+')) {
      min = 1;
    } else if (Take('?')) {
      max = 1;
    } else if (Take('{')) {
      if (!Bounds(&min, &max)) return {};
    } else if (!Take('*')) {
      return part;
    }
    if (More() && (text_[at_] == '?' || text_[at_] == '+' || text_[at_] == '*' || text_[at_] == '{')) {
      Fail("a repeat of a repeat; matches are always the longest");
      return {};
    }
    DlpNode node{DlpNode::Kind::kRepeat, {}, {}, min, max};
    node.parts.push_back(std::move(part));
    return node;
  }

  bool Bounds(size_t* min, size_t* max) {
    const auto number = [&](size_t* out) {
      const size_t begin = at_;
      *out = 0;
      while (More() && IsDigit(text_[at_]) && at_ - begin < 4)
        *out = *out * 10 + static_cast<size_t>(text_[at_++] - '0');
      return at_ > begin;
    };
    bool good = number(min);
    *max = *min;
    if (good && Take(',') && !number(max)) *max = kUnboundedRepeat;
    good = good && Take('}') && *min <= *max && *max > 0 &&
           (*max == kUnboundedRepeat || *max <= kMaxDlpPositions);
    if (!good) Fail(base::StrCat("a repeat is {n}, {n,} or {n,m} with at most ", kMaxDlpPositions));
    return good;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool any_case_ = false;
  std::string problem_;
};

}  // namespace

absl::StatusOr<DlpSyntax> ParseDlpSyntax(std::string_view pattern) { return Parser(pattern).Run(); }

}  // namespace portcullis::policy
