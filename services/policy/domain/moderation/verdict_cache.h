// Scores of texts that were judged before. It keeps a keyed hash of a text, never the text.
#pragma once

#include <chrono>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "libs/base/clock.h"
#include "services/policy/domain/moderation/moderation_port.h"

namespace portcullis::policy {

// Holds the most recently used. Not thread-safe. `clock` outlives it.
class VerdictCache {
 public:
  // `key`: a secret of this process, so that hashes that leak say nothing of texts.
  VerdictCache(const base::Clock& clock, std::string key) : clock_(clock), key_(std::move(key)) {}

  // What is asked of whom: the texts of two services never meet.
  std::string KeyOf(const ModerationService& service, std::string_view text) const;

  std::optional<TextScores> Find(const std::string& key, std::chrono::milliseconds ttl);

  // Keeps at most `entries`; 0: none.
  void Put(const std::string& key, TextScores scores, size_t entries);

  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    TextScores scores;
    base::MonotonicTime at;
  };
  using Order = std::list<Entry>;

  void Drop(Order::iterator entry);

  const base::Clock& clock_;
  const std::string key_;
  Order order_;  // the most recently used first
  std::unordered_map<std::string, Order::iterator> entries_;
};

}  // namespace portcullis::policy
