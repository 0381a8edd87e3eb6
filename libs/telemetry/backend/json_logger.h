// Logs as JSON lines, through spdlog's asynchronous logger:
//
//   {"ts":"2026-01-01T00:00:00.000000Z","level":"info","msg":"listening","port":41002}
//
// The caller builds the line and puts it into a bounded queue; one background thread writes. When the queue
// is full the oldest line is dropped and counted, so that a slow terminal or disk never holds up a worker.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "libs/base/clock.h"
#include "libs/telemetry/api/logger.h"

namespace portcullis::telemetry {

// Thread-safe.
class JsonLogger final : public Logger {
 public:
  static constexpr size_t kQueueLines = 8192;
  // A message or a field's text beyond this many bytes is cut there, and ends in "...".
  static constexpr size_t kMaxTextBytes = 8 * 1024;

  // `out` and `clock` must outlive this. Lines are written whole and flushed one by one.
  JsonLogger(const base::Clock& clock, LogLevel level, std::FILE* out = stderr,
             size_t queue_lines = kQueueLines);
  ~JsonLogger() override;  // writes what is queued
  JsonLogger(const JsonLogger&) = delete;
  JsonLogger& operator=(const JsonLogger&) = delete;

  // Invalid UTF-8 is written as U+FFFD, a number that JSON does not have (NaN, infinity) as null.
  void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) override;

  // Entries below `level` are dropped. Takes effect at once.
  void SetLevel(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  LogLevel level() const { return level_.load(std::memory_order_relaxed); }

  // Lines lost because the queue was full.
  uint64_t dropped() const;

 private:
  struct Backend;

  const base::Clock& clock_;
  std::atomic<LogLevel> level_;
  std::unique_ptr<Backend> backend_;
};

}  // namespace portcullis::telemetry
