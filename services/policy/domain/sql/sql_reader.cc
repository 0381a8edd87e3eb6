#include "services/policy/domain/sql/sql_reader.h"

#include <algorithm>
#include <iterator>

#include "libs/text/folded_text.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

using Kind = SqlToken::Kind;
using W = SqlWord;

struct Known {
  std::string_view text;
  SqlWord word;
};

// Sorted by text. Words with a dot are looked up whole, then by what stands before their first dot.
constexpr Known kKnown[] = {
    {"all", W::kAll},
    {"all_users", W::kProbe},
    {"alter", W::kVerb},
    {"analyse", W::kProbe},
    {"and", W::kAnd},
    {"as", W::kAs},
    {"ascii", W::kProbe},
    {"benchmark", W::kDelay},
    {"between", W::kBetween},
    {"bin", W::kProbe},
    {"boolean", W::kMode},
    {"by", W::kBy},
    {"call", W::kVerb},
    {"case", W::kCase},
    {"cast", W::kProbe},
    {"char", W::kProbe},
    {"char_length", W::kProbe},
    {"chr", W::kProbe},
    {"column", W::kObject},
    {"concat", W::kProbe},
    {"convert", W::kProbe},
    {"count", W::kProbe},
    {"create", W::kVerb},
    {"ctxsys", W::kProbe},
    {"current_user", W::kProbe},
    {"database", W::kObject},
    {"dbms_lock", W::kDelay},
    {"dbms_pipe", W::kDelay},
    {"dbms_utility", W::kProbe},
    {"declare", W::kVerb},
    {"delete", W::kVerb},
    {"distinct", W::kAll},
    {"drop", W::kVerb},
    {"dumpfile", W::kOutfile},
    {"elt", W::kProbe},
    {"exec", W::kVerb},
    {"execute", W::kVerb},
    {"exists", W::kExists},
    {"exp", W::kProbe},
    {"extractvalue", W::kProbe},
    {"false", W::kLiteral},
    {"floor", W::kProbe},
    {"from", W::kFrom},
    {"function", W::kObject},
    {"generate_series", W::kProbe},
    {"group", W::kGroup},
    {"gtid_subset", W::kProbe},
    {"having", W::kHaving},
    {"hex", W::kProbe},
    {"if", W::kIf},
    {"iif", W::kProbe},
    {"in", W::kIn},
    {"index", W::kObject},
    {"information_schema", W::kProbe},
    {"insert", W::kVerb},
    {"instr", W::kProbe},
    {"into", W::kInto},
    {"json_keys", W::kProbe},
    {"length", W::kProbe},
    {"like", W::kCompare},
    {"load_file", W::kProbe},
    {"login", W::kObject},
    {"make_set", W::kProbe},
    {"master", W::kObject},
    {"md5", W::kProbe},
    {"mid", W::kProbe},
    {"not", W::kNot},
    {"null", W::kLiteral},
    {"or", W::kOr},
    {"ord", W::kProbe},
    {"order", W::kGroup},
    {"outfile", W::kOutfile},
    {"pg_sleep", W::kDelay},
    {"procedure", W::kProcedure},
    {"randomblob", W::kDelay},
    {"regexp", W::kMatch},
    {"regexp_substring", W::kProbe},
    {"repeat", W::kProbe},
    {"rlike", W::kMatch},
    {"role", W::kObject},
    {"row", W::kProbe},
    {"schema", W::kObject},
    {"select", W::kSelect},
    {"set", W::kSet},
    {"shutdown", W::kVerb},
    {"sleep", W::kDelay},
    {"sqlite_version", W::kProbe},
    {"strcmp", W::kProbe},
    {"substr", W::kProbe},
    {"substring", W::kProbe},
    {"sysusers", W::kProbe},
    {"table", W::kObject},
    {"trigger", W::kObject},
    {"true", W::kLiteral},
    {"truncate", W::kVerb},
    {"unhex", W::kProbe},
    {"union", W::kUnion},
    {"update", W::kVerb},
    {"updatexml", W::kProbe},
    {"upper", W::kProbe},
    {"user", W::kObject},
    {"user_lock", W::kDelay},
    {"utl_http", W::kProbe},
    {"utl_inaddr", W::kProbe},
    {"version", W::kProbe},
    {"view", W::kObject},
    {"waitfor", W::kWaitfor},
    {"when", W::kWhen},
    {"where", W::kWhere},
    {"xmltype", W::kProbe},
    {"xor", W::kOr},
    {"xp_cmdshell", W::kVerb},
};

