#include "services/router/adapters/upstream/curl_transfer.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "libs/curl/easy.h"
#include "services/router/adapters/upstream/curl_error.h"
#include "services/router/domain/rate_limit_headers.h"

namespace portcullis::router {
namespace {

constexpr size_t kMaxErrorBody = 64 * 1024;
constexpr size_t kAbort = 0;  // what a write callback returns to end its transfer

bool IsSuccess(int status) { return status >= 200 && status < 300; }

}  // namespace

CurlTransfer::CurlTransfer(curl::CurlLoop& loop, const TargetEndpoint& endpoint, uint32_t target,
                           const CurlSettings& settings, Pool& pool)
    : loop_(loop),
      endpoint_(endpoint),
      target_(target),
      settings_(settings),
      pool_(pool),
      easy_(curl_easy_init()) {
  if (easy_ == nullptr) throw std::bad_alloc();
  SetUp(settings);
}

void CurlTransfer::SetUp(const CurlSettings& settings) {
  CURL* const easy = easy_.get();
  loop_.Attach(easy);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, static_cast<curl::CurlTask*>(this));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlTransfer::OnWrite);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl::SetCommonOptions(easy, endpoint_.connect_timeout(), settings.verify_tls);
  if (endpoint_.tls()) curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
}

void CurlTransfer::SetRequest(const UpstreamRequest& request) {
  CURL* const easy = easy_.get();
  const bool get = request.path == UpstreamPath::kModels || request.path == UpstreamPath::kProbe;
  if (path_ != request.path || stream_ != request.stream || key_ != request.key) {
    curl_easy_setopt(easy, get ? CURLOPT_HTTPGET : CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_URL, endpoint_.url(request.path).c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, endpoint_.headers(request.path, request.stream, request.key));
    path_ = request.path;
    stream_ = request.stream;
    key_ = request.key;
  }
  const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(request.timeout).count();
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<int64_t>(timeout, 1)));
  if (get) return;
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body_.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
}

void CurlTransfer::Start(UpstreamRequest request, UpstreamObserver& observer) {
  observer_ = &observer;
  state_ = State::kRunning;
  body_ = std::move(request.body);
  http_status_ = 0;
  head_sent_ = error_body_full_ = paused_ = curl_paused_ = false;
  SetRequest(request);
  loop_.Add(*this);
}

size_t CurlTransfer::OnWrite(char* bytes, size_t size, size_t count, void* self) {
  return static_cast<CurlTransfer*>(self)->Write({bytes, size * count});
}

// Runs inside libcurl, so that a release meanwhile only dooms the transfer.
size_t CurlTransfer::Write(std::string_view bytes) {
  if (state_ != State::kRunning) return kAbort;
  if (http_status_ == 0) {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    http_status_ = static_cast<int>(status);
  }
  if (!IsSuccess(http_status_)) return KeepErrorBody(bytes);
  if (paused_) {
    if (held_.size() + bytes.size() > settings_.max_held_bytes) {
      curl_paused_ = true;
      return CURL_WRITEFUNC_PAUSE;
    }
    held_.append(bytes);
    return bytes.size();
  }
  if (!head_sent_ && !SendHead()) return kAbort;
  observer_->OnUpstreamData(bytes);
  return state_ == State::kRunning ? bytes.size() : kAbort;
}

// False when the observer released the attempt.
bool CurlTransfer::SendHead() {
  head_sent_ = true;
  const char* type = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_TYPE, &type);
  observer_->OnUpstreamHead(http_status_, type != nullptr ? type : "");
  return state_ != State::kDoomed;
}

// What is beyond the limit is not waited for.
size_t CurlTransfer::KeepErrorBody(std::string_view bytes) {
  error_body_.append(bytes.substr(0, kMaxErrorBody - error_body_.size()));
  error_body_full_ = error_body_.size() == kMaxErrorBody;
  return error_body_full_ ? kAbort : bytes.size();
}

void CurlTransfer::Resume() {
  paused_ = false;
  curl::CurlLoop::Section section(loop_);  // a release meanwhile only dooms the transfer
  if (!FlushHeld()) return;
  if (state_ == State::kEnded) {
    loop_.EndSoon(*this, code_);
  } else if (!paused_ && curl_paused_) {
    curl_paused_ = false;
    loop_.Unpause(*this);
  }
}

// False when the observer released the attempt.
bool CurlTransfer::FlushHeld() {
  if (held_.empty()) return true;
  const std::string bytes = std::exchange(held_, {});
  if (!head_sent_ && !SendHead()) return false;
  observer_->OnUpstreamData(bytes);
  return state_ != State::kDoomed;
}

void CurlTransfer::OnEnd(CURLcode code) {
  code_ = code;
  state_ = State::kEnded;
  if (held_.empty()) ReportDone();
}

void CurlTransfer::ReportDone() {
  CURL* const easy = easy_.get();
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  http_status_ = static_cast<int>(status);
  UpstreamResult result;
  result.error = error_body_full_ ? TransportError::kNone : ToTransportError(code_, easy);
  if (result.error != TransportError::kNone) result.error_text = curl_easy_strerror(code_);
  result.http_status = http_status_;
  if (result.error == TransportError::kNone && !IsSuccess(http_status_)) result.retry_after = RetryAfter();
  result.error_body = std::move(error_body_);
  result.reader_was_slow = curl_paused_;
  if (result.error == TransportError::kNone && IsSuccess(http_status_) && !head_sent_) {
    curl::CurlLoop::Section section(loop_);
    if (!SendHead()) return;
  }
  result.request_body = std::move(body_);
  observer_->OnUpstreamDone(std::move(result));
}

std::chrono::milliseconds CurlTransfer::RetryAfter() {
  curl_off_t seconds = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &seconds);
  return WaitAskedFor(std::chrono::seconds(seconds), [this](const char* name) -> std::string_view {
    curl_header* header = nullptr;
    if (curl_easy_header(easy_.get(), name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return "";
    return header->value;
  });
}

void CurlTransfer::Release() {
  observer_ = nullptr;
  state_ = State::kDoomed;
  loop_.Remove(*this);
}

void CurlTransfer::OnRemoved() { Free(); }

void CurlTransfer::Free() {
  state_ = State::kFree;
  body_.clear();
  error_body_.clear();
  held_.clear();
  pool_.Return(*this);
}

}  // namespace portcullis::router
