#include "services/policy/domain/sql/sql_context.h"

#include <algorithm>

#include "libs/text/folded_text.h"
#include "services/policy/domain/scan/char_class.h"
#include "services/policy/domain/scan/context.h"
#include "services/policy/domain/sql/sql_reader.h"

namespace portcullis::policy {
namespace {

// Reads backwards.
class Back {
 public:
  Back(const Window& window, size_t position)
      : window_(window), position_(position), limit_(position - std::min(position, kContextBytes - 4)) {}
  ~Back() {
    if (window_.steps != nullptr) *window_.steps += position_ - at_ + 1;
  }

  // The byte before; 0 at the start of the value, '?' where the reach ends.
  char Peek() {
    if (at_ <= limit_ && limit_ > 0) return '?';
    next_ = SqlCharBefore(window_.text, at_);
    return next_.size == 0 || next_.value == text::kHardBreak ? '\0' : next_.value;
  }
  void Take() { at_ -= next_.size; }

  void SkipSpace() {
    for (char c = Peek(); c == ' ' || (c >= '\t' && c <= '\r') || c == '+'; c = Peek()) Take();
  }
  bool EndsWithComment() const {
    return at_ >= 2 && window_.text[at_ - 1] == '/' && window_.text[at_ - 2] == '*';
  }

 private:
  const Window& window_;
  size_t position_;
  size_t limit_;
  size_t at_ = position_;
  SqlChar next_;
};

bool IsQuote(char c) { return c == '\'' || c == '"' || c == '`'; }

// Whether a number that is all of a value so far ends here: "-12", "id=12".
bool IsWholeNumber(Back* back) {
  while (IsDigit(back->Peek()) || back->Peek() == '.') back->Take();
  if (back->Peek() == '-') back->Take();
  const char before = back->Peek();
  return before == '\0' || before == '=' || before == ':' || before == '"' || before == '\'' ||
         before == '\n';
}

}  // namespace

size_t BeforeVersion(std::string_view text, size_t position) {
  constexpr size_t kMaxVersion = 6;
  size_t at = position;
  while (at > 0 && position - at < kMaxVersion && IsDigit(text[at - 1])) --at;
  return at >= 3 && text.substr(at - 3, 3) == "/*!" ? at - 3 : position;
}

SqlBreak SqlBreakBefore(const Window& window, size_t position) {
  Back back(window, BeforeVersion(window.text, position));
  back.SkipSpace();
  if (back.EndsWithComment()) {  // "1'/**/or": what stands before short comments
    for (int i = 0; i < 40 && back.Peek() != '\0' && back.Peek() != '?'; ++i) {
      const char c = back.Peek();
      back.Take();
      if (c == '/' && i > 0) break;
    }
    back.SkipSpace();
  }
  char c = back.Peek();
  if (c == '\0') return SqlBreak::kStart;
  bool closes = false;
  while (c == ')') {
    closes = true;
    back.Take();
    back.SkipSpace();
    c = back.Peek();
  }
  if (IsQuote(c)) return SqlBreak::kBroken;
  if (IsDigit(c))
    return IsWholeNumber(&back) ? (closes ? SqlBreak::kBroken : SqlBreak::kNumber) : SqlBreak::kNone;
  return closes && c == '\0' ? SqlBreak::kBroken : SqlBreak::kNone;
}

bool InSqlStatement(const Window& window, size_t position) {
  static constexpr std::string_view kWords[] = {"select", "from",  "insert", "update", "delete", "values",
                                                "create", "alter", "join",   "with",   "having"};
  const size_t reach = std::min(position, kContextBytes);
  const std::string_view before = window.text.substr(position - reach, reach);
  const size_t start = before.rfind(text::kHardBreak);
  return HasContextWord(window, position, start == before.npos ? reach : reach - start - 1, kWords);
}

}  // namespace portcullis::policy
