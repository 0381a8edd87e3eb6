// Which S3-compatible store is meant, and the names of objects in it.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/config/environment.h"
#include "libs/s3/sigv4.h"

namespace portcullis::s3 {

// An object of more than a part is sent by parts, at most 10,000 of them: Amazon's limits.
inline constexpr int kMinPartMib = 5, kMaxPartMib = 1024;
inline constexpr size_t kMaxParts = 10'000;

// What a user says of a store; what is empty comes from the environment.
struct StoreOptions {
  std::string endpoint;       // "https://HOST[:PORT]"
  std::string region;         // "eu-central-1"
  bool virtual_host = false;  // https://BUCKET.HOST/KEY at an endpoint, too
  bool allow_http = false;    // http:// to other machines than this one
  int part_mib = 16;          // kMinPartMib..kMaxPartMib
};

struct Store {
  std::string endpoint;  // "https://HOST[:PORT]"
  std::string region;
  bool path_style = false;  // https://HOST/BUCKET/KEY; else https://BUCKET.HOST/KEY
  std::string ca_file;      // PEM; "" = the system's CAs
  Credentials credentials;
  size_t part_bytes = size_t{16} << 20;
};

// Reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION or AWS_DEFAULT_REGION,
// AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, and AWS_CA_BUNDLE. Without an endpoint the store is Amazon's. At
// an endpoint the region is us-east-1 unless one is given, and paths begin with the bucket. INVALID_ARGUMENT
// says what is missing or wrong, and never a secret.
absl::StatusOr<Store> StoreOf(const StoreOptions& options, const config::Environment& environment);

struct ObjectName {
  std::string bucket;
  std::string key;
};

// "s3://BUCKET/KEY". INVALID_ARGUMENT says what is wrong.
absl::StatusOr<ObjectName> ParseObjectName(std::string_view url);
std::string ToText(const ObjectName& name);

// Where requests for an object go.
struct ObjectAddress {
  std::string origin;  // "https://HOST[:PORT]"
  std::string host;    // "HOST[:PORT]" as the header Host has it
  std::string path;    // percent-encoded, begins with '/'
};

// A bucket whose name has a dot goes into the path at Amazon's, too: certificates do not cover it.
ObjectAddress AddressOf(const Store& store, const ObjectName& name);

}  // namespace portcullis::s3
