#include "services/router/domain/rate_limit_headers.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace portcullis::router {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongest = std::chrono::hours(24);

// Milliseconds of a unit at the beginning of `text`, which it is taken from; 0 = there is none.
double TakeUnit(std::string_view& text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86'400e3}};
  for (const auto& [name, factor] : kUnits) {
    if (text.substr(0, name.size()) != name) continue;
    text.remove_prefix(name.size());
    return factor;
  }
  return 0;
}

milliseconds Limited(double ms) {
  return milliseconds(static_cast<int64_t>(std::ceil(std::min(ms, static_cast<double>(kLongest.count())))));
}

milliseconds SpentReset(const HeaderLookup& header, const char* remaining, const char* reset) {
  if (header(remaining) != "0") return milliseconds(0);
  return ParseWait(header(reset)).value_or(milliseconds(0));
}

}  // namespace

std::optional<milliseconds> ParseWait(std::string_view text) {
  double total = 0;
  bool any = false;
  while (!text.empty()) {
    double amount = 0;
    const auto parsed =
        std::from_chars(text.data(), text.data() + text.size(), amount, std::chars_format::fixed);
    if (parsed.ec != std::errc() || !(amount >= 0) || amount > 1e9) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(parsed.ptr - text.data()));
    if (text.empty() && !any) return Limited(amount * 1e3);
    const double unit = TakeUnit(text);
    if (unit == 0) return std::nullopt;
    total += amount * unit;
    any = true;
  }
  if (!any) return std::nullopt;
  return Limited(total);
}

milliseconds WaitAskedFor(std::chrono::seconds retry_after, const HeaderLookup& header) {
  double ms = 0;
  const std::string_view precise = header("retry-after-ms");
  const auto parsed = std::from_chars(precise.data(), precise.data() + precise.size(), ms);
  if (!precise.empty() && parsed.ec == std::errc() && ms > 0) return Limited(ms);
  if (retry_after.count() > 0) return std::min<milliseconds>(retry_after, kLongest);
  const milliseconds spent =
      std::max(SpentReset(header, "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
               SpentReset(header, "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"));
  if (spent.count() > 0) return spent;
  return ParseWait(header("ratelimitbysize-reset")).value_or(milliseconds(0));
}

}  // namespace portcullis::router
