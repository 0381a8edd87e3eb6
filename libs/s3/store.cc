#include "libs/s3/store.h"

#include <algorithm>
#include <initializer_list>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/config/checks.h"

namespace portcullis::s3 {
namespace {

constexpr std::string_view kScheme = "s3://";
constexpr size_t kMaxKey = 1024;  // bytes, Amazon's limit
constexpr size_t kMinBucket = 3, kMaxBucket = 63;
constexpr std::string_view kDefaultRegion = "us-east-1";  // what stores other than Amazon's go by

// The first of the variables that is set to something.
std::string FirstOf(const config::Environment& environment, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const std::string value = environment.Get(name).value_or(""); !value.empty()) return value;
  }
  return "";
}

absl::StatusOr<std::string> HeaderSafe(const config::Environment& environment, std::string_view name,
                                       bool required) {
  std::string value = environment.Get(name).value_or("");
  if (value.empty() && required) {
    return absl::InvalidArgumentError(
        base::StrCat("the environment variable ", name,
                     " is not set: an S3 store is asked with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"));
  }
  if (value.find_first_of(" \t\r\n") != std::string::npos || !config::CheckOneLine(value).empty()) {
    return absl::InvalidArgumentError(base::StrCat("the environment variable ", name,
                                                   " has a blank or control character: export it again"));
  }
  return value;
}

std::string_view HostOf(std::string_view endpoint) { return endpoint.substr(endpoint.find("://") + 3); }

bool IsLoopback(std::string_view host) {
  const std::string_view name =
      host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  return name == "localhost" || name == "[::1]" || name.starts_with("127.");
}

absl::Status CheckEndpoint(const std::string& endpoint, bool allow_http) {
  const auto wrong = [&](std::string_view why) {
    return absl::InvalidArgumentError(base::StrCat("the S3 endpoint '", endpoint, "' ", why));
  };
  if (const std::string issue = config::CheckUrl(endpoint); !issue.empty()) {
    return absl::InvalidArgumentError(
        base::StrCat("the S3 endpoint is no URL like https://s3.example.com: ", issue));
  }
  const std::string_view host = HostOf(endpoint);
  if (host.find('/') != host.npos) return wrong("has a path: give scheme, host and port alone");
  if (endpoint.starts_with("https://") || allow_http || IsLoopback(host)) return absl::OkStatus();
  return wrong("is not encrypted: use https://, or --s3-allow-http in a network that you trust");
}

bool AllOf(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || others.find(c) != others.npos;
  });
}

bool HasDotSegment(std::string_view key) {
  for (size_t begin = 0; begin <= key.size();) {
    const size_t end = std::min(key.find('/', begin), key.size());
    const std::string_view segment = key.substr(begin, end - begin);
    if (segment == "." || segment == "..") return true;
    begin = end + 1;
  }
  return false;
}

absl::Status Check(const ObjectName& name, std::string_view url) {
  const auto wrong = [&](std::string_view why) {
    return absl::InvalidArgumentError(base::StrCat("'", url, "': ", why));
  };
  if (name.bucket.size() < kMinBucket || name.bucket.size() > kMaxBucket || !AllOf(name.bucket, ".-")) {
    return wrong("a bucket's name has 3 to 63 of a-z, 0-9, '.' and '-'");
  }
  if (name.key.empty() || name.key.back() == '/') {
    return wrong("which object? Write s3://BUCKET/KEY, with the name of the object at the end");
  }
  if (name.key.size() > kMaxKey) return wrong("the key is over 1024 bytes");
  if (!config::CheckOneLine(name.key).empty()) return wrong("the key has control characters");
  if (HasDotSegment(name.key)) return wrong("the key has '.' or '..' between slashes");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Store> StoreOf(const StoreOptions& options, const config::Environment& environment) {
  Store store;
  store.endpoint = options.endpoint.empty()
                       ? FirstOf(environment, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"})
                       : options.endpoint;
  while (store.endpoint.ends_with('/')) store.endpoint.pop_back();
  store.region =
      options.region.empty() ? FirstOf(environment, {"AWS_REGION", "AWS_DEFAULT_REGION"}) : options.region;
  store.path_style = !store.endpoint.empty() && !options.virtual_host;
  if (store.region.empty() && store.endpoint.empty()) {
    return absl::InvalidArgumentError(
        "which S3 store? Give --s3-region or AWS_REGION for Amazon's, --s3-endpoint or AWS_ENDPOINT_URL for "
        "another");
  }
  if (store.region.empty()) store.region = kDefaultRegion;
  if (!AllOf(store.region, "-")) {
    return absl::InvalidArgumentError(
        base::StrCat("the S3 region '", store.region, "' has others than a-z, 0-9 and '-'"));
  }
  if (store.endpoint.empty()) store.endpoint = base::StrCat("https://s3.", store.region, ".amazonaws.com");
  RETURN_IF_ERROR(CheckEndpoint(store.endpoint, options.allow_http));
  store.ca_file = FirstOf(environment, {"AWS_CA_BUNDLE"});
  store.part_bytes = static_cast<size_t>(options.part_mib) << 20;
  Credentials& credentials = store.credentials;
  ASSIGN_OR_RETURN(credentials.access_key_id, HeaderSafe(environment, "AWS_ACCESS_KEY_ID", true));
  ASSIGN_OR_RETURN(credentials.secret_access_key, HeaderSafe(environment, "AWS_SECRET_ACCESS_KEY", true));
  ASSIGN_OR_RETURN(credentials.session_token, HeaderSafe(environment, "AWS_SESSION_TOKEN", false));
  return store;
}

absl::StatusOr<ObjectName> ParseObjectName(std::string_view url) {
  const std::string_view rest = url.substr(std::min(kScheme.size(), url.size()));
  const size_t slash = std::min(rest.find('/'), rest.size());
  ObjectName name{std::string(rest.substr(0, slash)),
                  std::string(rest.substr(std::min(slash + 1, rest.size())))};
  RETURN_IF_ERROR(Check(name, url));
  return name;
}

std::string ToText(const ObjectName& name) { return base::StrCat(kScheme, name.bucket, "/", name.key); }

ObjectAddress AddressOf(const Store& store, const ObjectName& name) {
  const std::string_view scheme = std::string_view(store.endpoint).substr(0, store.endpoint.find("://") + 3);
  const bool in_path = store.path_style || name.bucket.find('.') != std::string::npos;
  const std::string key = EncodeUri(name.key, true);
  ObjectAddress address;
  address.host = base::StrCat(in_path ? "" : base::StrCat(name.bucket, "."), HostOf(store.endpoint));
  address.origin = base::StrCat(scheme, address.host);
  address.path = in_path ? base::StrCat("/", name.bucket, "/", key) : base::StrCat("/", key);
  return address;
}

}  // namespace portcullis::s3
