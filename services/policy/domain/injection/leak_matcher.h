// What an answer must not carry out: images and links that hold data in their address, which a client fetches
// by itself, and canary tokens that stand in the system prompt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/policy/domain/scan/matcher.h"
#include "services/policy/domain/scan/prefilter.h"

namespace portcullis::policy {

enum class LeakRule : uint16_t { kImage, kLink, kCanary };

// Longer addresses are covered up to here; a link's text and its address never have more.
inline constexpr size_t kMaxLeakLength = 2048;
inline constexpr size_t kMaxLinkText = 128;

// Immutable.
class LeakMatcher final : public Matcher {
 public:
  // `hosts`: addresses at these hosts and below them carry nothing out. `canaries`: compared letter by
  // letter.
  LeakMatcher(bool links, std::vector<std::string> hosts, std::vector<std::string> canaries);

  MatchResult At(const Window& window, size_t position) const override;
  bool MayStart(char before, char first) const override;
  size_t max_length() const override { return kMaxLeakLength; }

  void AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const;

 private:
  MatchResult MatchCanary(const Window& window, size_t position) const;
  MatchResult MatchImageOrLink(const Window& window, size_t position) const;
  bool CarriesData(std::string_view address, bool image) const;

  bool links_;
  std::vector<std::string> hosts_;
  std::vector<std::string> canaries_;
};

}  // namespace portcullis::policy
