#include "services/policy/domain/pii/gps_position.h"

#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

constexpr size_t kMinPlaces = 3;
constexpr size_t kMaxPlaces = 12;

enum class Read : uint8_t { kGood, kBad, kEnd };

// Degrees with a sign or none, at most `most` of them.
Read ReadDegrees(const Window& window, int most, size_t* at) {
  const std::string_view text = window.text;
  const auto ended = [&] { return *at == text.size() && !window.final; };
  if (*at < text.size() && text[*at] == '-') ++*at;
  int whole = 0;
  size_t digits = 0;
  while (*at < text.size() && IsDigit(text[*at]) && digits < 4)
    whole = whole * 10 + (text[(*at)++] - '0'), ++digits;
  if (ended()) return Read::kEnd;
  if (digits == 0 || digits > 3 || whole > most || *at == text.size() || text[*at] != '.') return Read::kBad;
  ++*at;
  size_t places = 0;
  while (*at < text.size() && IsDigit(text[*at]) && places <= kMaxPlaces) ++*at, ++places;
  if (ended()) return Read::kEnd;
  return places < kMinPlaces || places > kMaxPlaces ? Read::kBad : Read::kGood;
}

}  // namespace

MatchResult MatchGps(const Window& window, size_t position, LazyContext& context) {
  const std::string_view text = window.text;
  size_t at = position;
  const Read latitude = ReadDegrees(window, 90, &at);
  if (window.steps != nullptr) *window.steps += at - position + 1;
  if (latitude == Read::kEnd) return MatchResult::Open();
  if (latitude == Read::kBad || at == text.size()) return MatchResult::None();
  if (text[at] != ',' && text[at] != ';' && text[at] != ' ') return MatchResult::None();
  ++at;
  if (at < text.size() && text[at] == ' ') ++at;
  if (at == text.size()) return window.final ? MatchResult::None() : MatchResult::Open();
  const size_t second = at;
  const Read longitude = ReadDegrees(window, 180, &at);
  if (window.steps != nullptr) *window.steps += at - second;
  if (longitude == Read::kEnd) return MatchResult::Open();
  if (longitude == Read::kBad || (at < text.size() && IsAlnum(text[at]))) return MatchResult::None();
  if (!context.Names(Entity::kGpsPosition)) return MatchResult::None();
  return MatchResult::Match(static_cast<uint16_t>(Entity::kGpsPosition), at - position);
}

}  // namespace portcullis::policy
