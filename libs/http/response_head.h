// Writes the head of an answer: status line, fields, and the framing that says where the body ends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libs/http/message.h"

namespace portcullis::http {

struct HeadFraming {
  enum class Body {
    kSized,    // content-length
    kChunked,  // transfer-encoding: chunked
    kToClose,  // an HTTP/1.0 client reads until the connection closes
  };

  Body body = Body::kSized;
  uint64_t content_length = 0;
  bool keep_alive = true;
  int version_minor = 1;       // of the request
  std::string_view date_line;  // "date: ...\r\n"; may be ""
};

// True for statuses that never have a body: 1xx, 204, 304.
bool IsBodiless(int status);

// Appends the head to `out`, up to and with the empty line.
void AppendHead(int status, const Headers& headers, const HeadFraming& framing, std::string& out);

// "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" (RFC 9110, 5.6.7).
std::string DateLine(int64_t unix_seconds);

}  // namespace portcullis::http
