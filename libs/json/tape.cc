#include "libs/json/tape.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/json/text.h"
#include "libs/json/unit.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace portcullis::json {
namespace {

// Length of the run from `at` of bytes that may stand in a string as they are.
size_t PlainRun(std::string_view text, size_t at) {
  const size_t start = at;
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1F);
  while (at + 16 <= text.size()) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i special =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)),
                     _mm_cmpeq_epi8(_mm_min_epu8(block, control), block));
    const int mask = _mm_movemask_epi8(special);
    if (mask != 0) return at + static_cast<size_t>(__builtin_ctz(mask)) - start;
    at += 16;
  }
#endif
  while (at < text.size()) {
    const unsigned char c = static_cast<unsigned char>(text[at]);
    if (c < 0x20 || c == '"' || c == '\\') break;
    ++at;
  }
  return at - start;
}

constexpr size_t kUsualNodes = 128;
constexpr size_t kUsualDepth = 16;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

// Recursive descent without recursion: `open_` holds the containers that are not closed yet.
class TapeParser {
 public:
  TapeParser(std::string_view text, const Limits& limits, std::vector<Node>* nodes)
      : text_(text), limits_(limits), nodes_(*nodes) {
    // Room for the usual request and answer at once: they have a value for every 10 to 20 bytes.
    nodes_.reserve(std::min(text.size() / 8, kUsualNodes));
    open_.reserve(kUsualDepth);
  }

  absl::Status Run() {
    RETURN_IF_ERROR(Value(Node{}));
    while (!open_.empty()) RETURN_IF_ERROR(Continue());
    SkipSpace();
    if (at_ != text_.size()) return Error("unexpected text after the document");
    return absl::OkStatus();
  }

 private:
  absl::Status Error(std::string_view what) const {
    return absl::InvalidArgumentError(base::StrCat(what, " at byte ", at_));
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void SkipSpace() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }

  // Reads the next member or element of the innermost container, or closes it.
  absl::Status Continue() {
    Node& container = nodes_[open_.back()];
    const bool object = container.kind == Kind::kObject;
    const bool first = nodes_.size() == open_.back() + 1;
    SkipSpace();
    if (Peek() == (object ? '}' : ']') && at_ < text_.size()) {
      container.end = static_cast<uint32_t>(++at_);
      container.next = static_cast<uint32_t>(nodes_.size());
      open_.pop_back();
      return absl::OkStatus();
    }
    if (!first) {
      if (Peek() != ',') return Error(object ? "expected ',' or '}'" : "expected ',' or ']'");
      ++at_;
      SkipSpace();
    }
    Node node;
    if (object) RETURN_IF_ERROR(ReadKey(&node));
    return Value(node);
  }

  absl::Status ReadKey(Node* node) {
    if (Peek() != '"') return Error("expected a key in double quotes");
    node->key_begin = static_cast<uint32_t>(at_ + 1);
    RETURN_IF_ERROR(ReadString(&node->key_escaped));
    node->key_end = static_cast<uint32_t>(at_ - 1);
    SkipSpace();
    if (Peek() != ':') return Error("expected ':' after the key");
    ++at_;
    return absl::OkStatus();
  }

  absl::Status Value(Node node) {
    SkipSpace();
    if (nodes_.size() >= limits_.max_nodes) {
      return absl::ResourceExhaustedError(base::StrCat("more than ", limits_.max_nodes, " JSON values"));
    }
    node.begin = static_cast<uint32_t>(at_);
    switch (Peek()) {
      case '{':
        return Open(node, Kind::kObject);
      case '[':
        return Open(node, Kind::kArray);
      case '"':
        node.kind = Kind::kString;
        RETURN_IF_ERROR(ReadString(&node.escaped));
        break;
      case 't':
        node.kind = Kind::kTrue;
        RETURN_IF_ERROR(Literal("true"));
        break;
      case 'f':
        node.kind = Kind::kFalse;
        RETURN_IF_ERROR(Literal("false"));
        break;
      case 'n':
        node.kind = Kind::kNull;
        RETURN_IF_ERROR(Literal("null"));
        break;
      default:
        node.kind = Kind::kNumber;
        RETURN_IF_ERROR(ReadNumber());
    }
    node.end = static_cast<uint32_t>(at_);
    node.next = static_cast<uint32_t>(nodes_.size() + 1);
    nodes_.push_back(node);
    return absl::OkStatus();
  }

  absl::Status Open(Node node, Kind kind) {
    if (open_.size() >= limits_.max_depth) {
      return absl::ResourceExhaustedError(
          base::StrCat("JSON nested deeper than ", limits_.max_depth, " levels at byte ", at_));
    }
    ++at_;
    node.kind = kind;
    open_.push_back(static_cast<uint32_t>(nodes_.size()));
    nodes_.push_back(node);
    return absl::OkStatus();
  }

