// Who asks, and under which ids and deadline: handed to every service with every call.
#pragma once

#include <string>

#include "libs/base/clock.h"

namespace portcullis::base {

struct RequestContext {
  std::string request_id;    // the x-request-id of the response and of the audit record
  std::string tenant;        // "" = the default tenant
  std::string principal;     // who the edge found the caller to be; "" = anonymous
  std::string traceparent;   // W3C, our own span
  std::string user;          // end user as the client named it (`user` field or header); not authenticated
  MonotonicTime deadline{};  // zero = none. Sent between processes as the time that remains.
};

}  // namespace portcullis::base
