#include "services/policy/domain/pii/pseudonyms.h"

#include <algorithm>

#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

constexpr size_t kMaxDigits = 6;
constexpr size_t kKeyBytes = 16;

// Not left out by the compiler, although nothing reads it any more.
void Wipe(std::string& text) {
  volatile char* bytes = text.data();
  for (size_t i = 0; i < text.size(); ++i) bytes[i] = 0;
}

std::string DigestOf(std::string_view label, std::string_view value) {
  return crypto::Hex(crypto::Sha256Of(base::StrCat(label, "\n", value)));
}

}  // namespace

Pseudonyms::~Pseudonyms() {
  for (Entry& entry : entries_) {
    Wipe(entry.folded);
    Wipe(entry.raw);
  }
  Wipe(key_);
}

std::string Pseudonyms::TokenFor(std::string_view label, std::string_view folded, std::string_view raw) {
  std::string digest = DigestOf(label, folded);
  const auto known = tokens_by_digest_.find(digest);
  if (known != tokens_by_digest_.end()) return known->second;
  if (entries_.size() == kMaxPseudonyms) return {};
  std::string& token = tokens_by_digest_[std::move(digest)];
  token = base::StrCat("<", label, "_", ++last_numbers_[std::string(label)], ">");
  entries_.push_back({std::string(folded), std::string(raw)});
  entries_by_token_[token] = &entries_.back();
  return token;
}

const std::string* Pseudonyms::Original(std::string_view token) const {
  std::string upper(token);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const auto found = entries_by_token_.find(upper);
  return found == entries_by_token_.end() ? nullptr : &found->second->raw;
}

const std::string& Pseudonyms::Key() {
  if (key_.empty()) key_ = crypto::RandomHex(kKeyBytes);
  return key_;
}

// "<", words with "_" between, "_", digits, ">".
MatchResult TokenMatcher::At(const Window& window, size_t position) const {
  const std::string_view text = window.text;
  size_t at = position + 1;
  size_t digits = 0;
  for (; at < text.size() && at - position < kMaxTokenLength; ++at) {
    const char c = text[at];
    if (c == '>') break;
    if (IsDigit(c)) {
      ++digits;
    } else if (IsLetter(c) || c == '_') {
      digits = 0;
    } else {
      break;
    }
  }
  if (window.steps != nullptr) *window.steps += at - position + 1;
  if (at == text.size() && at - position < kMaxTokenLength)
    return window.final ? MatchResult::None() : MatchResult::Open();
  if (at - position >= kMaxTokenLength || text[at] != '>' || digits == 0 || digits > kMaxDigits)
    return MatchResult::None();
  return MatchResult::Match(0, at + 1 - position);
}

}  // namespace portcullis::policy