constexpr bool IsSorted() {
  for (size_t i = 1; i < std::size(kKnown); ++i) {
    if (!(kKnown[i - 1].text < kKnown[i].text)) return false;
  }
  return true;
}
static_assert(IsSorted());

constexpr size_t kLongestKnown = 18;

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsQuote(char c) { return c == '\'' || c == '"' || c == '`'; }
bool IsWordPart(char c) { return IsWordByte(c) || c == '_' || c == '$' || c == '@' || c == '.'; }

int HexValue(char c) { return IsDigit(c) ? c - '0' : ToLower(c) - 'a' + 10; }
char Unescape(char high, char low) { return static_cast<char>(HexValue(high) * 16 + HexValue(low)); }

SqlWord Find(std::string_view lower) {
  const auto found =
      std::lower_bound(std::begin(kKnown), std::end(kKnown), lower,
                       [](const Known& known, std::string_view text) { return known.text < text; });
  return found != std::end(kKnown) && found->text == lower ? found->word : W::kOther;
}

// "12", "1.5", "0x7171": begins with a digit and holds none but digits of its kind.
bool IsNumber(std::string_view word) {
  if (!IsDigit(word[0])) return false;
  const bool hex = word.size() > 2 && word[0] == '0' && ToLower(word[1]) == 'x';
  return std::all_of(word.begin() + (hex ? 2 : 0), word.end(),
                     [&](char c) { return IsDigit(c) || (hex ? IsHex(c) : c == '.'); });
}

}  // namespace

SqlWord SqlWordOf(std::string_view word) {
  const size_t dot = word.find('.');
  if (dot != word.npos) {
    // Only packages and catalogues are known by what stands before the dot: "t.count" is a column.
    const SqlWord known = SqlWordOf(word.substr(0, dot));
    return known == W::kDelay || known == W::kProbe ? known : W::kOther;
  }
  if (word.size() > kLongestKnown) return W::kOther;
  char lower[kLongestKnown];
  std::transform(word.begin(), word.end(), lower, ToLower);
  return Find({lower, word.size()});
}

SqlChar SqlCharAt(const Window& window, size_t at) {
  const std::string_view text = window.text;
  if (at >= text.size()) return {0, 0, !window.final};
  if (text[at] != '%') return {text[at], 1, false};
  for (size_t i = 1; i <= 2; ++i) {
    if (at + i >= text.size()) return window.final ? SqlChar{'%', 1, false} : SqlChar{0, 0, true};
    if (!IsHex(text[at + i])) return {'%', 1, false};
  }
  return {Unescape(text[at + 1], text[at + 2]), 3, false};
}

SqlChar SqlCharBefore(std::string_view text, size_t at) {
  if (at == 0) return {};
  if (at >= 3 && IsPercentEscape(text, at - 3)) return {Unescape(text[at - 2], text[at - 1]), 3, false};
  return {text[at - 1], 1, false};
}

SqlToken SqlReader::Make(SqlToken::Kind kind, size_t begin) {
  SqlToken token;
  token.kind = kind;
  token.begin = begin;
  token.end = at_;
  if (window_->steps != nullptr) *window_->steps += at_ - begin + 1;
  return token;
}

// At "/*": to the end of the comment, or past "/*!" and a version number, whose text some databases run.
// False: the text ends before.
bool SqlReader::SkipComment() {
  const std::string_view text = window_->text;
  if (at_ + 2 < text.size() && text[at_ + 2] == '!') {
    at_ += 3;
    while (at_ < text.size() && IsDigit(text[at_])) ++at_;
    return true;
  }
  for (size_t at = at_ + 2; !TooLong(at); ++at) {
    if (at + 1 >= text.size()) break;
    if (text[at] == text::kHardBreak) break;
    if (text[at] != '*' || text[at + 1] != '/') continue;
    at_ = at + 2;
    return true;
  }
  const bool cut = !window_->final && at_ + kMaxSqlLength > text.size();
  if (!cut) at_ = std::min(text.size(), at_ + 2);  // a comment without end hides the rest
  return !cut;
}

