#include "libs/text/folder.h"

#include <algorithm>

#include "libs/text/utf8.h"

namespace portcullis::text {
namespace {

bool IsAsciiLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Zero-width space, non-joiner, joiner, word joiner, byte order mark, soft hyphen.
bool IsZeroWidth(char32_t c) {
  return (c >= 0x200B && c <= 0x200D) || c == 0x2060 || c == 0xFEFF || c == 0x00AD;
}

constexpr char32_t kBlackFlag = 0x1F3F4;
constexpr std::string_view kBreak("\0", 1);

}  // namespace

void CodePointFolder::Same(std::string_view ascii, FoldedText* out) {
  if (hidden_ != nullptr) {
    if (zero_width_ && IsAsciiLetter(last_) && IsAsciiLetter(ascii[0])) ++hidden_->inside_words;
    last_ = ascii.back();
    zero_width_ = after_flag_ = false;
  }
  invisible_run_ = 0;
  out->AppendSame(ascii);
}

void CodePointFolder::Drop(char32_t code_point, uint32_t raw_length, FoldedText* out) {
  ++invisible_run_;
  out->AppendUnit(invisible_run_ == kMaxInvisibleRun + 1 ? kBreak : std::string_view(), raw_length);
  if (hidden_ == nullptr) return;
  hidden_->longest_run = std::max(hidden_->longest_run, invisible_run_);
  zero_width_ = zero_width_ || IsZeroWidth(code_point);
  if (code_point >= 0xE0020 && code_point <= 0xE007E && !after_flag_) {
    hidden_->tags += static_cast<char>(code_point - 0xE0000);
  }
}

void CodePointFolder::Fold(char32_t code_point, uint32_t raw_length, FoldedText* out) {
  const FoldTable::Entry entry = table_->Find(code_point);
  if (entry.kind == FoldTable::Kind::kDropped) return Drop(code_point, raw_length, out);
  invisible_run_ = 0;
  zero_width_ = false;
  last_ = ' ';
  after_flag_ = code_point == kBlackFlag;
  if (entry.kind == FoldTable::Kind::kReplaced) return out->AppendUnit(entry.replacement, raw_length);
  std::string same;
  AppendUtf8(code_point, &same);
  if (same.size() == raw_length) return out->AppendSame(same);
  out->AppendUnit(same, raw_length);
}

void TextFolder::Feed(std::string_view raw, bool last, FoldedText* out) {
  if (waiting_.empty()) {
    waiting_ = raw.substr(FoldAll(raw, last, out));
    return;
  }
  waiting_ += raw;
  const std::string all = std::move(waiting_);
  waiting_ = std::string_view(all).substr(FoldAll(all, last, out));
}

size_t TextFolder::FoldAll(std::string_view raw, bool last, FoldedText* out) {
  size_t at = 0;
  while (at < raw.size()) {
    const std::string_view rest = raw.substr(at);
    if (const size_t ascii = AsciiPrefix(rest); ascii > 0) {
      code_points_.Same(rest.substr(0, ascii), out);
      at += ascii;
      continue;
    }
    const CodePoint next = DecodeUtf8(rest);
    if (next.status == Utf8Status::kIncomplete && !last) break;
    if (next.status == Utf8Status::kValid) {
      code_points_.Fold(next.value, next.length, out);
    } else {
      out->AppendUnit(kBreak, next.length);
    }
    at += next.length;
  }
  return at;
}

std::string FoldWhole(std::string_view raw, const FoldTable& table) {
  FoldedText folded;
  TextFolder(&table).Feed(raw, true, &folded);
  return std::string(folded.bytes());
}

}  // namespace portcullis::text
