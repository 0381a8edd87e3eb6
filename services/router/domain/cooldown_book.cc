#include "services/router/domain/cooldown_book.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"

namespace portcullis::router {
namespace {

using std::chrono::milliseconds;

constexpr size_t kFingerprintDigits = 16;
// What an exchange's way and rounding may take from a time without its being another one.
constexpr milliseconds kSlack{500};

constexpr CooldownKind kKinds[] = {CooldownKind::kKeyRefused, CooldownKind::kKeyLimited,
                                   CooldownKind::kTarget};

std::string_view KindName(CooldownKind kind) {
  switch (kind) {
    case CooldownKind::kKeyRefused:
      return "refused";
    case CooldownKind::kKeyLimited:
      return "limited";
    case CooldownKind::kTarget:
      break;
  }
  return "target";
}

std::string Fingerprint(std::string_view key) {
  return crypto::Hex(crypto::Sha256Of(key)).substr(0, kFingerprintDigits);
}

std::string NameOf(CooldownKind kind, std::string_view fingerprint, std::string_view target) {
  return base::StrCat(KindName(kind), ":", fingerprint, ":", target);
}

}  // namespace

CooldownBook::CooldownBook(const TargetTable& targets, const base::Clock& clock,
                           std::function<void()> on_post)
    : targets_(targets), clock_(clock), on_post_(std::move(on_post)) {
  for (uint32_t i = 0; i < targets.size(); ++i) {
    const TargetOptions& target = targets[i]->options();
    std::vector<std::string>& prints = fingerprints_.emplace_back();
    for (const TargetKey& key : target.keys) prints.push_back(Fingerprint(key.value));
    if (prints.empty()) prints.push_back(Fingerprint(target.api_key));
    for (uint32_t key = 0; key < prints.size(); ++key) {
      for (const CooldownKind kind : kKinds) {
        places_.emplace(NameOf(kind, prints[key], target.id), Place{kind, i, key});
      }
    }
  }
}

void CooldownBook::Post(std::string name, base::MonotonicTime over) {
  {
    const std::lock_guard lock(mutex_);
    posts_[std::move(name)] = over;
  }
  on_post_();
}

void CooldownBook::Tell(const Cooldown& cooldown) {
  const std::string& fingerprint = fingerprints_[cooldown.target].at(cooldown.key);
  Post(NameOf(cooldown.kind, fingerprint, targets_[cooldown.target]->options().id),
       clock_.Monotonic() + cooldown.time);
}

void CooldownBook::TellOver(uint32_t target, uint32_t key) {
  for (const CooldownKind kind : {CooldownKind::kKeyRefused, CooldownKind::kKeyLimited}) {
    Post(NameOf(kind, fingerprints_[target].at(key), targets_[target]->options().id), clock_.Monotonic());
  }
}

std::vector<CooldownPost> CooldownBook::TakePosts() {
  Times taken;
  {
    const std::lock_guard lock(mutex_);
    taken = std::exchange(posts_, {});
  }
  const base::MonotonicTime now = clock_.Monotonic();
  std::vector<CooldownPost> posts;
  for (const auto& [name, over] : taken) {
    const auto remaining = std::max(std::chrono::ceil<milliseconds>(over - now), milliseconds(0));
    posts.push_back({name, remaining});
    if (remaining.count() > 0) {
      seen_[name] = over;  // applied here already
    } else {
      seen_.erase(name);
    }
  }
  return posts;
}

void CooldownBook::PutBack(const std::vector<CooldownPost>& posts) {
  const base::MonotonicTime now = clock_.Monotonic();
  const std::lock_guard lock(mutex_);
  for (const CooldownPost& post : posts) posts_.emplace(post.name, now + post.remaining);
}

size_t CooldownBook::Learn(const std::vector<CooldownPost>& all) {
  const base::MonotonicTime now = clock_.Monotonic();
  size_t applied = 0;
  for (const CooldownPost& post : all) applied += Apply(post, now) ? 1 : 0;
  ApplyRemovals(all, now);
  return applied;
}

bool CooldownBook::Apply(const CooldownPost& post, base::MonotonicTime now) {
  const auto place = places_.find(post.name);
  if (place == places_.end() || post.remaining.count() <= 0) return false;
  const base::MonotonicTime over = now + post.remaining;
  const auto known = seen_.find(post.name);
  if (known != seen_.end() && over < known->second + kSlack) return false;
  seen_[post.name] = over;
  const Place& at = place->second;
  targets_[at.target]->ApplyCooldown({at.kind, at.target, at.key, post.remaining}, now);
  return true;
}

// A key's cool-down that is gone before its time was taken back by a replica where the key has worked.
void CooldownBook::ApplyRemovals(const std::vector<CooldownPost>& all, base::MonotonicTime now) {
  std::unordered_set<std::string_view> standing;
  for (const CooldownPost& post : all) standing.insert(post.name);
  absl::erase_if(seen_, [&](const auto& entry) {
    const auto& [name, over] = entry;
    if (standing.contains(name)) return false;
    const Place& at = places_.at(name);
    if (over > now + kSlack && at.kind != CooldownKind::kTarget) targets_[at.target]->keys().Worked(at.key);
    return true;
  });
}

}  // namespace portcullis::router
