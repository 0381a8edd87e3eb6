#include "libs/http/response_head.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace portcullis::http {
namespace {

bool IsWrittenByServer(std::string_view name) {
  switch (name.size()) {
    case 4:
      return EqualsIgnoringCase(name, "date");
    case 10:
      return EqualsIgnoringCase(name, "connection");
    case 14:
      return EqualsIgnoringCase(name, "content-length");
    case 17:
      return EqualsIgnoringCase(name, "transfer-encoding");
    default:
      return false;
  }
}

// Field values often come from elsewhere (an upstream's header): none may start a field of its own.
void AppendOneLine(std::string_view value, std::string& out) {
  const size_t start = out.size();
  out.append(value);
  if (value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos) return;
  std::replace_if(
      out.begin() + static_cast<ptrdiff_t>(start), out.end(),
      [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
}

void AppendNumber(uint64_t number, std::string& out) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), number).ptr);
}

void AppendFraming(int status, const HeadFraming& framing, std::string& out) {
  if (framing.body == HeadFraming::Body::kSized && !IsBodiless(status)) {
    out += "content-length: ";
    AppendNumber(framing.content_length, out);
    out += "\r\n";
  } else if (framing.body == HeadFraming::Body::kChunked) {
    out += "transfer-encoding: chunked\r\n";
  }
  if (!framing.keep_alive) {
    out += "connection: close\r\n";
  } else if (framing.version_minor == 0) {
    out += "connection: keep-alive\r\n";
  }
}

}  // namespace

bool IsBodiless(int status) { return status < 200 || status == 204 || status == 304; }

void AppendHead(int status, const Headers& headers, const HeadFraming& framing, std::string& out) {
  out += "HTTP/1.1 ";
  AppendNumber(static_cast<uint64_t>(std::clamp(status, 100, 999)), out);
  out += ' ';
  out += ReasonPhrase(status);
  out += "\r\n";
  for (size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    if (name.empty() || IsWrittenByServer(name)) continue;
    AppendOneLine(name, out);
    out += ": ";
    AppendOneLine(value, out);
    out += "\r\n";
  }
  AppendFraming(status, framing, out);
  out += framing.date_line;
  out += "\r\n";
}

std::string DateLine(int64_t unix_seconds) {
  using std::chrono::days;
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds time{std::chrono::seconds(unix_seconds)};
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char line[64];
  const int length =
      std::snprintf(line, sizeof(line), "date: %s, %02u %s %04d %02d:%02d:%02d GMT\r\n",
                    kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                    kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()));
  return {line, static_cast<size_t>(length)};
}

}  // namespace portcullis::http
