#include "services/policy/domain/sql/sql_matcher.h"

#include <algorithm>
#include <optional>

#include "libs/text/folded_text.h"
#include "services/policy/domain/scan/char_class.h"
#include "services/policy/domain/sql/sql_context.h"

namespace portcullis::policy {
namespace {

using Kind = SqlCondition::Kind;
using T = SqlToken::Kind;
using W = SqlWord;

constexpr int kMaxOpening = 8;
constexpr size_t kManyDigits = 6;  // of a number that makes a function take long
constexpr size_t kMaxUserName = 40;

bool IsQuote(char c) { return c == '\'' || c == '"' || c == '`'; }

// The search at one position.
class Search {
 public:
  Search(const Window& window, size_t position) : window_(window), position_(position) {}

  MatchResult Run() {
    const SqlChar first = SqlCharAt(window_, position_);
    if (first.unknown) return MatchResult::Open();
    SqlReader reader(window_, position_);
    if (IsQuote(first.value)) return AtQuote(reader, first);
    const SqlToken token = reader.Next();
    if (token.open()) return MatchResult::Open();
    if (token.kind == T::kWord) return AtWord(token, reader);
    if (token.Is(';')) return AtSemicolon(reader);
    if (token.Is('(')) return AtParenthesis(reader);
    return MatchResult::None();
  }

 private:
  MatchResult Match(SqlRule rule, size_t end) const {
    return MatchResult::Match(static_cast<uint16_t>(rule), end - position_);
  }
  MatchResult MatchUnlessStatement(SqlRule rule, size_t end) const {
    return InSqlStatement(window_, position_) ? MatchResult::None() : Match(rule, end);
  }

  SqlBreak broken() {
    if (!break_.has_value()) break_ = SqlBreakBefore(window_, position_);
    return *break_;
  }
  bool BreaksOut() { return broken() == SqlBreak::kBroken || broken() == SqlBreak::kNumber; }

  static SqlToken SkipOpening(SqlReader* reader) {
    SqlToken token = reader->Next();
    for (int i = 0; i < kMaxOpening && token.Is('('); ++i) token = reader->Next();
    return token;
  }

  MatchResult AtWord(const SqlToken& word, SqlReader reader) {
    switch (word.word) {
      case W::kAnd:
      case W::kOr:
      case W::kMatch:
      case W::kHaving:
        return Logic(word.word, reader);
      case W::kWhere:
        return BreaksOut() ? AddedWhere(reader) : MatchResult::None();
      case W::kAs:
        return BreaksOut() ? Alias(reader) : MatchResult::None();
      case W::kUnion:
        return Union(reader);
      case W::kGroup:
        return Group(reader);
      case W::kSelect:
        return Select(reader);
      case W::kCase:
        return Case(reader);
      case W::kFrom:
        return From(reader);
      case W::kDelay:
        return Delay(word, reader);
      case W::kIf:
        return BreaksOut() || broken() == SqlBreak::kStart ? Probe(reader) : MatchResult::None();
      case W::kProbe:
        return Probe(reader);
      case W::kIn:
        return BooleanMode(reader);
      case W::kWaitfor:
        return Waitfor(reader);
      case W::kProcedure:
        return Procedure(reader);
      case W::kInto:
        return Into(reader);
      default:
        return MatchResult::None();
    }
  }

  // "or 1=1", "and sleep(5)", "rlike (select ...)".
  MatchResult Logic(SqlWord word, const SqlReader& reader) {
    const SqlCondition condition = ReadSqlCondition(reader);
    switch (condition.kind) {
      case Kind::kNone:
        return MatchResult::None();
      case Kind::kOpen:
        return MatchResult::Open();
      case Kind::kDelays:
        return Match(SqlRule::kTimeDelay, condition.end);
      case Kind::kSame:
        if (word == W::kOr && !IsCode()) return Match(SqlRule::kTautology, condition.end);
        [[fallthrough]];
      case Kind::kConstants:
      case Kind::kComment:
        if (!BreaksOut() && broken() != SqlBreak::kStart) return MatchResult::None();
        if (word == W::kOr && broken() != SqlBreak::kStart) return Match(SqlRule::kTautology, condition.end);
        return MatchUnlessStatement(SqlRule::kTautology, condition.end);
      case Kind::kAsks:
        if (!BreaksOut()) return MatchResult::None();
        return MatchUnlessStatement(SqlRule::kBlind, condition.end);
    }
    return MatchResult::None();
  }

  // "||" and "&&" are signs of many languages.
  bool IsCode() const { return !IsLetter(SqlCharAt(window_, position_).value); }

