#include "services/policy/domain/sql/sql_condition.h"

#include <algorithm>

#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

using Kind = SqlCondition::Kind;
using T = SqlToken::Kind;
using W = SqlWord;

constexpr int kMaxOpening = 8;  // signs and words before an operand

// One side of a comparison.
struct Operand {
  enum class Form : uint8_t { kNone, kOpen, kConstant, kName, kAsks, kDelays };
  Form form = Form::kNone;
  std::string_view text;
  size_t end = 0;
  bool is_null = false;
};

class ConditionReader {
 public:
  explicit ConditionReader(const SqlReader& reader) : reader_(reader) {}

  SqlCondition Read() {
    const Operand left = ReadOperand();
    if (left.form == Operand::Form::kOpen) return {Kind::kOpen, 0};
    if (left.form == Operand::Form::kNone) return {};
    if (left.form == Operand::Form::kAsks) return {Kind::kAsks, left.end};
    if (left.form == Operand::Form::kDelays) return {Kind::kDelays, left.end};
    return Compare(left);
  }

 private:
  SqlCondition Compare(const Operand& left) {
    SqlToken sign = NextAfterParentheses();
    if (sign.open()) return {Kind::kOpen, 0};
    const bool constant = left.form == Operand::Form::kConstant;
    if (constant && sign.kind == T::kComment) return {Kind::kComment, sign.end};
    if (sign.Is(W::kNot)) sign = reader_.Next();
    if (sign.open()) return {Kind::kOpen, 0};
    const bool compares =
        sign.kind == T::kCompare || sign.Is(W::kCompare) || sign.Is(W::kMatch) || sign.Is(W::kBetween);
    if (!compares && !sign.Is(W::kIn)) return {};
    const Operand right = ReadOperand();
    switch (right.form) {
      case Operand::Form::kOpen:
        return {Kind::kOpen, 0};
      case Operand::Form::kAsks:
        return {Kind::kAsks, right.end};
      case Operand::Form::kDelays:
        return {Kind::kDelays, right.end};
      case Operand::Form::kConstant:
        if (!constant || !compares || right.is_null) return {};
        return {Same(left, right) ? Kind::kSame : Kind::kConstants, right.end};
      case Operand::Form::kName:
        return compares && !constant && Same(left, right) ? SqlCondition{Kind::kSame, right.end}
                                                          : SqlCondition{};
      case Operand::Form::kNone:
        break;
    }
    return {};
  }

  static bool Same(const Operand& left, const Operand& right) {
    // The closing quote of the second is often the application's own.
    return !left.text.empty() && left.text == right.text;
  }

  SqlToken NextAfterParentheses() {
    SqlToken token = reader_.Next();
    for (int i = 0; i < kMaxOpening && token.Is(')'); ++i) token = reader_.Next();
    return token;
  }

  Operand ReadOperand() {
    SqlToken token = reader_.Next();
    bool in_parentheses = false;
    for (int i = 0; i < kMaxOpening; ++i) {
      const bool opens = token.Is('(') || token.Is('-') || token.Is('~') || token.Is('!') ||
                         token.Is(W::kNot) || token.kind == T::kCompare;
      if (!opens || (token.kind == T::kCompare && i > 0)) break;
      in_parentheses = in_parentheses || token.Is('(');
      token = reader_.Next();
    }
    switch (token.kind) {
      case T::kUnknown:
        return {Operand::Form::kOpen};
      case T::kNumber:
        return {Operand::Form::kConstant, token.text, token.end};
      case T::kQuote:
        return ReadString(token);
      case T::kWord:
        return ReadName(token, in_parentheses);
      default:
        return {};
    }
  }

  Operand ReadString(const SqlToken& quote) {
    const size_t begin = reader_.at();
    SqlReader after = reader_;
    bool open = false;
    const bool closed = after.SkipString(quote.sign, &open);
    if (open) return {Operand::Form::kOpen};
    if (closed) {
      reader_ = after;
      return {Operand::Form::kConstant, reader_.Text(begin, after.at() - 1), after.at()};
    }
    // Without a closing quote it is a constant only if the value ends with it.
    SqlReader rest = reader_;
    SqlToken token = rest.Next();
    const size_t end = token.end;
    const std::string_view text = token.text;
    if (token.open()) return {Operand::Form::kOpen};
    if (token.kind == T::kEnd) return {Operand::Form::kConstant, {}, end};
    token = rest.Next();
    if (token.open()) return {Operand::Form::kOpen};
    if (token.kind != T::kEnd) return {};
    return {Operand::Form::kConstant, text, end};
  }

  Operand ReadName(const SqlToken& word, bool in_parentheses) {
    if (word.word == W::kLiteral) {
      return {Operand::Form::kConstant, word.text, word.end, ToLower(word.text[0]) == 'n'};
    }
    if (word.word == W::kSelect || word.word == W::kCase) {
      return {in_parentheses ? Operand::Form::kAsks : Operand::Form::kNone, {}, word.end};
    }
    SqlReader after = reader_;
    const SqlToken next = after.Next();
    if (next.open()) return {Operand::Form::kOpen};
    if (!next.Is('(')) return {Operand::Form::kName, word.text, word.end};
    if (word.word == W::kDelay) return {Operand::Form::kDelays, {}, next.end};
    const bool asks =
        word.word == W::kProbe || word.word == W::kExists || word.word == W::kObject || word.word == W::kIf;
    return {asks ? Operand::Form::kAsks : Operand::Form::kNone, {}, next.end};
  }

  SqlReader reader_;
};

}  // namespace

SqlCondition ReadSqlCondition(SqlReader reader) { return ConditionReader(reader).Read(); }

}  // namespace portcullis::policy