bool SqlReader::SkipSpace() {
  const std::string_view text = window_->text;
  while (!TooLong(at_)) {
    const SqlChar next = SqlCharAt(*window_, at_);
    if (next.unknown) return false;
    if (next.size == 0) return true;
    if (next.value == '/' && next.size == 1) {
      if (at_ + 1 == text.size() && !window_->final) return false;
      if (at_ + 1 < text.size() && text[at_ + 1] == '*') {
        if (!SkipComment()) return false;
        continue;
      }
    }
    const bool star = next.value == '*' && next.size == 1;
    if (star && at_ + 1 == text.size() && !window_->final) return false;
    const bool comment_end = star && at_ + 1 < text.size() && text[at_ + 1] == '/';
    if (!IsSpace(next.value) && next.value != '+' && !comment_end) return true;
    plus_ = plus_ || next.value == '+';
    at_ += comment_end ? 2 : next.size;
  }
  return true;
}

SqlToken SqlReader::ReadWord(size_t begin) {
  const std::string_view text = window_->text;
  while (at_ < text.size() && IsWordPart(text[at_]) && !TooLong(at_)) ++at_;
  if (at_ == text.size() && !window_->final) return Make(Kind::kUnknown, begin);
  std::string_view word = text.substr(begin, at_ - begin);
  while (word.size() > 1 && word.back() == '.') word.remove_suffix(1);
  at_ = begin + word.size();
  SqlToken token = Make(IsNumber(word) ? Kind::kNumber : Kind::kWord, begin);
  token.text = word;
  if (token.kind == Kind::kWord) token.word = SqlWordOf(word);
  return token;
}

SqlToken SqlReader::ReadSign(size_t begin, SqlChar first) {
  at_ += first.size;
  const char c = first.value;
  if (IsQuote(c)) {
    SqlToken token = Make(Kind::kQuote, begin);
    token.sign = c;
    return token;
  }
  if (c == '#') return Make(Kind::kComment, begin);
  const bool compares = c == '=' || c == '<' || c == '>' || c == '!';
  if (compares || c == '-' || c == '|' || c == '&') {
    SqlChar next = SqlCharAt(*window_, at_);
    if (next.unknown) return Make(Kind::kUnknown, begin);
    if (c == '-' && next.value == '-' && next.size > 0) {
      at_ += next.size;
      return Make(Kind::kComment, begin);
    }
    const bool pair = next.size > 0 && (compares ? next.value == '=' || next.value == '>' : next.value == c);
    if (pair) at_ += next.size;
    if (compares && (c != '!' || pair)) return Make(Kind::kCompare, begin);
    if (pair && c != '-') {
      SqlToken token = Make(Kind::kWord, begin);
      token.word = c == '|' ? W::kOr : W::kAnd;
      token.text = window_->text.substr(begin, at_ - begin);
      return token;
    }
  }
  SqlToken token = Make(Kind::kSign, begin);
  token.sign = c;
  return token;
}

SqlToken SqlReader::Next() {
  plus_ = false;
  SqlToken token = ReadNext();
  token.after_plus = plus_;
  return token;
}

SqlToken SqlReader::ReadNext() {
  if (!SkipSpace()) return Make(Kind::kUnknown, at_);
  if (TooLong(at_)) return Make(Kind::kTooLong, at_);
  const SqlChar first = SqlCharAt(*window_, at_);
  if (first.unknown) return Make(Kind::kUnknown, at_);
  if (first.size == 0 || first.value == text::kHardBreak) return Make(Kind::kEnd, at_);
  if (first.size == 1 && (IsWordByte(first.value) || first.value == '_' || first.value == '@'))
    return ReadWord(at_);
  return ReadSign(at_, first);
}

bool SqlReader::SkipString(char quote, bool* open) {
  *open = false;
  const size_t limit = at_ + kMaxSqlString;
  while (at_ <= limit && !TooLong(at_)) {
    const SqlChar next = SqlCharAt(*window_, at_);
    *open = next.unknown;
    if (next.size == 0 || next.value == text::kHardBreak) return false;
    at_ += next.size;
    if (next.value == quote) return true;
  }
  return false;
}

}  // namespace portcullis::policy
