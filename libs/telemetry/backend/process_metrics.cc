#include "libs/telemetry/backend/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

namespace portcullis::telemetry {
namespace {

// A counter whose value is read elsewhere as a running total.
class TotalCounter {
 public:
  explicit TotalCounter(Counter& counter) : counter_(counter) {}

  // Thread-safe; a total below the last one is ignored.
  void Update(double total) {
    const std::lock_guard lock(mutex_);
    if (total > last_) counter_.Add(total - std::exchange(last_, total));
  }

 private:
  Counter& counter_;
  std::mutex mutex_;
  double last_ = 0;
};

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double CpuSeconds() {
  rusage usage{};
  return getrusage(RUSAGE_SELF, &usage) == 0 ? Seconds(usage.ru_utime) + Seconds(usage.ru_stime) : 0;
}

double OpenFds() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  return count > 0 ? count - 1 : 0;  // less the one that reads the folder
}

double MaxFds() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

struct Memory {
  double virtual_bytes = 0;
  double resident_bytes = 0;
};

// proc(5): /proc/self/statm has sizes in pages, virtual and resident first.
Memory ReadMemory() {
  Memory memory;
  std::ifstream statm("/proc/self/statm");
  statm >> memory.virtual_bytes >> memory.resident_bytes;
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  return {memory.virtual_bytes * page, memory.resident_bytes * page};
}

}  // namespace

void AddProcessMetrics(PrometheusMetrics& metrics, const base::Clock& clock, const BuildInfo& build) {
  metrics
      .AddGauge(kBuildInfo,
                {{"version", build.version}, {"revision", build.revision}, {"process", build.process}})
      .Set(1);
  metrics.AddGauge(kStartTime, {}).Set(std::chrono::duration<double>(clock.Now().time_since_epoch()).count());
  auto cpu = std::make_shared<TotalCounter>(metrics.AddCounter(kCpuSeconds, {}));
  metrics.OnScrape([cpu, &resident = metrics.AddGauge(kResidentMemory, {}),
                    &virtual_size = metrics.AddGauge(kVirtualMemory, {}),
                    &open = metrics.AddGauge(kOpenFds, {}), &max = metrics.AddGauge(kMaxFds, {})] {
    const Memory memory = ReadMemory();
    resident.Set(memory.resident_bytes);
    virtual_size.Set(memory.virtual_bytes);
    open.Set(OpenFds());
    max.Set(MaxFds());
    cpu->Update(CpuSeconds());
  });
}

void AddLogMetrics(PrometheusMetrics& metrics, const JsonLogger& logger) {
  auto dropped = std::make_shared<TotalCounter>(metrics.AddCounter(kLogLinesDropped, {}));
  metrics.OnScrape([dropped, &logger] { dropped->Update(static_cast<double>(logger.dropped())); });
}

}  // namespace portcullis::telemetry
