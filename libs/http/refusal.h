// Requests that the server itself turns away, before any handler sees them.
#pragma once

#include <string>
#include <string_view>

#include "libs/http/message.h"

namespace portcullis::http {

// The views are valid during the call only.
struct Refusal {
  // 400 malformed, 408 slow, 413 body too large, 417 expectation, 431 header too large, 499 the client left
  // in the middle of its request, 500 the handler failed, 501 transfer coding, 503 too many connections, 505
  // version.
  int status = 400;
  std::string_view code;  // stable and of a bounded set: "malformed_request", "body_too_large"...
  std::string_view
      message;  // one sentence for people: what is wrong and what to do. Quotes nothing that was sent.
  std::string_view method;  // as far as read: "" if the request line was not understood
  std::string_view path;
  std::string_view remote_address;
  bool answerable =
      true;  // false: nobody is there to read the answer (499, or the connection is dropped at once)
};

// Told of each refused request exactly once, on the worker's thread, before a byte of the answer leaves.
class RefusalHandler {
 public:
  virtual ~RefusalHandler() = default;

  // Records the refusal and makes its answer, which the server sends with `connection: close`; of a refusal
  // that is not answerable the return value is dropped.
  virtual Response OnRefused(const Refusal& refusal) = 0;
};

// Answers {"error":{"type":"invalid_request_error","code":...,"message":...,"param":null}}, records nothing.
class PlainRefusals final : public RefusalHandler {
 public:
  Response OnRefused(const Refusal& refusal) override;
};

}  // namespace portcullis::http
