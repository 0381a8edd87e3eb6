#include "libs/s3/sigv4.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "libs/base/strings.h"
#include "libs/crypto/secret.h"
#include "libs/crypto/sha256.h"

namespace portcullis::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string_view View(const crypto::Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// Without blanks at the ends, each run of them inside as one.
std::string CanonicalValue(std::string_view value) {
  std::string canonical;
  bool gap = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t') {
      gap = !canonical.empty();
      continue;
    }
    if (std::exchange(gap, false)) canonical += ' ';
    canonical += c;
  }
  return canonical;
}

struct CanonicalHeaders {
  std::string lines;  // "name:value\n" each
  std::string names;  // "host;x-amz-date"
};

CanonicalHeaders Canonical(Fields headers) {
  std::sort(headers.begin(), headers.end());
  CanonicalHeaders canonical;
  for (const auto& [name, value] : headers) {
    canonical.lines += base::StrCat(name, ":", CanonicalValue(value), "\n");
    canonical.names += base::StrCat(canonical.names.empty() ? "" : ";", name);
  }
  return canonical;
}

// The key of one day, region and service.
crypto::Digest SigningKey(std::string_view secret, std::string_view day, const SigningScope& scope) {
  crypto::Digest key = crypto::HmacSha256(base::StrCat("AWS4", secret), day);
  for (const std::string_view part : {scope.region, scope.service, std::string_view("aws4_request")}) {
    key = crypto::HmacSha256(View(key), part);
  }
  return key;
}

bool Unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}

}  // namespace

std::string AmzDate(base::SystemTime at) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &utc)};
}

std::string EncodeUri(std::string_view text, bool keep_slash) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (Unreserved(c) || (keep_slash && c == '/')) {
      encoded += c;
    } else {
      encoded += {'%', kDigits[static_cast<unsigned char>(c) >> 4], kDigits[c & 15]};
    }
  }
  return encoded;
}

std::string CanonicalQuery(Fields query) {
  for (auto& [name, value] : query) {
    name = EncodeUri(name, false);
    value = EncodeUri(value, false);
  }
  std::sort(query.begin(), query.end());
  std::string text;
  for (const auto& [name, value] : query) text += base::StrCat(text.empty() ? "" : "&", name, "=", value);
  return text;
}

std::string Authorization(SigningRequest request, const SigningScope& scope, const Credentials& credentials) {
  const CanonicalHeaders headers = Canonical(std::move(request.headers));
  const std::string canonical =
      base::StrCat(request.method, "\n", request.path, "\n", CanonicalQuery(std::move(request.query)), "\n",
                   headers.lines, "\n", headers.names, "\n", request.payload_sha256);
  const std::string time = AmzDate(scope.at);
  const std::string day = time.substr(0, 8);
  const std::string place = base::StrCat(day, "/", scope.region, "/", scope.service, "/aws4_request");
  const std::string to_sign =
      base::StrCat(kAlgorithm, "\n", time, "\n", place, "\n", crypto::Hex(crypto::Sha256Of(canonical)));
  const crypto::Digest key = SigningKey(credentials.secret_access_key, day, scope);
  return base::StrCat(kAlgorithm, " Credential=", credentials.access_key_id, "/", place,
                      ",SignedHeaders=", headers.names,
                      ",Signature=", crypto::Hex(crypto::HmacSha256(View(key), to_sign)));
}

}  // namespace portcullis::s3