  MatchResult AddedWhere(const SqlReader& reader) {
    const SqlCondition condition = ReadSqlCondition(reader);
    if (condition.kind == Kind::kOpen) return MatchResult::Open();
    if (condition.kind == Kind::kNone) return MatchResult::None();
    return MatchUnlessStatement(SqlRule::kTautology, condition.end);
  }

  // "1) as x where 1=1".
  MatchResult Alias(SqlReader reader) {
    const SqlToken name = reader.Next();
    if (name.open()) return MatchResult::Open();
    if (name.kind != T::kWord && name.kind != T::kNumber) return MatchResult::None();
    const SqlToken where = reader.Next();
    if (where.open()) return MatchResult::Open();
    return where.Is(W::kWhere) ? AddedWhere(reader) : MatchResult::None();
  }

  // "union all select null, ...".
  MatchResult Union(SqlReader reader) {
    SqlToken token = reader.Next();
    if (token.Is(W::kAll)) token = reader.Next();
    for (int i = 0; i < kMaxOpening && token.Is('('); ++i) token = reader.Next();
    if (token.open()) return MatchResult::Open();
    if (!token.Is(W::kSelect)) return MatchResult::None();
    if (BreaksOut() || broken() == SqlBreak::kStart) return MatchUnlessStatement(SqlRule::kUnion, token.end);
    const SqlToken first = SkipOpening(&reader);
    const SqlToken next = reader.Next();
    if (first.open() || next.open()) return MatchResult::Open();
    const bool list = next.Is(',') || next.Is(W::kFrom) || next.Is('(') || first.Is(W::kLiteral);
    return list ? MatchUnlessStatement(SqlRule::kUnion, token.end) : MatchResult::None();
  }

  // "order by 7" and the end of the value or a comment.
  MatchResult Group(SqlReader reader) {
    const SqlToken by = reader.Next();
    if (by.open()) return MatchResult::Open();
    if (!by.Is(W::kBy)) return MatchResult::None();
    SqlToken token = reader.Next();
    while (token.kind == T::kNumber || token.Is(',')) token = reader.Next();
    if (token.open()) return MatchResult::Open();
    const bool cut = token.kind == T::kComment || (token.kind == T::kEnd && token.begin > by.end);
    if (!cut || !BreaksOut()) return MatchResult::None();
    return MatchUnlessStatement(SqlRule::kOrderBy, token.end);
  }

  // "select sleep(5)", "select (case when (1=1)".
  MatchResult Select(SqlReader reader) {
    const SqlToken token = SkipOpening(&reader);
    if (token.open()) return MatchResult::Open();
    if (token.Is(W::kCase)) return Case(reader);
    if (!token.Is(W::kDelay)) return MatchResult::None();
    const SqlToken next = reader.Next();
    if (next.open()) return MatchResult::Open();
    return next.Is('(') ? Match(SqlRule::kTimeDelay, next.end) : MatchResult::None();
  }

  MatchResult Case(SqlReader reader) {
    const SqlToken when = reader.Next();
    if (when.open()) return MatchResult::Open();
    return when.Is(W::kWhen) ? ConstantCondition(reader) : MatchResult::None();
  }

  MatchResult ConstantCondition(const SqlReader& reader) {
    const SqlCondition condition = ReadSqlCondition(reader);
    if (condition.kind == Kind::kOpen) return MatchResult::Open();
    const bool constant = condition.kind == Kind::kSame || condition.kind == Kind::kConstants;
    return constant ? Match(SqlRule::kBlind, condition.end) : MatchResult::None();
  }

  // "from pg_sleep(5)".
  MatchResult From(SqlReader reader) {
    const SqlToken token = reader.Next();
    const SqlToken next = reader.Next();
    if (token.open() || next.open()) return MatchResult::Open();
    return token.Is(W::kDelay) && next.Is('(') ? Match(SqlRule::kTimeDelay, next.end) : MatchResult::None();
  }

  MatchResult Delay(const SqlToken& word, SqlReader reader) {
    const SqlToken next = reader.Next();
    if (next.open()) return MatchResult::Open();
    if (!next.Is('(')) return MatchResult::None();
    const SqlToken number = reader.Next();
    if (number.open()) return MatchResult::Open();
    const bool package = word.text.find('.') != word.text.npos;
    const bool long_lasting = number.kind == T::kNumber && number.text.size() >= kManyDigits;
    return package || long_lasting ? Match(SqlRule::kTimeDelay, number.end) : MatchResult::None();
  }

