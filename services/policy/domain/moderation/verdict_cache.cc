#include "services/policy/domain/moderation/verdict_cache.h"

#include <iterator>

#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"

namespace portcullis::policy {

std::string VerdictCache::KeyOf(const ModerationService& service, std::string_view text) const {
  crypto::Sha256 hasher;
  const std::string provider = base::StrCat(static_cast<int>(service.provider));
  for (const std::string_view field :
       {std::string_view(key_), std::string_view(provider), std::string_view(service.endpoint),
        std::string_view(service.model), std::string_view(service.prompt),
        std::string_view(service.language)}) {
    hasher.Update(base::StrCat(field.size(), ":"));
    hasher.Update(field);
  }
  hasher.Update(text);
  const crypto::Digest digest = hasher.Finish();
  return {digest.begin(), digest.end()};
}

std::optional<TextScores> VerdictCache::Find(const std::string& key, std::chrono::milliseconds ttl) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  if (clock_.Monotonic() - found->second->at >= ttl) {
    Drop(found->second);
    return std::nullopt;
  }
  order_.splice(order_.begin(), order_, found->second);
  return found->second->scores;
}

void VerdictCache::Put(const std::string& key, TextScores scores, size_t entries) {
  if (const auto found = entries_.find(key); found != entries_.end()) Drop(found->second);
  if (entries > 0) {
    order_.push_front({key, std::move(scores), clock_.Monotonic()});
    entries_[key] = order_.begin();
  }
  while (entries_.size() > entries) Drop(std::prev(order_.end()));
}

void VerdictCache::Drop(Order::iterator entry) {
  entries_.erase(entry->key);
  order_.erase(entry);
}

}  // namespace portcullis::policy
