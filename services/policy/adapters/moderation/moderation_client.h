// ModerationPort over HTTP: batches, a cache, a bound on calls at a time and on those that wait.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/curl/http_client.h"
#include "libs/runtime/worker.h"
#include "services/policy/domain/moderation/moderation_port.h"
#include "services/policy/domain/moderation/verdict_cache.h"

namespace portcullis::policy {

enum class ModerationOutcome : uint8_t { kOk, kTimeout, kUnavailable, kMalformed, kBusy };
inline constexpr std::string_view kModerationOutcomeNames[] = {"ok", "timeout", "unavailable", "malformed",
                                                               "busy"};

// Hears what the calls come to. Thread-safe, quick.
class ModerationMeter {
 public:
  virtual ~ModerationMeter() = default;
  virtual void OnCall(ModerationProvider provider, ModerationOutcome outcome, base::Duration duration) = 0;
  virtual void OnCache(ModerationProvider provider, bool hit) = 0;
};

// Belongs to the thread of its event loop; callbacks run there, and inside Ask if nothing has to be asked.
class ModerationClient final : public ModerationPort {
 public:
  // All outlive the client.
  ModerationClient(boost::asio::io_context& io, const base::Clock& clock, ModerationMeter& meter);
  ~ModerationClient() override;

  void Ask(ModerationQuestion question, Callback done) override;

 private:
  struct Job;
  struct Call;

  void Take(std::shared_ptr<Call> call);
  void Start(const std::shared_ptr<Call>& call);
  void OnAnswer(const std::shared_ptr<Call>& call, const absl::StatusOr<curl::HttpAnswer>& answer);
  void StartWaiting();
  void Finish(Call& call, absl::StatusOr<std::vector<TextScores>> scores);

  boost::asio::io_context& io_;
  const base::Clock& clock_;
  ModerationMeter& meter_;
  VerdictCache cache_;
  std::optional<curl::HttpClient> http_;  // from the first call on
  uint32_t in_flight_ = 0;
  std::deque<std::shared_ptr<Call>> waiting_;
};

// The same for callers on any thread, who have no event loop: one client on a thread of its own, which
// callbacks run on. Thread-safe.
class ModerationThread final : public ModerationPort {
 public:
  ModerationThread(const base::Clock& clock, ModerationMeter& meter);
  ~ModerationThread() override;  // ends the thread; callbacks that have not run never do

  void Ask(ModerationQuestion question, Callback done) override;

 private:
  runtime::Worker worker_;
  ModerationClient client_;
  std::once_flag started_;
};

}  // namespace portcullis::policy
