#include "services/policy/domain/secrets/secret_shapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kPrivateKey = "PRIVATE KEY";
constexpr size_t kMaxPemLabel = 40;
constexpr size_t kMinPemBody = 60;
constexpr size_t kMinJwtPart = 10;
constexpr size_t kMaxUser = 64;
constexpr size_t kMaxName = 48;
constexpr size_t kMinPassword = 8;
constexpr size_t kMinToken = 16;

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool IsQuote(char c) { return c == '"' || c == '\'' || c == '`'; }
bool IsBase64Url(char c) { return IsAlnum(c) || c == '-' || c == '_'; }
bool IsNameByte(char c) { return IsAlnum(c) || c == '_' || c == '-' || c == '.'; }

// Base64, line ends (written out too: "\n"), the headers of encrypted keys.
bool IsPemByte(char c) {
  return IsAlnum(c) || IsSpace(c) || c == '+' || c == '/' || c == '=' || c == '-' || c == '\\' || c == ':' ||
         c == ',';
}

void Count(const Window& window, size_t steps) {
  if (window.steps != nullptr) *window.steps += steps;
}

MatchResult AtTextEnd(const Window& window) {
  return window.final ? MatchResult::None() : MatchResult::Open();
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), ToLower);
  return lower;
}

template <size_t N>
bool HoldsOneOf(const std::string& text, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

// Bits per character.
double Entropy(std::string_view text) {
  std::array<int, 256> counts{};
  for (const char c : text) ++counts[static_cast<uint8_t>(c)];
  double bits = 0;
  for (const int count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(text.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

struct Kinds {
  size_t lower = 0, upper = 0, digits = 0, signs = 0;
  bool hex = true;

  explicit Kinds(std::string_view text) {
    for (const char c : text) {
      lower += c >= 'a' && c <= 'z' ? 1 : 0;
      upper += c >= 'A' && c <= 'Z' ? 1 : 0;
      digits += IsDigit(c) ? 1 : 0;
      signs += IsAlnum(c) ? 0 : 1;
      hex = hex && IsHex(c);
    }
  }
  int count() const { return (lower > 0) + (upper > 0) + (digits > 0) + (signs > 0); }
};

bool IsUuid(std::string_view value) {
  if (value.size() != 36) return false;
  for (size_t i = 0; i < value.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? value[i] != '-' : !IsHex(value[i])) return false;
  }
  return true;
}

bool IsPlaceholder(std::string_view value) {
  static constexpr std::array<std::string_view, 16> kWords = {
      "example", "changeme", "change_me", "placeholder", "your",  "xxxx",   "redacted", "dummy",
      "sample",  "password", "passwd",    "secret",      "12345", "qwerty", "foobar",   "test"};
  return HoldsOneOf(Lower(value), kWords);
}

// What a name says of its value.
enum class NameKind : uint8_t { kNone, kPassword, kToken };

NameKind KindOfName(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kPasswords = {"password", "passwd", "passphrase", "pwd"};
  static constexpr std::array<std::string_view, 12> kTokens = {
      "secret",     "token",       "api_key",   "apikey",   "api-key", "access_key",
      "access-key", "private_key", "accesskey", "auth_key", "authkey", "credential"};
  static constexpr std::array<std::string_view, 22> kOthers = {
      "hash",   "sha1",   "sha2",   "sha5",    "md5",    "digest", "checksum", "integrity",
      "public", "pubkey", "finger", "length",  "expire", "count",  "regex",    "path",
      "file",   "url",    "uri",    "pattern", "format", "type"};
  const std::string lower = Lower(name);
  if (HoldsOneOf(lower, kOthers)) return NameKind::kNone;
  if (HoldsOneOf(lower, kPasswords)) return NameKind::kPassword;
  return HoldsOneOf(lower, kTokens) ? NameKind::kToken : NameKind::kNone;
}

// The name that the value at `position` is assigned to, and the quote that opens the value (0: none).
std::string_view NameBefore(std::string_view text, size_t position, char* quote) {
  size_t at = position;
  const size_t limit = position - std::min(position, kContextBytes);
  *quote = 0;
  if (at > limit && IsQuote(text[at - 1])) *quote = text[--at];
  for (int spaces = 0; at > limit && text[at - 1] == ' ' && spaces < 2; ++spaces) --at;
  if (at > limit && text[at - 1] == '>') --at;  // "=>"
  if (at == limit || (text[at - 1] != '=' && text[at - 1] != ':')) return {};
  --at;
  if (at > limit && text[at - 1] == ':') --at;  // ":="
  if (at > limit && (text[at - 1] == '=' || text[at - 1] == '!' || text[at - 1] == ':')) return {};
  for (int spaces = 0; at > limit && text[at - 1] == ' ' && spaces < 8; ++spaces) --at;
  if (at > limit && text[at - 1] == ']') --at;
  if (at > limit && IsQuote(text[at - 1])) --at;
  const size_t end = at;
  while (at > limit && IsNameByte(text[at - 1]) && end - at < kMaxName) --at;
  return text.substr(at, end - at);
}

bool IsPasswordByte(char c) {
  return !IsSpace(c) && !IsQuote(c) && static_cast<uint8_t>(c) > 0x20 && static_cast<uint8_t>(c) < 0x7F &&
         std::string_view("(){}[]<>;,\\|").find(c) == std::string_view::npos;
}

bool IsTokenByte(char c) {
  return IsBase64Url(c) || c == '+' || c == '/' || c == '=' || c == '.' || c == '~';
}

bool IsPassword(std::string_view value) {
  const Kinds kinds(value);
  if (value.size() < kMinPassword || value.size() > 64 || kinds.digits == 0 || kinds.signs == value.size())
    return false;
  if (value[0] == '$' || value[0] == '%' || value[0] == '/' || value[0] == '.' || value[0] == '-')
    return false;
  return kinds.count() >= 3 && kinds.lower > 0 && Entropy(value) >= 2.8 && !IsPlaceholder(value) &&
         !IsUuid(value);
}

}  // namespace

bool LooksRandom(std::string_view value) {
  const Kinds kinds(value);
  if (value.size() < kMinToken || IsUuid(value) || IsPlaceholder(value)) return false;
  if (kinds.digits < 2 || kinds.lower + kinds.upper < 2) return false;
  if (kinds.hex) return value.size() >= 32 && Entropy(value) >= 3.0;
  // Words with dashes, dots or slashes between are names and paths.
  if (kinds.signs * 6 > value.size() || kinds.digits * 20 < value.size()) return false;
  return kinds.count() >= 3 && kinds.lower > 0 && kinds.upper > 0 && Entropy(value) >= 3.5;
}

MatchResult MatchPrivateKey(const Window& window, size_t position) {
  const std::string_view text = window.text.substr(position, kMaxPemLength);
  const std::string_view begin = text.substr(0, kBegin.size());
  if (begin != kBegin.substr(0, begin.size())) return MatchResult::None();
  if (begin.size() < kBegin.size()) return AtTextEnd(window);
  const std::string_view label = text.substr(kBegin.size(), kMaxPemLabel);
  const size_t dashes = label.find("-----");
  if (dashes == std::string_view::npos)
    return label.size() < kMaxPemLabel ? AtTextEnd(window) : MatchResult::None();
  if (label.substr(0, dashes).find(kPrivateKey) == std::string_view::npos) return MatchResult::None();
  const size_t body = kBegin.size() + dashes + 5;
  size_t at = body;
  while (at < text.size() && IsPemByte(text[at])) {
    if (text[at] == '-' && text.substr(at, 8) == "-----END") {
      const std::string_view end = text.substr(at, 8 + kMaxPemLabel);
      const size_t close = end.find("-----", 8);
      if (close != std::string_view::npos) {
        at += close + 5;
      } else if (text.size() < kMaxPemLength && end.size() < 8 + kMaxPemLabel && !window.final) {
        Count(window, at);
        return MatchResult::Open();
      }
      break;
    }
    ++at;
  }
  Count(window, at);
  if (at == text.size() && text.size() < kMaxPemLength && !window.final) return MatchResult::Open();
  return at - body < kMinPemBody ? MatchResult::None() : MatchResult::Match(0, at);
}

MatchResult MatchJwt(const Window& window, size_t position) {
  const std::string_view text = window.text.substr(position, kMaxJwtLength);
  constexpr std::string_view kObject = "eyJ";  // {" in Base64
  size_t at = 0;
  for (int part = 0; part < 3; ++part) {
    const size_t begin = at;
    while (at < text.size() && IsBase64Url(text[at])) ++at;
    Count(window, at - begin + 1);
    const std::string_view read = text.substr(begin, at - begin);
    if (part < 2 && read.substr(0, 3) != kObject.substr(0, read.size())) return MatchResult::None();
    if (at == text.size() && text.size() < kMaxJwtLength && !window.final) return MatchResult::Open();
    if (part < 2 && read.size() < kMinJwtPart) return MatchResult::None();
    if (part < 2 && at < text.size() && text[at++] != '.') return MatchResult::None();
  }
  return MatchResult::Match(0, at);
}

MatchResult MatchConnectionPassword(const Window& window, size_t position) {
  const std::string_view text = window.text;
  if (position < 6 || text[position - 1] != ':') return MatchResult::None();
  size_t user = position - 1;
  while (user > 0 && position - user < kMaxUser && (IsNameByte(text[user - 1]) || text[user - 1] == '%'))
    --user;
  Count(window, position - user);
  if (user < 4 || text.substr(user - 3, 3) != "://" || !IsAlnum(text[user - 4])) return MatchResult::None();
  size_t at = position;
  while (at < text.size() && at - position < kMaxSecretValue && text[at] != '@' && text[at] != '/' &&
         IsPasswordByte(text[at]))
    ++at;
  Count(window, at - position);
  if (at == text.size() || (at + 1 == text.size() && !window.final)) return AtTextEnd(window);
  if (text[at] != '@' || at + 1 == text.size() || !IsAlnum(text[at + 1])) return MatchResult::None();
  const std::string_view password = text.substr(position, at - position);
  const Kinds kinds(password);
  const bool chosen = password.size() >= 6 && kinds.digits + kinds.signs > 0;
  if (!chosen || password[0] == '$' || password[0] == '%' || IsPlaceholder(password))
    return MatchResult::None();
  return MatchResult::Match(0, password.size());
}

MatchResult MatchAssignedSecret(const Window& window, size_t position) {
  const std::string_view text = window.text;
  char quote = 0;
  const std::string_view name = NameBefore(text, position, &quote);
  if (name.empty()) return MatchResult::None();
  const NameKind kind = KindOfName(name);
  Count(window, name.size() + 4);
  if (kind == NameKind::kNone) return MatchResult::None();
  size_t at = position;
  while (at < text.size() && at - position < kMaxSecretValue &&
         (kind == NameKind::kToken ? IsTokenByte(text[at]) : IsPasswordByte(text[at])))
    ++at;
  Count(window, at - position);
  if (at == text.size() && !window.final && at - position < kMaxSecretValue) return MatchResult::Open();
  const std::string_view value = text.substr(position, at - position);
  const char next = at < text.size() ? text[at] : '\n';
  const bool closed = quote != 0 ? next == quote
                                 : IsSpace(next) || next == ',' || next == ';' || next == '&' ||
                                       next == '}' || next == '\0' || IsQuote(next);
  if (!closed) return MatchResult::None();
  const bool secret =
      kind == NameKind::kPassword ? IsPassword(value) || LooksRandom(value) : LooksRandom(value);
  return secret ? MatchResult::Match(0, value.size()) : MatchResult::None();
}

}  // namespace portcullis::policy
