// One attempt through libcurl. Transfers are used again and again: an easy handle stays set up for its
// target, and a new attempt changes only what differs.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "libs/curl/curl_loop.h"
#include "services/router/adapters/upstream/target_endpoint.h"
#include "services/router/domain/upstream_port.h"

namespace portcullis::router {

struct CurlSettings {
  bool verify_tls = true;
  size_t max_held_bytes =
      1 << 20;  // kept of one answer while its reader is slow; then the socket is left unread
};

class CurlTransfer final : public UpstreamAttempt, private curl::CurlTask {
 public:
  // Gets its transfers back when they are free.
  class Pool {
   public:
    virtual void Return(CurlTransfer& transfer) = 0;

   protected:
    ~Pool() = default;
  };

  // Everything is borrowed and outlives the transfer.
  CurlTransfer(curl::CurlLoop& loop, const TargetEndpoint& endpoint, uint32_t target,
               const CurlSettings& settings, Pool& pool);

  uint32_t target() const { return target_; }

  void Start(UpstreamRequest request, UpstreamObserver& observer);

  void Pause() override { paused_ = true; }
  void Resume() override;
  std::string CopyBody() const override { return body_; }
  void Release() override;

 private:
  enum class State : uint8_t {
    kFree,
    kRunning,
    kEnded,   // libcurl is done; the observer may still have to hear of it
    kDoomed,  // released; leaves the loop when libcurl allows
  };
  struct EasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };

  static size_t OnWrite(char* bytes, size_t size, size_t count, void* self);

  CURL* easy() override { return easy_.get(); }
  void OnEnd(CURLcode code) override;
  void OnRemoved() override;

  void SetUp(const CurlSettings& settings);
  void SetRequest(const UpstreamRequest& request);
  size_t Write(std::string_view bytes);
  bool SendHead();
  size_t KeepErrorBody(std::string_view bytes);
  bool FlushHeld();
  void ReportDone();
  std::chrono::milliseconds RetryAfter();
  void Free();

  curl::CurlLoop& loop_;
  const TargetEndpoint& endpoint_;
  const uint32_t target_;
  const CurlSettings& settings_;
  Pool& pool_;
  std::unique_ptr<CURL, EasyDeleter> easy_;
  UpstreamObserver* observer_ = nullptr;
  State state_ = State::kFree;

  // What easy_ is set to.
  std::optional<UpstreamPath> path_;
  bool stream_ = false;
  uint32_t key_ = 0;

  std::string body_;
  std::string error_body_;
  std::string held_;  // received while paused
  CURLcode code_ = CURLE_OK;
  int http_status_ = 0;  // known from the first body byte on
  bool head_sent_ = false;
  bool error_body_full_ = false;
  bool paused_ = false;
  bool curl_paused_ = false;  // libcurl keeps the next bytes until Unpause
};

}  // namespace portcullis::router