  // "elt(1=1,", "if(1=1", "extractvalue(1,concat(", "char(65)||char(66)", "regexp_substring(repeat(",
  // "generate_series(1,5000000)".
  MatchResult Probe(SqlReader reader) {
    const SqlToken open = reader.Next();
    if (open.open()) return MatchResult::Open();
    if (!open.Is('(')) return MatchResult::None();
    const MatchResult constant = ConstantCondition(reader);
    if (constant.outcome != MatchResult::Outcome::kNone) return constant;
    const SqlToken argument = reader.Next();
    const SqlToken after = reader.Next();
    const SqlToken next = reader.Next();
    if (argument.open() || after.open() || next.open()) return MatchResult::Open();
    if (argument.Is(W::kProbe) && argument.text.size() == 6 && next.Is(W::kProbe)) {
      return Match(SqlRule::kBlind, next.end);  // repeat(right(...
    }
    if (argument.kind != T::kNumber) return MatchResult::None();
    if (after.Is(',')) return ListOfNumbers(next, reader);
    const bool joins = after.Is(')') && (next.Is(W::kOr) || next.after_plus);
    if (!joins) return MatchResult::None();
    const SqlToken second = next.after_plus ? next : reader.Next();
    if (second.open()) return MatchResult::Open();
    return second.Is(W::kProbe) ? Match(SqlRule::kBlind, second.end) : MatchResult::None();
  }

  MatchResult ListOfNumbers(const SqlToken& second, SqlReader reader) {
    if (second.kind == T::kNumber && second.text.size() >= kManyDigits) {
      return Match(SqlRule::kTimeDelay, second.end);
    }
    const SqlToken next = reader.Next();
    if (next.open()) return MatchResult::Open();
    const bool asks = second.Is(W::kProbe) && next.Is('(');
    return asks ? MatchUnlessStatement(SqlRule::kBlind, next.end) : MatchResult::None();
  }

  // "x' in boolean mode)": breaks out of a full-text search.
  MatchResult BooleanMode(SqlReader reader) {
    const SqlToken boolean = reader.Next();
    const SqlToken mode = reader.Next();
    if (boolean.open() || mode.open()) return MatchResult::Open();
    if (!boolean.Is(W::kMode) || mode.text != "mode" || !BreaksOut()) return MatchResult::None();
    return MatchUnlessStatement(SqlRule::kBlind, mode.end);
  }

  MatchResult Waitfor(SqlReader reader) {
    const SqlToken delay = reader.Next();
    const SqlToken quote = reader.Next();
    if (delay.open() || quote.open()) return MatchResult::Open();
    if (delay.kind != T::kWord || quote.kind != T::kQuote) return MatchResult::None();
    return Match(SqlRule::kTimeDelay, quote.end);
  }

  MatchResult Procedure(SqlReader reader) {
    const SqlToken name = reader.Next();
    const SqlToken next = reader.Next();
    if (name.open() || next.open()) return MatchResult::Open();
    return name.Is(W::kProbe) && next.Is('(') ? Match(SqlRule::kBlind, next.end) : MatchResult::None();
  }

  MatchResult Into(SqlReader reader) {
    const SqlToken file = reader.Next();
    const SqlToken quote = reader.Next();
    if (file.open() || quote.open()) return MatchResult::Open();
    if (!file.Is(W::kOutfile) || quote.kind != T::kQuote) return MatchResult::None();
    return Match(SqlRule::kFileAccess, quote.end);
  }

  // "x'; drop table ...", "1; select pg_sleep(5)".
  MatchResult AtSemicolon(SqlReader reader) {
    if (!BreaksOut()) return MatchResult::None();
    const SqlToken verb = SkipOpening(&reader);
    if (verb.open()) return MatchResult::Open();
    if (!verb.Is(W::kVerb) && !verb.Is(W::kSelect) && !verb.Is(W::kIf)) return MatchResult::None();
    const SqlToken next = reader.Next();
    if (next.open()) return MatchResult::Open();
    if (verb.Is(W::kIf)) return StackedIf(next, reader);
    if (next.kind != T::kWord) {
      const bool asks = verb.Is(W::kSelect) && (next.kind == T::kNumber || next.Is('(') || next.Is('*'));
      return asks ? MatchUnlessStatement(SqlRule::kStacked, next.end) : MatchResult::None();
    }
    if (verb.Is(W::kSelect) && next.word != W::kOther)
      return MatchUnlessStatement(SqlRule::kStacked, next.end);
    const bool object = next.Is(W::kObject) || next.Is(W::kFrom) || next.Is(W::kInto) || next.text[0] == '@';
    if (object) return MatchUnlessStatement(SqlRule::kStacked, next.end);
    const SqlToken after = reader.Next();
    if (after.open()) return MatchResult::Open();
    const char first = ToLower(verb.text[0]);
    const bool calls =
        (first == 'e' || ToLower(verb.text[1]) == 'a') && after.Is('(');  // exec, execute, call
    const bool acts = verb.Is(W::kSelect) ? after.Is(',') || after.Is(W::kFrom) : after.Is(W::kSet) || calls;
    return acts ? MatchUnlessStatement(SqlRule::kStacked, after.end) : MatchResult::None();
  }

