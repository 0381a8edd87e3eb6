#include "services/policy/domain/dlp/dlp_pattern.h"

#include <algorithm>
#include <unordered_map>

#include "libs/base/strings.h"
#include "services/policy/domain/dlp/dlp_syntax.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

constexpr size_t kMaxPatternBytes = 1000;

using Kind = DlpNode::Kind;

void AppendByte(size_t byte, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  *out += "\\x";
  *out += kHex[byte >> 4];
  *out += kHex[byte & 15];
}

void AppendSet(const ByteSet& set, std::string* out) {
  if (set.count() == 1) return AppendByte(set._Find_first(), out);
  *out += '[';
  for (size_t c = 0; c < 256; ++c) {
    if (!set[c]) continue;
    AppendByte(c, out);
    size_t end = c;
    while (end < 255 && set[end + 1]) ++end;
    if (end > c) {
      *out += '-';
      AppendByte(end, out);
    }
    c = end;
  }
  *out += ']';
}

void AppendNode(const DlpNode& node, std::string* out) {
  switch (node.kind) {
    case Kind::kBytes:
      return AppendSet(node.bytes, out);
    case Kind::kSequence:
    case Kind::kChoice:
      *out += "(?:";
      for (size_t i = 0; i < node.parts.size(); ++i) {
        if (i > 0 && node.kind == Kind::kChoice) *out += '|';
        AppendNode(node.parts[i], out);
      }
      *out += ')';
      return;
    case Kind::kRepeat:
      AppendNode(node.parts[0], out);
      *out += base::StrCat("{", node.min, ",");
      if (node.max != kUnboundedRepeat) *out += base::StrCat(node.max);
      *out += '}';
      return;
  }
}

}  // namespace

// Builds the automaton: every character of the pattern, with repeats written out, is a position.
class DlpCompiler {
 public:
  absl::StatusOr<DlpPattern> Run(const DlpSyntax& syntax) {
    const Piece whole = Build(syntax.root);
    if (too_large_) {
      return absl::InvalidArgumentError(
          base::StrCat("it is too large: with its repeats written out it has more than ", kMaxDlpPositions,
                       " characters"));
    }
    if (whole.min < kMinDlpLength) {
      return absl::InvalidArgumentError(
          base::StrCat("it can match fewer than ", kMinDlpLength, " characters"));
    }
    DlpPattern pattern;
    pattern.follow_.assign(follow_.begin(), follow_.end());
    pattern.start_ = whole.first;
    pattern.accept_ = whole.last;
    pattern.max_length_ = std::min(whole.max, kMaxDlpLength);
    pattern.word_start_ = syntax.word_start;
    pattern.word_end_ = syntax.word_end;
    AddClasses(&pattern);
    AppendNode(syntax.root, &pattern.trigger_);
    return pattern;
  }

 private:
  using Positions = DlpPattern::Positions;

  struct Piece {
    Positions first, last;
    size_t min = 0, max = 0;  // bytes
  };

  Piece Build(const DlpNode& node) {
    switch (node.kind) {
      case Kind::kBytes:
        return One(node.bytes);
      case Kind::kSequence: {
        Piece all;
        for (const DlpNode& part : node.parts) all = Join(all, Build(part));
        return all;
      }
      case Kind::kChoice: {
        Piece any = Build(node.parts[0]);
        for (size_t i = 1; i < node.parts.size(); ++i) {
          const Piece other = Build(node.parts[i]);
          any = {any.first | other.first, any.last | other.last, std::min(any.min, other.min),
                 std::max(any.max, other.max)};
        }
        return any;
      }
      case Kind::kRepeat:
        return Repeat(node);
    }
    return {};
  }

  Piece One(const ByteSet& bytes) {
    if (bytes_.size() == kMaxDlpPositions) {
      too_large_ = true;
      return {};
    }
    Piece piece;
    piece.first.set(bytes_.size());
    piece.last = piece.first;
    piece.min = piece.max = 1;
    bytes_.push_back(bytes);
    follow_.emplace_back();
    return piece;
  }

  void Link(const Positions& last, const Positions& first) {
    for (size_t p = last._Find_first(); p < kMaxDlpPositions; p = last._Find_next(p)) follow_[p] |= first;
  }

