// A page of AxonFlow's API: who asks for what, and what is answered.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace portcullis::edge {

struct PageRequest {
  std::string_view endpoint;  // as in records: of the path without names
  std::string_view method;
  std::string_view path;
  std::string_view query;
  std::string_view body;
  std::string_view caller;
  std::string_view address;  // of the caller
  bool community = true;
};

struct Page {
  Page() = default;  // no aggregate: GCC 12 copies those bitwise within co_await expressions
  Page(int s, std::string b) : status(s), body(std::move(b)) {}

  int status = 200;
  std::string code;  // of a request that is refused and has no record yet, for that
  std::string body;
  std::string_view content_type = "application/json";
  bool recorded = true;    // leaves an audit record
  std::string request_id;  // of the record that it has left already; "" = none yet
};

// The endpoint of a page and the methods that it takes ("GET, POST"); "" = there is none.
struct PageRoute {
  std::string_view endpoint;
  std::string_view methods;
};

// Whether the methods of a route have this one; HEAD goes where GET does.
bool TakesMethod(std::string_view methods, std::string_view method);

}  // namespace portcullis::edge
