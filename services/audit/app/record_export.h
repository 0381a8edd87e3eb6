// Sends the log's records on to a sink as they become whole: those whose request ended, by their rows, and
// again those that change. At least once: what is acknowledged is kept in a file, and what comes after it is
// sent again after a crash of either side. Nobody waits for it, and nothing is left out: it lags.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "services/audit/app/export_cursor.h"
#include "services/audit/client/waiter.h"
#include "services/audit/domain/record_sink.h"
#include "services/audit/domain/sent_window.h"
#include "services/audit/domain/store.h"

namespace portcullis::audit {

// What an export works with; must outlive it.
struct ExportParts {
  Store& store;
  const base::Clock& clock;
  Waiter& waiter;
  telemetry::Metrics& metrics;
  telemetry::Logger& logger;
};

class RecordExport {
 public:
  RecordExport(OpenSink open, ExportCursor cursor, const ExportParts& parts);
  // Waits two seconds at the most for what is under way; the next start sends the rest.
  ~RecordExport();
  RecordExport(const RecordExport&) = delete;
  RecordExport& operator=(const RecordExport&) = delete;

  // Begins on a thread of its own.
  void Start();

  // One round: what is new in the log goes out as far as there is room, and what the sink says is noted.
  // Waits for the sink when there is nothing else to do. An error is counted and told, and asks for a pause.
  absl::Status Round();

 private:
  struct Instruments {
    telemetry::Counter &sent, &sink_errors, &read_errors, &cursor_errors, &unreadable;
    telemetry::Gauge &position, &lag_seconds;
  };

  static Instruments MakeInstruments(telemetry::Metrics& metrics);
  void Run(const std::stop_token& stop);
  absl::Status Open();
  absl::Status CheckAgainstLog(uint64_t position);
  absl::Status Hear(SinkNews news);
  absl::Status ReadOn();
  absl::Status SendPage();
  absl::StatusOr<bool> SendOne(const StoredLeaves& leaves);
  void Forget();
  bool HasRoom() const;
  void ShowLag();
  absl::Status KeepCursor();
  absl::Status Failed(telemetry::Counter& errors, const absl::Status& status);
  void Drain();

  const OpenSink open_;
  const ExportCursor cursor_;
  const ExportParts parts_;
  const Instruments metrics_;
  std::unique_ptr<RecordSink> sink_;  // null: it must be opened
  SentWindow window_{0};
  std::vector<StoredLeaves> page_;  // read and not sent yet, from next_ on
  size_t next_ = 0;
  uint64_t read_to_ = 0;
  uint64_t kept_ = 0;  // what the file says
  base::MonotonicTime keep_at_{};
  bool failing_ = false;  // since the last acknowledgement
  base::MonotonicTime tell_at_{};
  std::jthread thread_;
};

}  // namespace portcullis::audit
