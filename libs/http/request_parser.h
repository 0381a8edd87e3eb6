// Reads one HTTP/1.x request out of the bytes of a connection (grammar: Boost.Beast's parser; RFC 9112).
//
// On top of the grammar it refuses what makes two servers disagree about where a request ends: a transfer
// coding other than one "chunked", chunked in HTTP/1.0, several Host fields. Trailers are read and dropped.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "libs/http/message.h"

namespace portcullis::http {

struct ParserLimits {
  size_t max_header_bytes;  // request line and fields together, as sent
  size_t max_body_bytes;
};

// Why the bytes are no request that we take. The views are constants.
struct ParseError {
  int status = 0;
  std::string_view code;
  std::string_view message;
};

class RequestParser {
 public:
  // More fields than this in one header are refused with 431.
  static constexpr size_t kMaxFields = 256;

  enum class State { kNeedMore, kComplete, kFailed };

  explicit RequestParser(const ParserLimits& limits);
  ~RequestParser();

  // Begins a request: what is parsed from now on fills `request` (all but remote_address), which must outlive
  // it.
  void Reset(Request& request);

  // Takes bytes from the front of `bytes` and says how many it used. The rest must be offered again, together
  // with those that follow. After kComplete and kFailed only Reset is allowed.
  State Parse(std::string_view bytes, size_t& used);

  bool header_complete() const;
  // The client waits for "100 Continue" before it sends the body.
  bool expects_continue() const;
  // By the request's version and Connection field. Once the header is complete.
  bool keep_alive() const;
  // After kFailed.
  const ParseError& error() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::http
