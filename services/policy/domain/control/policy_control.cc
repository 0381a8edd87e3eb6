#include "services/policy/domain/control/policy_control.h"

#include <charconv>

namespace portcullis::policy {
namespace {

std::optional<int> DigitsOf(std::string_view text) {
  int value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || text[0] == '-') {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::optional<base::SystemTime> AfterDay(std::string_view day) {
  if (day.size() != 10 || day[4] != '-' || day[7] != '-') return std::nullopt;
  const std::optional<int> year = DigitsOf(day.substr(0, 4));
  const std::optional<int> month = DigitsOf(day.substr(5, 2));
  const std::optional<int> date = DigitsOf(day.substr(8, 2));
  if (!year || !month || !date) return std::nullopt;
  const std::chrono::year_month_day found{std::chrono::year(*year),
                                          std::chrono::month(static_cast<unsigned>(*month)),
                                          std::chrono::day(static_cast<unsigned>(*date))};
  if (!found.ok()) return std::nullopt;
  return base::SystemTime(std::chrono::sys_days(found) + std::chrono::days(1));
}

}  // namespace portcullis::policy
