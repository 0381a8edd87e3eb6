#include "libs/http/request_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <optional>
#include <string>

namespace portcullis::http {
namespace {

namespace beast = boost::beast;
using beast::http::error;
using ErrorCode = beast::error_code;

// Room that is made for a body on the word of its Content-Length alone.
constexpr size_t kTrustedBodyBytes = 1024 * 1024;

constexpr ParseError kMalformed{
    400, "malformed_request",
    "The request is not well-formed HTTP/1.1. Check the client or a proxy on the way."};
constexpr ParseError kHeaderTooLarge{
    431, "header_too_large",
    "The request line and header fields exceed the limit. Send fewer or shorter ones."};
constexpr ParseError kBodyTooLarge{413, "body_too_large",
                                   "The request body exceeds the limit of this server."};
constexpr ParseError kBadVersion{505, "unsupported_version", "Only HTTP/1.0 and HTTP/1.1 are spoken here."};
constexpr ParseError kBadHost{400, "bad_host", "An HTTP/1.1 request needs exactly one Host field."};
constexpr ParseError kBadTransferCoding{
    501, "unsupported_transfer_coding",
    "The only transfer coding taken is one single 'chunked', in HTTP/1.1."};
constexpr ParseError kBadExpectation{417, "unsupported_expectation",
                                     "The only expectation taken is '100-continue'."};

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

const ParseError& Explain(const ErrorCode& code) {
  if (code == error::header_limit) return kHeaderTooLarge;
  if (code == error::body_limit) return kBodyTooLarge;
  if (code == error::bad_version) return kBadVersion;
  return kMalformed;
}

// "http://host:1/a?b" → "/a?b"; other forms as they are.
std::string_view OriginForm(std::string_view target) {
  const size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return target;
  const size_t end_of_authority = target.find_first_of("/?", scheme + 3);
  return end_of_authority == std::string_view::npos ? "/" : target.substr(end_of_authority);
}

void SplitTarget(Request& request) {
  const std::string_view origin = OriginForm(request.target);
  const size_t mark = origin.find('?');
  request.path.assign(origin.substr(0, mark));
  if (request.path.empty()) request.path = "/";
  if (mark != std::string_view::npos) request.query.assign(origin.substr(mark + 1));
}

// Beast's parser, its events written into a Request.
class Events final : public beast::http::basic_parser<true> {
 public:
  Events(const ParserLimits& limits, Request& request) : limits_(limits), request_(request) {
    eager(true);
    header_limit(static_cast<uint32_t>(limits.max_header_bytes));
    body_limit(limits.max_body_bytes);
  }

  const ParseError* failure() const { return failure_; }
  bool expects_continue() const { return expects_continue_; }

 private:
  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                       ErrorCode&) override {
    request_.method.assign(View(method));
    request_.target.assign(View(target));
    request_.version_minor = version % 10;
    header_bytes_ = method.size() + target.size() + sizeof("  HTTP/1.1\r\n");
    SplitTarget(request_);
  }

  void on_response_impl(int, beast::string_view, int, ErrorCode&) override {}

  void on_field_impl(beast::http::field field, beast::string_view name, beast::string_view value,
                     ErrorCode& code) override {
    header_bytes_ += name.size() + value.size() + sizeof(": \r\n");
    if (header_bytes_ > limits_.max_header_bytes || fields_++ == kMaxFields)
      return Fail(kHeaderTooLarge, code);
    if (is_header_done()) return;  // a trailer
    if (field == beast::http::field::host) ++hosts_;
    if (field == beast::http::field::transfer_encoding) {
      ++transfer_codings_;
      if (!EqualsIgnoringCase(View(value), "chunked")) return Fail(kBadTransferCoding, code);
    }
    if (field == beast::http::field::expect) {
      if (!EqualsIgnoringCase(View(value), "100-continue")) return Fail(kBadExpectation, code);
      expects_continue_ = request_.version_minor == 1;
    }
    request_.headers.Add(View(name), View(value));
  }

  void on_header_impl(ErrorCode& code) override {
    if (hosts_ > 1 || (hosts_ == 0 && request_.version_minor == 1)) return Fail(kBadHost, code);
    if (transfer_codings_ > (request_.version_minor == 1 ? 1 : 0)) return Fail(kBadTransferCoding, code);
  }

  void on_body_init_impl(const boost::optional<uint64_t>& length, ErrorCode&) override {
    announced_ = length ? static_cast<size_t>(*length) : limits_.max_body_bytes;
    if (length) request_.body.reserve(std::min(announced_, kTrustedBodyBytes) + Request::kBodyPadding);
  }

  size_t on_body_impl(beast::string_view bytes, ErrorCode&) override {
    const size_t needed = request_.body.size() + bytes.size() + Request::kBodyPadding;
    if (needed > request_.body.capacity()) {
      const size_t wished = std::min(request_.body.capacity() * 2, announced_ + Request::kBodyPadding);
      request_.body.reserve(std::max(needed, wished));
    }
    request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_chunk_header_impl(uint64_t, beast::string_view, ErrorCode&) override {}

  size_t on_chunk_body_impl(uint64_t, beast::string_view bytes, ErrorCode& code) override {
    return on_body_impl(bytes, code);
  }

  void on_finish_impl(ErrorCode&) override {}

  void Fail(const ParseError& failure, ErrorCode& code) {
    failure_ = &failure;
    code = error::bad_field;
  }

  static constexpr size_t kMaxFields = RequestParser::kMaxFields;

  const ParserLimits& limits_;
  Request& request_;
  const ParseError* failure_ = nullptr;
  size_t header_bytes_ = 0;
  size_t fields_ = 0;
  size_t announced_ = 0;
  int hosts_ = 0;
  int transfer_codings_ = 0;
  bool expects_continue_ = false;
};

}  // namespace

class RequestParser::Impl {
 public:
  explicit Impl(const ParserLimits& parser_limits) : limits(parser_limits) {}

  const ParserLimits limits;
  std::optional<Events> events;
  ParseError error;
};

RequestParser::RequestParser(const ParserLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;

void RequestParser::Reset(Request& request) {
  request.method.clear();
  request.target.clear();
  request.path.clear();
  request.query.clear();
  request.headers.Clear();
  request.body.clear();
  request.body.reserve(Request::kBodyPadding);
  request.version_minor = 1;
  impl_->events.emplace(impl_->limits, request);
  impl_->error = {};
}

RequestParser::State RequestParser::Parse(std::string_view bytes, size_t& used) {
  Events& events = *impl_->events;
  used = 0;
  while (!events.is_done()) {
    ErrorCode code;
    const size_t taken = events.put({bytes.data() + used, bytes.size() - used}, code);
    used += taken;
    if (code == error::need_more || (!code && used == bytes.size() && !events.is_done())) {
      // A chunk header or trailer that does not end.
      if (bytes.size() - used > impl_->limits.max_header_bytes) {
        impl_->error = kHeaderTooLarge;
        return State::kFailed;
      }
      return State::kNeedMore;
    }
    if (code) {
      impl_->error = events.failure() != nullptr ? *events.failure() : Explain(code);
      return State::kFailed;
    }
  }
  return State::kComplete;
}

bool RequestParser::header_complete() const { return impl_->events && impl_->events->is_header_done(); }
bool RequestParser::expects_continue() const { return impl_->events->expects_continue(); }
bool RequestParser::keep_alive() const { return impl_->events->keep_alive(); }
const ParseError& RequestParser::error() const { return impl_->error; }

}  // namespace portcullis::http