  // "'; if(1=1) ...".
  MatchResult StackedIf(const SqlToken& next, const SqlReader& reader) {
    if (!next.Is('(')) return MatchResult::None();
    const MatchResult constant = ConstantCondition(reader);
    if (!constant.matched()) return constant;
    return MatchUnlessStatement(SqlRule::kStacked, position_ + constant.length);
  }

  // "(3020=3020)*6703" as a whole value.
  MatchResult AtParenthesis(const SqlReader& reader) {
    if (broken() != SqlBreak::kStart) return MatchResult::None();
    return ConstantCondition(reader);
  }

  // "admin'--" and "'||(select ...".
  MatchResult AtQuote(SqlReader reader, const SqlChar& quote) {
    const SqlChar second = SqlCharAt(window_, position_ + quote.size);
    if (second.unknown) return MatchResult::Open();
    if (second.size == 0 || IsWordByte(second.value)) return MatchResult::None();
    reader.Next();
    SqlToken token = reader.Next();
    const bool joins = token.Is(W::kOr) || token.after_plus;
    if (joins) return Joined(token, reader);
    for (int i = 0; i < kMaxOpening && (token.Is(')') || token.Is(';')); ++i) token = reader.Next();
    if (token.open()) return MatchResult::Open();
    if (token.kind != T::kComment) return MatchResult::None();
    const SqlToken end = reader.Next();
    if (end.open()) return MatchResult::Open();
    if (end.kind != T::kEnd || !FollowsName()) return MatchResult::None();
    return Match(SqlRule::kComment, end.begin);
  }

  MatchResult Joined(SqlToken token, SqlReader reader) {
    if (!token.after_plus) token = reader.Next();
    const bool opens = token.Is('(');
    if (opens) token = SkipOpening(&reader);
    const SqlToken next = reader.Next();
    if (token.open() || next.open()) return MatchResult::Open();
    const bool asks = opens ? token.Is(W::kSelect) : token.word != W::kOther && next.Is('(');
    return asks ? MatchUnlessStatement(SqlRule::kBlind, token.end) : MatchResult::None();
  }

  // Whether all that stands before is one name: what a user would write into a form.
  bool FollowsName() const {
    const std::string_view text = window_.text;
    size_t at = position_;
    while (at > 0 && position_ - at < kMaxUserName && text[at - 1] > ' ' && text[at - 1] != '=' &&
           !IsQuote(text[at - 1]))
      --at;
    return at == 0 || text[at - 1] == text::kHardBreak || text[at - 1] == '=';
  }

  const Window& window_;
  size_t position_;
  std::optional<SqlBreak> break_;
};

// What a word that begins a match can begin with.
bool IsInitial(char c) {
  static constexpr std::string_view kInitials = "abcdefghilmoprsuvwx";
  return kInitials.find(ToLower(c)) != kInitials.npos;
}

}  // namespace

MatchResult SqlMatcher::At(const Window& window, size_t position) const {
  const MatchResult result = Search(window, position).Run();
  return result.matched() && !enabled_[result.rule] ? MatchResult::None() : result;
}

bool SqlMatcher::MayStart(char before, char first) const {
  if (IsLetter(first)) {
    return IsInitial(first) && !IsWordByte(before) && before != '_' && before != '.' && before != '$' &&
           before != '@';
  }
  return first == ';' || first == '(' || first == '|' || first == '&' || first == '%' || IsQuote(first);
}

// A match may also begin after an escaped sign, "%20or%201=1".
size_t SqlMatcher::NextStart(std::string_view text, size_t from, size_t until) const {
  char before = from == 0 ? ' ' : text[from - 1];
  for (; from < until; before = text[from++]) {
    if (MayStart(before, text[from])) return from;
    if (!IsLetter(text[from]) || from < 3) continue;
    if (IsDigit(before) && BeforeVersion(text, from) != from) return from;
    if (text[from - 3] == '%' && IsPercentEscape(text, from - 3)) return from;
  }
  return until;
}

// Every match holds one of these: a comparison, a call, a second statement, a comment, or a word of its own.
void SqlMatcher::AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) {
  const auto add = [&](std::string_view pattern, bool literal) {
    triggers->push_back({std::string(pattern), literal, lane, Trigger::Reach::kBytes, kMaxSqlLength + 3});
  };
  add("[=<>(;#]", false);
  add("%[23]", false);
  for (const char* text : {"--", "like", "between", "rlike", "regexp", "union", "order", "group", "boolean",
                           "waitfor", "outfile", "dumpfile"}) {
    add(text, true);
  }
}

}  // namespace portcullis::policy
