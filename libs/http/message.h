// HTTP messages as plain values: what the server hands to a handler and takes back from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis::http {

// Header fields in the order they came, in one block of memory. Names compare without regard to case.
// Views that it returns are valid until the next change. Not thread-safe.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

  void Add(std::string_view name, std::string_view value);
  void Reserve(size_t fields, size_t bytes);  // of names and values together
  void Clear();

  // The value of the first field of this name.
  std::optional<std::string_view> Get(std::string_view name) const;
  // The same, "" if there is none.
  std::string_view GetOr(std::string_view name, std::string_view fallback = {}) const;
  bool Contains(std::string_view name) const { return Get(name).has_value(); }
  size_t Count(std::string_view name) const;

  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  // Name and value of the field at `index`, below size().
  std::pair<std::string_view, std::string_view> operator[](size_t index) const;

 private:
  struct Entry {
    uint32_t offset;
    uint32_t name_size;
    uint32_t value_size;
  };

  std::string block_;
  std::vector<Entry> entries_;
};

// True if the two are equal without regard to the case of ASCII letters.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

// One request, read whole. The server owns it and keeps it while its handler runs; a handler may move parts
// out.
struct Request {
  // simdjson reads in words: this many bytes of `body`'s capacity follow its end, so it is parsed in place.
  static constexpr size_t kBodyPadding = 64;

  std::string method;  // as sent: "GET", "POST"...
  std::string target;  // as sent: "/v1/models?limit=2", "http://host/v1/models", "*"
  std::string path;    // of the target, percent-encoding as sent: "/v1/models"
  std::string query;   // of the target, without the "?": "limit=2"
  Headers headers;
  std::string body;            // decoded from chunks; capacity() >= size() + kBodyPadding
  std::string remote_address;  // of the peer, without the port: "127.0.0.1", "2001:db8::1"
  int version_minor = 1;       // HTTP/1.x
};

// A whole answer. The server writes content-length, connection, transfer-encoding and date itself and leaves
// out those given here. A carriage return, line feed or NUL in a value is written as a space.
struct Response {
  Response() = default;
  // Constructors, because GCC 12 copies the bits of an aggregate that is made inside a co_await expression.
  Response(int s, Headers h, std::string b) : status(s), headers(std::move(h)), body(std::move(b)) {}

  int status = 200;
  Headers headers;
  std::string body;
};

// "OK" for 200, "Unknown" for a status without a registered phrase.
std::string_view ReasonPhrase(int status);

}  // namespace portcullis::http
