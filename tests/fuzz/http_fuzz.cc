// Fuzzes the reader of HTTP requests: the bytes of a connection, in two different splits, must give the same
// requests, keep the limits, and always make progress.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "libs/http/request_parser.h"

namespace {

using portcullis::http::ParserLimits;
using portcullis::http::Request;
using portcullis::http::RequestParser;

constexpr ParserLimits kLimits{2048, 4096};

void Require(bool condition) {
  if (!condition) std::abort();
}

std::string Describe(const Request& request) {
  std::string text = request.method + " " + request.target + " " + request.path + " " + request.query + "\n";
  for (size_t i = 0; i < request.headers.size(); ++i) {
    text.append(request.headers[i].first).append(":").append(request.headers[i].second).append("\n");
  }
  return text + request.body;
}

void CheckLimits(const Request& request) {
  size_t header = request.method.size() + request.target.size();
  for (size_t i = 0; i < request.headers.size(); ++i) {
    header += request.headers[i].first.size() + request.headers[i].second.size();
  }
  Require(header <= kLimits.max_header_bytes);
  Require(request.headers.size() <= RequestParser::kMaxFields);
  Require(request.body.size() <= kLimits.max_body_bytes);
  Require(request.body.capacity() >= request.body.size() + Request::kBodyPadding);
}

// The complete requests in `bytes`, offered `step` bytes more at a time.
std::vector<std::string> ReadAll(std::string_view bytes, size_t step) {
  std::vector<std::string> requests;
  RequestParser parser(kLimits);
  Request request;
  parser.Reset(request);
  size_t start = 0;
  for (size_t end = 0; end < bytes.size();) {
    end = std::min(bytes.size(), end + step);
    for (bool more = true; more && start < end;) {
      size_t used = 0;
      const auto state = parser.Parse(bytes.substr(start, end - start), used);
      Require(used <= end - start);
      start += used;
      if (state == RequestParser::State::kFailed) {
        Require(parser.error().status >= 400 && !parser.error().code.empty());
        return requests;
      }
      more = state == RequestParser::State::kComplete;
      if (!more) continue;
      Require(used > 0);
      CheckLimits(request);
      requests.push_back(Describe(request));
      parser.Reset(request);
    }
  }
  return requests;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = ReadAll(bytes, bytes.size() + 1);
  Require(whole == ReadAll(bytes, 1 + size % 7));
  return 0;
}
