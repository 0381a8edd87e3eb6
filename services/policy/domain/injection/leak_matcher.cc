#include "services/policy/domain/injection/leak_matcher.h"

#include <algorithm>

#include "libs/text/folded_text.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

// So many bytes of query or fragment are data and not a setting: nobody reads a link before it is clicked on,
// and nobody clicks on an image.
constexpr size_t kImageData = 12;
constexpr size_t kLinkData = 48;

bool EndsAddress(char c) {
  return static_cast<uint8_t>(c) <= ' ' || c == ')' || c == '>' || c == '"' || c == text::kHardBreak;
}

std::string_view HostOf(std::string_view address) {
  address.remove_prefix(address.find("//") + 2);
  address = address.substr(0, address.find_first_of("/?#"));
  const size_t at = address.rfind('@');
  if (at != address.npos) address.remove_prefix(at + 1);
  return address.substr(0, address.find(':'));
}

bool IsBelow(std::string_view host, std::string_view allowed) {
  if (host.size() < allowed.size()) return false;
  const std::string_view end = host.substr(host.size() - allowed.size());
  const bool same = std::equal(end.begin(), end.end(), allowed.begin(),
                               [](char a, char b) { return ToLower(a) == ToLower(b); });
  return same && (host.size() == allowed.size() || host[host.size() - allowed.size() - 1] == '.');
}

}  // namespace

LeakMatcher::LeakMatcher(bool links, std::vector<std::string> hosts, std::vector<std::string> canaries)
    : links_(links), hosts_(std::move(hosts)), canaries_(std::move(canaries)) {}

bool LeakMatcher::MayStart(char before, char first) const {
  if (links_ && (first == '!' || (first == '[' && before != '!'))) return true;
  return std::any_of(canaries_.begin(), canaries_.end(),
                     [&](const std::string& canary) { return canary[0] == first; });
}

MatchResult LeakMatcher::At(const Window& window, size_t position) const {
  BestMatch best;
  best.Add(MatchCanary(window, position));
  if (links_) best.Add(MatchImageOrLink(window, position));
  return best.result();
}

MatchResult LeakMatcher::MatchCanary(const Window& window, size_t position) const {
  const std::string_view text = window.text.substr(position);
  BestMatch best;
  for (const std::string& canary : canaries_) {
    const std::string_view begin = text.substr(0, canary.size());
    if (begin != std::string_view(canary).substr(0, begin.size())) continue;
    if (begin.size() == canary.size()) {
      best.Add(MatchResult::Match(static_cast<uint16_t>(LeakRule::kCanary), canary.size()));
    } else if (!window.final) {
      best.Add(MatchResult::Open());
    }
  }
  return best.result();
}

// "![text](https://host/path?data)" and the same without "!".
MatchResult LeakMatcher::MatchImageOrLink(const Window& window, size_t position) const {
  const std::string_view text = window.text;
  const auto none_or_open = [&](size_t at) {
    return at >= text.size() && !window.final ? MatchResult::Open() : MatchResult::None();
  };
  size_t at = position;
  const bool image = text[at] == '!';
  if (image) ++at;
  if (at >= text.size() || text[at] != '[') return none_or_open(at);
  const size_t end_of_text = std::min(text.size(), at + kMaxLinkText);
  while (at < end_of_text && text[at] != ']' && text[at] != '\n' && text[at] != text::kHardBreak) ++at;
  if (window.steps != nullptr) *window.steps += at - position;
  if (at >= text.size() || text[at] != ']') return none_or_open(at);
  if (++at >= text.size() || text[at] != '(') return none_or_open(at);
  ++at;
  if (at < text.size() && text[at] == '<') ++at;
  const size_t begin = at;
  const size_t limit = std::min(text.size(), position + kMaxLeakLength);
  while (at < limit && !EndsAddress(text[at])) ++at;
  if (window.steps != nullptr) *window.steps += at - begin;
  const std::string_view address = text.substr(begin, at - begin);
  const std::string_view scheme = address.substr(0, 4);
  if (scheme != std::string_view("http").substr(0, scheme.size())) return MatchResult::None();
  if (at == text.size() && at < position + kMaxLeakLength && !window.final) return MatchResult::Open();
  if (!CarriesData(address, image)) return MatchResult::None();
  if (at < limit && text[at] == '>') ++at;
  if (at == text.size() && at < position + kMaxLeakLength && !window.final) return MatchResult::Open();
  if (at < limit && text[at] == ')') ++at;
  return MatchResult::Match(static_cast<uint16_t>(image ? LeakRule::kImage : LeakRule::kLink), at - position);
}

bool LeakMatcher::CarriesData(std::string_view address, bool image) const {
  if (address.substr(0, 7) != "http://" && address.substr(0, 8) != "https://") return false;
  const std::string_view host = HostOf(address);
  if (std::any_of(hosts_.begin(), hosts_.end(), [&](const std::string& one) { return IsBelow(host, one); }))
    return false;
  const size_t query = address.find_first_of("?#");
  const size_t data = query == address.npos ? 0 : address.size() - query - 1;
  // Data may also be a long last part of the path, without the words of a file's name.
  const std::string_view last =
      address.substr(address.rfind('/') + 1).substr(0, query == address.npos ? address.npos : 0);
  const bool long_name = last.size() >= 4 * kImageData && last.find_first_of("-_. ") == last.npos;
  return data >= (image ? kImageData : kLinkData) || (image && long_name);
}

void LeakMatcher::AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const {
  for (const std::string& canary : canaries_)
    triggers->push_back({canary, true, lane, Trigger::Reach::kBytes, static_cast<uint32_t>(canary.size())});
  if (links_) triggers->push_back({"](", true, lane, Trigger::Reach::kBytes, kMaxLinkText + 4});
}

}  // namespace portcullis::policy
