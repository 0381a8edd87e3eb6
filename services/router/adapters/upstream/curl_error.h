// libcurl's error codes in the domain's terms.
#pragma once

#include <curl/curl.h>

#include "services/router/domain/upstream_port.h"

namespace portcullis::router {

// `easy` is the transfer's handle after its end: tells a time-out while connecting from a later one.
TransportError ToTransportError(CURLcode code, CURL* easy);

}  // namespace portcullis::router
