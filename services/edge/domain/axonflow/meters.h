// What AxonFlow's metrics pages count, taken from the audit records of a worker's requests: every request
// that leaves a record counts, whatever path it came by.
//
// Labels are bounded: endpoints and statuses come from the gateway, providers and models from the
// configuration, and of those that clients report at most kMaxReported pairs; further ones are "other".
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "services/audit/api/record.h"

namespace portcullis::edge {

// Upper bounds in milliseconds: those of AxonFlow's agent and of its orchestrator. One more bucket is above
// them.
inline constexpr std::array<double, 13> kMeterBounds = {1,   2,   5,    10,   20,   50,   100,
                                                        200, 500, 1000, 2000, 5000, 10000};

struct MeterHistogram {
  std::array<uint64_t, kMeterBounds.size() + 1> buckets{};
  uint64_t count = 0;
  double sum_ms = 0;

  void Add(double ms);
  void Add(const MeterHistogram& other);
};

struct ReportedUse {
  uint64_t prompt_tokens = 0;
  uint64_t completion_tokens = 0;
  double cost_usd = 0;
};

struct TargetUse {
  uint64_t requests = 0;
  uint64_t errors = 0;
  double sum_ms = 0;
  int64_t last_used_us = 0;
};

// A second's requests.
struct MeterSecond {
  int64_t second = 0;
  uint64_t requests = 0;
  uint64_t errors = 0;
};

using MeterPair = std::pair<std::string, std::string>;

struct MeterFigures {
  static constexpr size_t kRecent = 1000;
  static constexpr size_t kSeconds = 60;

  uint64_t total = 0;
  uint64_t success = 0;
  uint64_t failed = 0;
  uint64_t blocked = 0;
  uint64_t policy_evaluations = 0;
  uint64_t consecutive_errors = 0;
  std::map<std::string, uint64_t> statuses;         // "success", "blocked", "error"
  std::map<std::string, MeterHistogram> durations;  // by endpoint
  std::map<MeterPair, uint64_t> pre_checks;         // status, approved
  MeterHistogram pre_check_duration;
  std::map<MeterPair, uint64_t> llm_calls_reported;  // status, provider
  MeterHistogram report_duration;
  std::map<MeterPair, ReportedUse> reported;            // provider, model
  std::map<MeterPair, uint64_t> llm_calls;              // provider, status
  std::map<std::string, MeterHistogram> llm_durations;  // by provider
  std::map<std::string, TargetUse> targets;
  std::vector<double> recent_ms;         // of the last kRecent requests, in no order
  std::vector<double> recent_policy_ms;  // of those that the policies saw
  std::array<MeterSecond, kSeconds> seconds{};

  void Add(const MeterFigures& other);
};

// One worker's. Take belongs to the worker; Figures may be called on any thread.
class Meter {
 public:
  static constexpr size_t kMaxReported = 200;

  void Take(const audit::Record& record);
  MeterFigures Figures() const;

 private:
  void TakeGatewayMode(const audit::Record& record, double ms);
  void TakeTarget(const audit::Record& record, double ms, bool error);

  mutable std::mutex mutex_;
  MeterFigures figures_;
  size_t next_recent_ = 0;
  size_t next_policy_ = 0;
};

}  // namespace portcullis::edge
