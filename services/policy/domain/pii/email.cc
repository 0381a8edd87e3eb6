#include "services/policy/domain/pii/email.h"

#include <algorithm>
#include <array>
#include <string>

#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

constexpr size_t kMaxLocalPart = 64;
constexpr size_t kMaxLabel = 63;
constexpr std::string_view kEscapedAt = "%40";  // "@" in addresses of the web

// "logo@2x.png" is a file.
constexpr std::array<std::string_view, 16> kFileEndings = {"png", "jpg",  "jpeg", "gif", "svg",  "webp",
                                                           "js",  "mjs",  "css",  "tsx", "html", "json",
                                                           "xml", "yaml", "txt",  "pdf"};

bool IsTopLevel(std::string_view label) {
  if (label.size() > 4 && label.substr(0, 4) == "xn--") return true;
  if (label.size() < 2 || label.size() > 24) return false;
  if (!std::all_of(label.begin(), label.end(), IsLetter)) return false;
  std::string lower(label);
  std::transform(lower.begin(), lower.end(), lower.begin(), ToLower);
  return std::find(kFileEndings.begin(), kFileEndings.end(), lower) == kFileEndings.end();
}

// The part of a label before its first "-": what remains when a dash follows the address.
std::string_view BeforeDash(std::string_view label) { return label.substr(0, label.find('-')); }

bool IsLabelByte(char c) { return IsAlnum(c) || c == '-'; }

// The domain from `at` on: its end, 0 if there is none, or npos if the text ends too early to know.
size_t DomainEnd(const Window& window, size_t at, size_t limit) {
  const std::string_view text = window.text;
  size_t best = 0;
  for (size_t labels = 1;; ++labels) {
    size_t end = at;
    while (end < text.size() && end < limit && end - at <= kMaxLabel && IsLabelByte(text[end])) ++end;
    if (end - at > kMaxLabel || end >= limit) return 0;
    if (end == text.size() && !window.final) return std::string_view::npos;
    const std::string_view label = text.substr(at, end - at);
    if (label.empty() || label[0] == '-') return best;
    if (labels > 1 && IsTopLevel(label)) best = end;
    if (labels > 1 && IsTopLevel(BeforeDash(label)) && best != end) best = at + BeforeDash(label).size();
    if (end == text.size() || text[end] != '.') return best;
    if (end + 1 == text.size()) return window.final ? best : std::string_view::npos;
    at = end + 1;
  }
}

}  // namespace

MatchResult MatchEmail(const Window& window, size_t position) {
  const std::string_view text = window.text;
  const size_t limit = position + kMaxEmailLength;
  size_t at = position;
  while (at < text.size() && IsLocalPart(text[at]) && text.substr(at, 3) != kEscapedAt) {
    if (at - position == kMaxLocalPart) return MatchResult::None();
    if (text[at] == '.' && at > position && text[at - 1] == '.') return MatchResult::None();
    ++at;
  }
  if (window.steps != nullptr) *window.steps += at - position + 1;
  if (at == text.size()) return window.final ? MatchResult::None() : MatchResult::Open();
  const bool at_sign = text[at] == '@' || text[at] == '%';
  if (!at_sign || at == position || text[at - 1] == '.' || text.substr(position, at - position) == "git")
    return MatchResult::None();
  const size_t end = DomainEnd(window, at + (text[at] == '@' ? 1 : kEscapedAt.size()), limit);
  if (end == std::string_view::npos) return MatchResult::Open();
  if (window.steps != nullptr && end != 0) *window.steps += end - at;
  return end == 0 ? MatchResult::None()
                  : MatchResult::Match(static_cast<uint16_t>(Entity::kEmail), end - position);
}

}  // namespace portcullis::policy
