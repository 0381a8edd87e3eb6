// What stands for personal data within one exchange, and the way back: the model sees "<EMAIL_1>", the client
// gets its text again. Nothing of it outlives the exchange.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

// So many values of an exchange get a token; more are replaced by their labels.
inline constexpr size_t kMaxPseudonyms = 20'000;
inline constexpr size_t kMaxTokenLength = 48;

// One per exchange. Not thread-safe. The values are overwritten when it is destroyed.
class Pseudonyms {
 public:
  Pseudonyms() = default;
  ~Pseudonyms();
  Pseudonyms(const Pseudonyms&) = delete;
  Pseudonyms& operator=(const Pseudonyms&) = delete;

  // The token for a value: "<LABEL_n>", numbered per label in the order of first use. `folded` tells values
  // apart, `raw` is what comes back. Empty when there are too many.
  std::string TokenFor(std::string_view label, std::string_view folded, std::string_view raw);

  // What a token stands for, in any case of letters; null if this exchange gave out no such token. Valid as
  // long as this object.
  const std::string* Original(std::string_view token) const;

  bool empty() const { return entries_.empty(); }

  // The key of fake values, made when first asked for: 32 hex digits.
  const std::string& Key();

 private:
  struct Entry {
    std::string folded, raw;
  };

  std::deque<Entry> entries_;                                      // stay where they are
  std::unordered_map<std::string, std::string> tokens_by_digest_;  // of label and value
  std::unordered_map<std::string, const Entry*> entries_by_token_;
  std::map<std::string, uint32_t, std::less<>> last_numbers_;
  std::string key_;
};

// Finds what looks like a token.
class TokenMatcher final : public Matcher {
 public:
  MatchResult At(const Window& window, size_t position) const override;
  bool MayStart(char, char first) const override { return first == '<'; }
  size_t max_length() const override { return kMaxTokenLength; }
};

}  // namespace portcullis::policy
