#include "apps/sim/reply.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "libs/base/strings.h"

namespace portcullis::sim {
namespace {

std::string_view ReasonOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 422:
      return "Unprocessable Entity";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return "Error";
  }
}

void AppendHead(std::string& out, const Reply& reply, bool keep_alive, bool chunked) {
  out += base::StrCat("HTTP/1.1 ", reply.status, " ", ReasonOf(reply.status),
                      "\r\nServer: portcullis-sim\r\nContent-Type: ", reply.content_type, "\r\n",
                      reply.extra_headers);
  if (reply.stream) {
    out +=
        chunked ? "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n" : "Cache-Control: no-cache\r\n";
  } else {
    out += base::StrCat("Content-Length: ", reply.body.size(), "\r\n");
  }
  out += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
}

void AppendHex(std::string& out, size_t number) {
  char buffer[16];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), number, 16).ptr);
}

}  // namespace

Wire BuildWire(const Reply& reply, bool keep_alive, bool chunked) {
  Wire wire;
  const std::string_view body = reply.body;
  const size_t limit = std::min(reply.delivery.body_limit.value_or(body.size()), body.size());
  wire.complete =
      !reply.delivery.body_limit || (limit == body.size() && reply.delivery.early_end == EarlyEnd::kFin);
  wire.bytes.reserve(256 + body.size() + 8 * reply.ends.size());
  AppendHead(wire.bytes, reply, keep_alive, chunked);
  wire.head = wire.bytes.size();
  if (!reply.stream || !chunked) {
    wire.bytes += body.substr(0, limit);
    for (const EventEnd& end : reply.ends) wire.ends.push_back({wire.head + end.offset, end.tokens});
    return wire;
  }
  size_t from = 0;
  for (const EventEnd& end : reply.ends) {
    if (from >= limit && !wire.complete) break;
    AppendHex(wire.bytes, end.offset - from);
    wire.bytes += "\r\n";
    wire.bytes += body.substr(from, std::min(end.offset, limit) - from);
    if (end.offset > limit) return wire;
    wire.bytes += "\r\n";
    wire.ends.push_back({wire.bytes.size(), end.tokens});
    from = end.offset;
  }
  if (wire.complete) wire.bytes += "0\r\n\r\n";
  return wire;
}

}  // namespace portcullis::sim
