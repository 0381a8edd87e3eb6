// AWS Signature Version 4 in the header Authorization, as "Signature Version 4 signing process" and
// "Authenticating Requests: Using the Authorization Header" of Amazon S3's API reference describe it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/clock.h"

namespace portcullis::s3 {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;  // secret
  std::string session_token;      // secret; "" = none
};

using Fields = std::vector<std::pair<std::string, std::string>>;

struct SigningRequest {
  std::string_view method;  // "PUT"
  std::string path;         // as it is sent: EncodeUri(..., true)
  Fields query;             // names and values as they are meant, not encoded
  Fields headers;           // those to be signed: lower-case names, "host" and all of x-amz-* among them
  std::string payload_sha256;
};

// What a signature is good for.
struct SigningScope {
  std::string_view region;
  std::string_view service;
  base::SystemTime at;
};

// The value of Authorization.
std::string Authorization(SigningRequest request, const SigningScope& scope, const Credentials& credentials);

// The value of x-amz-date: "20150830T123600Z".
std::string AmzDate(base::SystemTime at);

// Percent-encodes all but the unreserved characters of RFC 3986, and '/' unless it is kept.
std::string EncodeUri(std::string_view text, bool keep_slash);

// The query as it is signed, which is also how it is sent: "partNumber=1&uploadId=a%2Fb", "uploads=".
std::string CanonicalQuery(Fields query);

}  // namespace portcullis::s3
