#include "services/policy/adapters/moderation/moderation_client.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"
#include "services/policy/adapters/moderation/moderation_messages.h"

namespace portcullis::policy {
namespace {

constexpr size_t kSecretBytes = 32;
constexpr std::chrono::milliseconds kLongest{600'000};  // of a call without a time limit

ModerationOutcome OutcomeOf(const absl::Status& status) {
  if (status.ok()) return ModerationOutcome::kOk;
  if (absl::IsDeadlineExceeded(status)) return ModerationOutcome::kTimeout;
  return absl::IsDataLoss(status) ? ModerationOutcome::kMalformed : ModerationOutcome::kUnavailable;
}

absl::StatusOr<std::vector<TextScores>> ScoresOf(ModerationProvider provider,
                                                 const absl::StatusOr<curl::HttpAnswer>& answer,
                                                 size_t count) {
  if (!answer.ok()) return answer.status();
  if (answer->http_status < 200 || answer->http_status > 299) {
    return absl::UnavailableError(base::StrCat("it answered with status ", answer->http_status));
  }
  return ParseModeration(provider, answer->body, count);
}

}  // namespace

// One question. Its callback runs when the last of its texts has an answer.
struct ModerationClient::Job {
  std::vector<absl::StatusOr<TextScores>> answers;
  size_t open = 0;
  Callback done;
};

// Some texts of a question that are asked together.
struct ModerationClient::Call {
  std::shared_ptr<const ModerationService> service;
  std::shared_ptr<const std::atomic<bool>> abandoned;
  base::MonotonicTime deadline;
  base::MonotonicTime begin{};
  std::shared_ptr<Job> job;
  std::vector<size_t> places;  // in the job's answers
  std::vector<std::string> texts;
  std::vector<std::string> keys;  // in the cache
};

ModerationClient::ModerationClient(boost::asio::io_context& io, const base::Clock& clock,
                                   ModerationMeter& meter)
    : io_(io), clock_(clock), meter_(meter), cache_(clock, crypto::RandomHex(kSecretBytes)) {}

ModerationClient::~ModerationClient() = default;

void ModerationClient::Ask(ModerationQuestion question, Callback done) {
  const ModerationService& service = *question.service;
  const size_t batch = TextsPerCall(service.provider);
  auto job = std::make_shared<Job>();
  job->answers.resize(question.texts.size(), absl::UnknownError("not asked"));
  job->done = std::move(done);
  std::vector<std::shared_ptr<Call>> calls;
  for (size_t i = 0; i < question.texts.size(); ++i) {
    std::string key = cache_.KeyOf(service, question.texts[i]);
    std::optional<TextScores> known = cache_.Find(key, service.cache_ttl);
    if (service.cache_entries > 0) meter_.OnCache(service.provider, known.has_value());
    if (known) {
      job->answers[i] = *std::move(known);
      continue;
    }
    if (calls.empty() || calls.back()->texts.size() == batch) {
      calls.push_back(std::make_shared<Call>());
      calls.back()->service = question.service;
      calls.back()->abandoned = question.abandoned;
      calls.back()->deadline = question.deadline;
      calls.back()->job = job;
    }
    calls.back()->places.push_back(i);
    calls.back()->texts.push_back(std::move(question.texts[i]));
    calls.back()->keys.push_back(std::move(key));
  }
  job->open = calls.size();
  if (calls.empty()) return std::move(job->done)(std::move(job->answers));
  for (std::shared_ptr<Call>& call : calls) Take(std::move(call));
}

void ModerationClient::Take(std::shared_ptr<Call> call) {
  if (in_flight_ < call->service->max_in_flight) return Start(call);
  if (waiting_.size() < call->service->max_queued) return waiting_.push_back(std::move(call));
  meter_.OnCall(call->service->provider, ModerationOutcome::kBusy, base::Duration::zero());
  Finish(*call, absl::ResourceExhaustedError("too many texts wait for it"));
}

void ModerationClient::Start(const std::shared_ptr<Call>& call) {
  call->begin = clock_.Monotonic();
  curl::HttpRequest request;
  request.timeout = kLongest;
  if (call->deadline != base::MonotonicTime::max()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(call->deadline - call->begin);
    request.timeout = std::clamp(left, std::chrono::milliseconds(1), kLongest);
  }
  if (!http_) http_.emplace(io_, clock_);
  request.url = call->service->endpoint;
  request.headers = ModerationHeaders(*call->service);
  request.body = ModerationBody(*call->service, {call->texts.begin(), call->texts.end()});
  ++in_flight_;
  http_->Start(std::move(request), [this, call](absl::StatusOr<curl::HttpAnswer> answer) {
    --in_flight_;
    OnAnswer(call, answer);
    StartWaiting();
  });
}

void ModerationClient::OnAnswer(const std::shared_ptr<Call>& call,
                                const absl::StatusOr<curl::HttpAnswer>& answer) {
  const ModerationService& service = *call->service;
  absl::StatusOr<std::vector<TextScores>> scores = ScoresOf(service.provider, answer, call->texts.size());
  meter_.OnCall(service.provider, OutcomeOf(scores.status()), clock_.Monotonic() - call->begin);
  for (size_t i = 0; scores.ok() && i < call->keys.size(); ++i) {
    cache_.Put(call->keys[i], (*scores)[i], service.cache_entries);
  }
  Finish(*call, std::move(scores));
}

// Calls wait no longer than those before them take, whose time is limited too.
void ModerationClient::StartWaiting() {
  while (!waiting_.empty() && in_flight_ < waiting_.front()->service->max_in_flight) {
    const std::shared_ptr<Call> call = std::move(waiting_.front());
    waiting_.pop_front();
    if (*call->abandoned) {
      Finish(*call, absl::CancelledError("nobody waits for it"));
    } else if (clock_.Monotonic() >= call->deadline) {
      meter_.OnCall(call->service->provider, ModerationOutcome::kTimeout, base::Duration::zero());
      Finish(*call, absl::DeadlineExceededError("it was not asked in time"));
    } else {
      Start(call);
    }
  }
}

void ModerationClient::Finish(Call& call, absl::StatusOr<std::vector<TextScores>> scores) {
  Job& job = *call.job;
  for (size_t i = 0; i < call.places.size(); ++i) {
    absl::StatusOr<TextScores>& answer = job.answers[call.places[i]];
    if (scores.ok()) {
      answer = std::move((*scores)[i]);
    } else {
      answer = scores.status();
    }
  }
  if (--job.open == 0) std::move(job.done)(std::move(job.answers));
}

ModerationThread::ModerationThread(const base::Clock& clock, ModerationMeter& meter)
    : worker_(0), client_(worker_.io(), clock, meter) {}

ModerationThread::~ModerationThread() {
  worker_.Stop();
  worker_.Join();
}

void ModerationThread::Ask(ModerationQuestion question, Callback done) {
  std::call_once(started_, [this] { worker_.Start(); });
  boost::asio::post(worker_.io(), [this, question = std::move(question), done = std::move(done)]() mutable {
    client_.Ask(std::move(question), std::move(done));
  });
}

}  // namespace portcullis::policy
