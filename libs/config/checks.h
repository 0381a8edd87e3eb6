// Forms of texts that settings share. Each says what is wrong, or "" (Meta::check).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/config/setting.h"

namespace portcullis::config {

// "host:port" with a port of 0 to 65535: "0.0.0.0:41002", "[::1]:0", "audit.svc:41031".
std::string CheckAddress(std::string_view text);

// "http://" or "https://" with a host, without user, query and fragment.
std::string CheckUrl(std::string_view text);

// The name of an environment variable: letters, digits and '_', not beginning with a digit.
std::string CheckVariableName(std::string_view text);

// A name of an HTTP header (RFC 9110 token).
std::string CheckHeaderName(std::string_view text);

// Text without control characters: goes into one line of a header or a log.
std::string CheckOneLine(std::string_view text);

// An identifier for logs, metrics and headers: letters, digits and "._:/-", beginning with a letter or digit.
std::string CheckIdentifier(std::string_view text);

// Semantic Versioning 2.0.0: "1.0.0", "1.2.3-rc.1+build".
std::string CheckSemVer(std::string_view text);

// One of a fixed set of names; the message has the nearest.
Check OneOf(std::vector<std::string> names, std::string what);

}  // namespace portcullis::config