  Piece Join(const Piece& left, const Piece& right) {
    Link(left.last, right.first);
    Piece piece;
    piece.first = left.min == 0 ? left.first | right.first : left.first;
    piece.last = right.min == 0 ? left.last | right.last : right.last;
    piece.min = left.min + right.min;
    piece.max = std::min(left.max + right.max, kMaxDlpLength);
    return piece;
  }

  Piece Repeat(const DlpNode& node) {
    Piece all;
    const bool loops = node.max == kUnboundedRepeat;
    const size_t copies = loops ? std::max<size_t>(node.min, 1) : node.max;
    for (size_t i = 0; i < copies && !too_large_; ++i) {
      Piece one = Build(node.parts[0]);
      if (i >= node.min) one.min = 0;
      if (loops && i + 1 == copies) {
        Link(one.last, one.first);
        one.max = kMaxDlpLength;
      }
      all = Join(all, one);
    }
    return all;
  }

  void AddClasses(DlpPattern* pattern) const {
    std::unordered_map<Positions, uint8_t> classes;
    for (size_t c = 0; c < 256; ++c) {
      Positions taken;
      for (size_t p = 0; p < bytes_.size(); ++p) taken[p] = bytes_[p][c];
      const auto [found, is_new] = classes.try_emplace(taken, static_cast<uint8_t>(pattern->reach_.size()));
      if (is_new) pattern->reach_.push_back(taken);
      pattern->class_of_[c] = found->second;
      if ((taken & pattern->start_).any()) pattern->first_bytes_.set(c);
    }
  }

  std::vector<ByteSet> bytes_;  // by position
  std::vector<Positions> follow_;
  bool too_large_ = false;
};

absl::StatusOr<DlpPattern> DlpPattern::Parse(std::string_view pattern) {
  if (pattern.empty()) return absl::InvalidArgumentError("it is empty");
  if (pattern.size() > kMaxPatternBytes) {
    return absl::InvalidArgumentError(base::StrCat("it is longer than ", kMaxPatternBytes, " bytes"));
  }
  const auto syntax = ParseDlpSyntax(pattern);
  if (!syntax.ok()) return syntax.status();
  return DlpCompiler().Run(*syntax);
}

DlpPattern::Positions DlpPattern::Step(const Positions& active, uint8_t byte) const {
  Positions next;
  for (size_t p = active._Find_first(); p < kMaxDlpPositions; p = active._Find_next(p)) next |= follow_[p];
  return next & reach_[class_of_[byte]];
}

ByteSet DlpPattern::SecondAfter(uint8_t first) const {
  ByteSet out;
  const Positions active = start_ & reach_[class_of_[first]];
  for (size_t c = 0; c < 256; ++c) out[c] = Step(active, static_cast<uint8_t>(c)).any();
  return out;
}

MatchResult DlpPattern::At(const Window& window, size_t position) const {
  const std::string_view text = window.text;
  if (word_start_ && position > 0 && IsWordByte(text[position - 1]) && IsWordByte(text[position])) {
    return MatchResult::None();
  }
  MatchResult best;
  Positions active = start_ & reach_[class_of_[static_cast<uint8_t>(text[position])]];
  size_t at = position + 1;
  for (; active.any(); ++at) {
    const bool ends = (active & accept_).any();
    const bool may_grow = at - position < max_length_;
    if (at == text.size()) {
      if (!window.final && (may_grow || (ends && word_end_))) return MatchResult::Open();
      if (ends) best = MatchResult::Match(0, at - position);
      break;
    }
    const bool inside_word = word_end_ && IsWordByte(text[at]) && IsWordByte(text[at - 1]);
    if (ends && !inside_word) best = MatchResult::Match(0, at - position);
    if (!may_grow) break;
    active = Step(active, static_cast<uint8_t>(text[at]));
  }
  if (window.steps != nullptr) *window.steps += at - position;
  return best;
}

std::string DlpPatternProblem(std::string_view pattern) {
  const auto parsed = DlpPattern::Parse(pattern);
  return parsed.ok()
             ? std::string()
             : base::StrCat("is no pattern that runs in linear time: ", base::Message(parsed.status()));
}

}  // namespace portcullis::policy
