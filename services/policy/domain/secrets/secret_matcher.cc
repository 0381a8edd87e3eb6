#include "services/policy/domain/secrets/secret_matcher.h"

#include <algorithm>
#include <bitset>

#include "services/policy/domain/scan/char_class.h"
#include "services/policy/domain/secrets/secret_shapes.h"

namespace portcullis::policy {
namespace {

// A body with fewer different characters is a placeholder: "sk_test_xxxxxxxx".
constexpr size_t kMinDifferent = 6;

bool IsOf(SecretChars chars, char c) {
  switch (chars) {
    case SecretChars::kHex:
      return IsHex(c);
    case SecretChars::kUpper:
      return IsDigit(c) || (c >= 'A' && c <= 'Z');
    case SecretChars::kAlnum:
      return IsAlnum(c);
    case SecretChars::kUrl:
      return IsAlnum(c) || c == '-' || c == '_';
    case SecretChars::kUrlDotted:
      return IsAlnum(c) || c == '-' || c == '_' || c == '.';
    case SecretChars::kBase64:
      return IsAlnum(c) || c == '+' || c == '/' || c == '=' || c == '-' || c == '_';
  }
  return false;
}

bool IsMadeUp(std::string_view body) {
  std::bitset<256> seen;
  for (const char c : body) seen.set(static_cast<uint8_t>(c));
  return seen.count() < kMinDifferent || body.find("EXAMPLE") != std::string_view::npos ||
         body.find("xxxx") != std::string_view::npos || body.find("XXXX") != std::string_view::npos;
}

// Long bodies of names with dashes are no keys: those hold digits.
bool HoldsDigit(std::string_view body) { return std::any_of(body.begin(), body.end(), IsDigit); }

}  // namespace

SecretMatcher::SecretMatcher(const std::vector<std::string_view>& off) : names_(SecretNames()) {
  reasons_.resize(names_.size());
  const auto wanted = [&](std::string_view name) {
    return std::find(off.begin(), off.end(), name) == off.end();
  };
  for (const SecretRule& rule : PrefixRules()) {
    const auto name = std::find(names_.begin(), names_.end(), rule.name) - names_.begin();
    reasons_[static_cast<size_t>(name)] = rule.reason;
    if (!wanted(rule.name)) continue;
    prefixes_[static_cast<uint8_t>(rule.prefix[0])].push_back({&rule, static_cast<uint16_t>(name)});
  }
  for (size_t i = 0; i < kSecretShapeCount; ++i) {
    shapes_[i] = wanted(kSecretShapes[i].name);
    reasons_[NumberOf(static_cast<SecretShape>(i))] = kSecretShapes[i].reason;
  }
}

uint16_t SecretMatcher::NumberOf(SecretShape shape) const {
  return static_cast<uint16_t>(names_.size() - kSecretShapeCount + static_cast<size_t>(shape));
}

// Keys begin words; values begin behind a sign that assigns them; private keys with dashes.
bool SecretMatcher::MayStart(char before, char first) const {
  if (IsAlnum(first)) return !IsAlnum(before) && before != '_';
  if (first == '-') return before != '-';
  return first > ' ' && (before == '"' || before == '\'' || before == '=' || before == ':' || before == '`');
}

size_t SecretMatcher::max_length() const { return kMaxPemLength; }

MatchResult SecretMatcher::At(const Window& window, size_t position) const {
  const char first = window.text[position];
  BestMatch best;
  for (const Prefix& prefix : prefixes_[static_cast<uint8_t>(first)])
    best.Add(MatchPrefix(prefix, window, position));
  if (first == '-') AddShape(SecretShape::kPrivateKey, MatchPrivateKey(window, position), &best);
  if (first == 'e') AddShape(SecretShape::kJwt, MatchJwt(window, position), &best);
  if (position > 0 && !IsAlnum(window.text[position - 1])) {
    AddShape(SecretShape::kConnectionString, MatchConnectionPassword(window, position), &best);
    AddShape(SecretShape::kAssignment, MatchAssignedSecret(window, position), &best);
  }
  return best.result();
}

void SecretMatcher::AddShape(SecretShape shape, MatchResult result, BestMatch* best) const {
  if (!Wants(shape)) return;
  result.rule = NumberOf(shape);
  best->Add(result);
}

MatchResult SecretMatcher::MatchPrefix(const Prefix& prefix, const Window& window, size_t position) const {
  const SecretRule& rule = *prefix.rule;
  const std::string_view text = window.text.substr(position, rule.prefix.size() + rule.max + 1u);
  const std::string_view begin = text.substr(0, rule.prefix.size());
  if (begin != rule.prefix.substr(0, begin.size())) return MatchResult::None();
  size_t at = begin.size();
  while (at < text.size() && IsOf(rule.chars, text[at])) ++at;
  if (window.steps != nullptr) *window.steps += at;
  if (position + at == window.text.size() && at <= rule.prefix.size() + rule.max && !window.final)
    return MatchResult::Open();
  std::string_view body = text.substr(begin.size(), at - begin.size());
  while (!body.empty() && (body.back() == '.' || body.back() == '-')) body.remove_suffix(1);
  if (begin.size() < rule.prefix.size() || body.size() < rule.min || body.size() > rule.max)
    return MatchResult::None();
  const bool goes_on = at < text.size() && (IsAlnum(text[at]) || text[at] == '_');
  if (goes_on || IsMadeUp(body) || !HoldsDigit(body)) return MatchResult::None();
  return MatchResult::Match(prefix.name, begin.size() + body.size());
}

void SecretMatcher::AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const {
  const auto before = [&](std::string_view text) {
    triggers->push_back(
        {std::string(text), true, lane, Trigger::Reach::kBytes, static_cast<uint32_t>(text.size())});
  };
  const auto after = [&](std::string_view text) {
    triggers->push_back({std::string(text), true, lane, Trigger::Reach::kFollows, kContextBytes});
  };
  for (const auto& prefixes : prefixes_) {
    for (const Prefix& prefix : prefixes) before(prefix.rule->prefix);
  }
  if (Wants(SecretShape::kPrivateKey)) before("-----BEGIN");
  if (Wants(SecretShape::kJwt)) before("eyJ");
  if (Wants(SecretShape::kConnectionString)) after("://");
  if (!Wants(SecretShape::kAssignment)) return;
  for (const char* name :
       {"password", "passwd", "passphrase", "pwd", "secret", "token", "api_key", "apikey", "api-key",
        "access_key", "access-key", "private_key", "accesskey", "auth_key", "authkey", "credential"}) {
    after(name);
  }
}

}  // namespace portcullis::policy
