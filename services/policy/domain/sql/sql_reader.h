// SQL as an attacker writes it into a value, word by word: the text need not be whole statements, quotes need
// not match, percent escapes of web addresses are read as the byte they stand for, and comments count as
// spaces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

// A match never spans more bytes of folded text; a string between two quotes never more than the second.
inline constexpr size_t kMaxSqlLength = 256;
inline constexpr size_t kMaxSqlString = 40;

// What a word means to the rules.
enum class SqlWord : uint8_t {
  kOther,
  kAll,  // all, distinct
  kAnd,
  kAs,
  kBetween,
  kBy,
  kCase,
  kCompare,  // like: compares as "=" does
  kDelay,    // functions that wait or burn time
  kExists,
  kFrom,
  kGroup,  // order, group
  kHaving,
  kIf,
  kIn,
  kInto,
  kLiteral,  // true, false, null
  kMatch,    // rlike, regexp: join a condition to another as "and" does
  kMode,
  kNot,
  kObject,  // what a statement creates or destroys: table, database, ...
  kOr,
  kOutfile,
  kProbe,  // functions and views that attacks ask the database with
  kProcedure,
  kSelect,
  kSet,
  kUnion,
  kVerb,  // statements other than select
  kWaitfor,
  kWhen,
  kWhere,
};

struct SqlToken {
  enum class Kind : uint8_t {
    kEnd,      // of the value: a hard break or the end of the text
    kUnknown,  // the text ends here, and more may come
    kTooLong,  // the longest match ends here
    kNumber,
    kWord,
    kQuote,    // ' " `
    kCompare,  // = < > <= >= <> != <=>
    kComment,  // -- or #
    kSign,     // any other
  };

  Kind kind = Kind::kEnd;
  SqlWord word = SqlWord::kOther;
  char sign = 0;            // of kQuote and kSign
  bool after_plus = false;  // a "+" stands before: a space of web addresses, or joins two strings
  size_t begin = 0;
  size_t end = 0;
  std::string_view text;  // of kNumber and kWord

  bool Is(SqlWord wanted) const { return kind == Kind::kWord && word == wanted; }
  bool Is(char wanted) const { return kind == Kind::kSign && sign == wanted; }
  bool open() const { return kind == Kind::kUnknown; }
};

// What the byte at `at` stands for ("%27" is a quote), and how many bytes that takes. size 0: nothing is
// there, or, if `unknown`, not yet.
struct SqlChar {
  char value = 0;
  uint8_t size = 0;
  bool unknown = false;
};
SqlChar SqlCharAt(const Window& window, size_t at);

// The byte before `at`, read the same way; size 0 at the start.
SqlChar SqlCharBefore(std::string_view text, size_t at);

SqlWord SqlWordOf(std::string_view word);

// Reads on from a position; a copy remembers where it was.
class SqlReader {
 public:
  SqlReader(const Window& window, size_t position) : window_(&window), begin_(position), at_(position) {}

  SqlToken Next();

  // Reads to the closing quote. False if none comes near; *open: it may still come.
  bool SkipString(char quote, bool* open);

  // The bytes between two positions that were read.
  std::string_view Text(size_t begin, size_t end) const { return window_->text.substr(begin, end - begin); }

  size_t at() const { return at_; }
  size_t length() const { return at_ - begin_; }

 private:
  SqlToken Make(SqlToken::Kind kind, size_t begin);
  SqlToken ReadNext();
  bool SkipSpace();
  bool SkipComment();
  SqlToken ReadWord(size_t begin);
  SqlToken ReadSign(size_t begin, SqlChar first);
  bool TooLong(size_t at) const { return at - begin_ >= kMaxSqlLength; }

  const Window* window_;
  size_t begin_;
  size_t at_;
  bool plus_ = false;
};

}  // namespace portcullis::policy
