// How the domain reaches a provider: one attempt at a time, as events.
//
// Threads: a port, its attempts and their observers belong to one worker.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libs/base/clock.h"

namespace portcullis::router {

// What is asked of the provider, relative to the target's base URL.
enum class UpstreamPath : uint8_t {
  kChatCompletions,  // POST /chat/completions
  kFimCompletions,   // POST /fim/completions
  kEmbeddings,       // POST /embeddings
  kModels,           // GET /models
  kProbe,            // GET of the target's HealthProbeOptions::path, at the provider's host
};

struct UpstreamRequest {
  uint32_t target = 0;  // index in RouterOptions::targets
  uint32_t key = 0;     // index in TargetOptions::keys; 0 for a target without such
  UpstreamPath path = UpstreamPath::kChatCompletions;
  bool stream = false;
  std::string body;
  base::Duration timeout{};  // of the whole attempt; connecting has the target's own limit besides
};

// What went wrong below HTTP.
enum class TransportError : uint8_t {
  kNone,         // a complete HTTP answer came
  kConnect,      // no connection: refused, unreachable, name not found, connect time-out, TLS handshake
  kCertificate,  // the provider's certificate is not trusted
  kTimeout,      // the attempt's time was over
  kCut,          // the connection ended before the answer was complete
  kProtocol,     // the answer is no HTTP
  kLocal,        // this process could not make the call (memory, descriptors)
  kMalformed,    // HTTP well and good, but no answer to what was asked
};

struct UpstreamResult {
  TransportError error = TransportError::kNone;
  std::string error_text;                    // of the transport, for people; without secrets
  int http_status = 0;                       // 0 = none came
  std::chrono::milliseconds retry_after{0};  // as the provider said; 0 = nothing said
  std::string error_body;                    // of an answer that is not 2xx, its first 64 KiB
  bool reader_was_slow = false;              // the attempt was held up by Pause when it ended
  std::string request_body;                  // UpstreamRequest::body, given back
};

class UpstreamObserver {
 public:
  virtual ~UpstreamObserver() = default;

  // Of a 2xx answer only, together with its first body byte (or its end when the body is empty): until then
  // the attempt can be repeated unseen.
  virtual void OnUpstreamHead(int http_status, std::string_view content_type) = 0;

  // Bytes are valid during the call.
  virtual void OnUpstreamData(std::string_view bytes) = 0;

  // The last event. The attempt may be released and others started inside.
  virtual void OnUpstreamDone(UpstreamResult result) = 0;
};

// An attempt under way. Made by an UpstreamPort, which owns its memory.
class UpstreamAttempt {
 public:
  virtual void Pause() = 0;   // no more data soon; what arrives meanwhile is held, up to a limit
  virtual void Resume() = 0;  // may deliver data inside the call

  // A copy of the request's body, which an attempt that is given up does not give back.
  virtual std::string CopyBody() const = 0;

  // Ends the attempt, closing its connection if the answer is not complete. No event follows, and the pointer
  // is invalid afterwards. Allowed inside observer methods.
  virtual void Release() = 0;

 protected:
  ~UpstreamAttempt() = default;
};

struct AttemptReleaser {
  void operator()(UpstreamAttempt* attempt) const { attempt->Release(); }
};
using UpstreamAttemptPtr = std::unique_ptr<UpstreamAttempt, AttemptReleaser>;

class UpstreamPort {
 public:
  virtual ~UpstreamPort() = default;

  // Events never come inside Start. `observer` must outlive the attempt.
  virtual UpstreamAttemptPtr Start(UpstreamRequest request, UpstreamObserver& observer) = 0;
};

}  // namespace portcullis::router
