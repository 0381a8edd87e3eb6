// An answer on its way out: the bytes and how to send them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/sim/render.h"

namespace portcullis::sim {

// How the connection ends when not all of the body is sent.
enum class EarlyEnd : uint8_t { kReset, kFin, kStall };

struct Delivery {
  std::chrono::nanoseconds delay{0};  // before the headers
  std::chrono::milliseconds drip{0};  // one body byte each
  double tokens_per_second = 0;       // pace of the events; 0 = at once
  size_t packet = 0;                  // bytes of each write; 0 = as many as there are
  std::optional<size_t> body_limit;   // body bytes to send before `early_end`
  EarlyEnd early_end = EarlyEnd::kReset;
  bool reset_before_head = false;
};

struct Reply {
  int status = 200;
  std::string content_type = "application/json";
  std::string extra_headers;  // whole lines, each with CR LF
  std::string body;
  std::vector<EventEnd> ends;  // of a stream's events
  bool stream = false;         // chunked; each event is an HTTP chunk
  bool journalled = true;      // false: the simulator's own pages
  bool fault = false;
  Delivery delivery;
};

// The bytes on the wire, and where they may pause.
struct Wire {
  std::string bytes;
  std::vector<EventEnd> ends;  // as Reply::ends, in wire offsets
  size_t head = 0;             // size of the status line and headers
  bool complete = true;        // false: cut at the delivery's body_limit
};

// `keep_alive` sets the Connection header; `chunked` is false for an HTTP/1.0 peer, whose stream ends with
// the connection.
Wire BuildWire(const Reply& reply, bool keep_alive, bool chunked);

}  // namespace portcullis::sim