  absl::Status Literal(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return Error("unknown literal");
    at_ += word.size();
    return absl::OkStatus();
  }

  absl::Status Digits() {
    if (!IsDigit(Peek()))
      return Error(at_ < text_.size() ? "invalid value" : "unexpected end of the document");
    while (IsDigit(Peek())) ++at_;
    return absl::OkStatus();
  }

  absl::Status ReadNumber() {
    if (Peek() == '-') ++at_;
    if (Peek() == '0') {
      ++at_;
      if (IsDigit(Peek())) return Error("number with a leading zero");
    } else {
      RETURN_IF_ERROR(Digits());
    }
    if (Peek() == '.') {
      ++at_;
      RETURN_IF_ERROR(Digits());
    }
    if (Peek() == 'e' || Peek() == 'E') {
      ++at_;
      if (Peek() == '+' || Peek() == '-') ++at_;
      RETURN_IF_ERROR(Digits());
    }
    return absl::OkStatus();
  }

  // From the opening quote to after the closing one.
  absl::Status ReadString(bool* escaped) {
    ++at_;
    while (true) {
      at_ += PlainRun(text_, at_);
      if (at_ >= text_.size()) return Error("string without an end");
      if (text_[at_] == '"') {
        ++at_;
        return absl::OkStatus();
      }
      if (text_[at_] != '\\') return Error("control character in a string (write it as an escape)");
      *escaped = true;
      RETURN_IF_ERROR(ReadEscape());
    }
  }

  absl::Status ReadEscape() {
    const char kind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (kind != 'u') {
      if (kind == '\0' || std::strchr("\"\\/bfnrt", kind) == nullptr) return Error("invalid escape");
      at_ += 2;
      return absl::OkStatus();
    }
    const int unit = internal::Hex4(text_.substr(at_ + 2));
    if (unit < 0) return Error("invalid \\u escape");
    if (unit >= 0xDC00 && unit < 0xE000) return Error("lone low surrogate");
    if (unit >= 0xD800 && unit < 0xDC00) {
      const bool pair = text_.substr(at_ + 6, 2) == "\\u";
      const int low = pair ? internal::Hex4(text_.substr(at_ + 8)) : -1;
      if (low < 0xDC00 || low >= 0xE000) return Error("lone high surrogate");
      at_ += 6;
    }
    at_ += 6;
    return absl::OkStatus();
  }

  std::string_view text_;
  const Limits& limits_;
  std::vector<Node>& nodes_;
  std::vector<uint32_t> open_;
  size_t at_ = 0;
};

absl::Status Tape::Parse(std::string_view text, const Limits& limits) {
  nodes_.clear();
  text_ = text;
  if (text.size() >= UINT32_MAX) return absl::ResourceExhaustedError("JSON text over 4 GiB");
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    return absl::InvalidArgumentError("the text is not valid UTF-8");
  }
  return TapeParser(text, limits, &nodes_).Run();
}

Tape::ChildRange Tape::Children(const Node& parent) const {
  const uint32_t index = static_cast<uint32_t>(&parent - nodes_.data());
  const bool container = parent.kind == Kind::kObject || parent.kind == Kind::kArray;
  return {{&nodes_, container ? index + 1 : parent.next}, {&nodes_, parent.next}};
}

std::string_view Tape::String(const Node& node, std::string* scratch) const {
  const std::string_view raw = RawString(node);
  if (!node.escaped) return raw;
  scratch->clear();
  Unescape(raw, scratch);
  return *scratch;
}

std::string Tape::Key(const Node& member) const {
  const std::string_view raw = text_.substr(member.key_begin, member.key_end - member.key_begin);
  if (!member.key_escaped) return std::string(raw);
  std::string key;
  Unescape(raw, &key);
  return key;
}

bool Tape::KeyIs(const Node& member, std::string_view key) const {
  if (member.key_escaped) return Key(member) == key;
  return text_.substr(member.key_begin, member.key_end - member.key_begin) == key;
}

const Node* Tape::Find(const Node& object, std::string_view key) const {
  const Node* found = nullptr;
  if (object.kind != Kind::kObject) return found;
  for (const Node& member : Children(object)) {
    if (KeyIs(member, key)) found = &member;
  }
  return found;
}

int Tape::CountKey(const Node& object, std::string_view key) const {
  int count = 0;
  for (const Node& member : Children(object)) count += KeyIs(member, key) ? 1 : 0;
  return count;
}

int64_t Tape::Integer(const Node& node) const {
  const std::string_view raw = Raw(node);
  if (node.kind != Kind::kNumber || raw.empty() || raw.size() > 16) return -1;
  int64_t value = 0;
  for (char c : raw) {
    if (!IsDigit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  return value <= (int64_t{1} << 53) ? value : -1;
}

}  // namespace portcullis::json
