#include "libs/telemetry/backend/json_logger.h"

#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <string>
#include <utility>

#include "libs/json/text.h"

namespace portcullis::telemetry {
namespace {

// Writes payloads as they are: the line is complete already. Used by the one background thread only.
class LineSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit LineSink(std::FILE* out) : out_(out) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::fwrite(message.payload.data(), 1, message.payload.size(), out_);
    std::fflush(out_);
  }
  void flush_() override {}

  std::FILE* const out_;
};

std::string_view NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

// RFC 3339, UTC, microseconds.
void AppendTime(base::SystemTime time, std::string& out) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[40];
  const int size =
      std::snprintf(text, sizeof(text), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  out.append(text, static_cast<size_t>(size));
}

void AppendText(std::string_view text, std::string& out) {
  if (text.size() <= JsonLogger::kMaxTextBytes) return json::AppendQuoted(json::SanitizeUtf8(text), &out);
  size_t end = JsonLogger::kMaxTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
  json::AppendQuoted(json::SanitizeUtf8(text.substr(0, end)) + "...", &out);
}

template <typename Number>
void AppendNumber(Number number, std::string& out) {
  char digits[32];
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), number).ptr);
}

struct AppendValue {
  std::string& out;

  void operator()(std::string_view text) const { AppendText(text, out); }
  void operator()(int64_t number) const { AppendNumber(number, out); }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(double number) const {
    if (!std::isfinite(number)) {
      out += "null";
      return;
    }
    AppendNumber(number, out);
  }
};

}  // namespace

struct JsonLogger::Backend {
  Backend(std::FILE* out, size_t queue_lines)
      : pool(std::make_shared<spdlog::details::thread_pool>(queue_lines, 1)),
        logger(std::make_shared<spdlog::async_logger>("portcullis", std::make_shared<LineSink>(out), pool,
                                                      spdlog::async_overflow_policy::overrun_oldest)) {}

  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
};

JsonLogger::JsonLogger(const base::Clock& clock, LogLevel level, std::FILE* out, size_t queue_lines)
    : clock_(clock), level_(level), backend_(std::make_unique<Backend>(out, queue_lines)) {}

JsonLogger::~JsonLogger() = default;

void JsonLogger::Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (level < this->level()) return;
  std::string line = R"({"ts":")";
  line.reserve(128 + message.size() + 48 * fields.size());
  AppendTime(clock_.Now(), line);
  line += R"(","level":")";
  line += NameOf(level);
  line += R"(","msg":)";
  AppendText(message, line);
  for (const LogField& field : fields) {
    line += ',';
    AppendText(field.key, line);
    line += ':';
    std::visit(AppendValue{line}, field.value);
  }
  line += "}\n";
  backend_->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

uint64_t JsonLogger::dropped() const { return backend_->pool->overrun_counter(); }

}  // namespace portcullis::telemetry
