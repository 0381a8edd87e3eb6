#include "libs/s3/upload.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"
#include "libs/s3/errors.h"
#include "libs/s3/sigv4.h"

namespace portcullis::s3 {
namespace {

constexpr int kAttempts = 5;
constexpr int kAbortAttempts = 2;  // most often the store is away: that is why
constexpr std::chrono::milliseconds kFirstPause{500};
constexpr std::chrono::seconds kLongestPause{30};
constexpr std::chrono::milliseconds kTimeout{120'000};  // of one request: 140 KB/s bring a part over in it
constexpr std::string_view kService = "s3";
constexpr char kBytes[] = "application/octet-stream";

std::string_view NameOf(curl::HttpMethod method) {
  switch (method) {
    case curl::HttpMethod::kGet:
      return "GET";
    case curl::HttpMethod::kPost:
      return "POST";
    case curl::HttpMethod::kPut:
      return "PUT";
    case curl::HttpMethod::kDelete:
      return "DELETE";
  }
  return "";
}

bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

struct Upload::Call {
  curl::HttpMethod method;
  Fields query;
  std::string content_type;
  std::string_view body;
  int attempts = kAttempts;
};

Upload::Upload(Store store, ObjectName name, std::string content_type, UploadParts parts)
    : store_(std::move(store)),
      address_(AddressOf(store_, name)),
      name_(ToText(name)),
      content_type_(std::move(content_type)),
      parts_(std::move(parts)) {}

Upload::~Upload() {
  if (upload_id_.empty()) return;
  // A store that cannot be reached keeps the parts until its own rules remove them.
  Send({curl::HttpMethod::kDelete, {{"uploadId", upload_id_}}, "", "", kAbortAttempts}).IgnoreError();
}

absl::Status Upload::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    if (buffer_.size() == store_.part_bytes) RETURN_IF_ERROR(SendPart());
    buffer_.reserve(store_.part_bytes);
    const size_t taken = std::min(bytes.size(), store_.part_bytes - buffer_.size());
    buffer_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
  }
  return absl::OkStatus();
}

absl::Status Upload::Finish() {
  if (upload_id_.empty()) return Send({curl::HttpMethod::kPut, {}, content_type_, buffer_}).status();
  RETURN_IF_ERROR(SendPart());
  return Complete();
}

absl::Status Upload::Begin() {
  ASSIGN_OR_RETURN(const curl::HttpAnswer answer,
                   Send({curl::HttpMethod::kPost, {{"uploads", ""}}, content_type_, ""}));
  upload_id_ = ElementText(answer.body, "UploadId");
  if (!upload_id_.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      base::StrCat(name_, ": the answer has no UploadId; check the endpoint: is this an S3 store?"));
}

absl::Status Upload::SendPart() {
  if (upload_id_.empty()) RETURN_IF_ERROR(Begin());
  if (etags_.size() == kMaxParts) {
    return absl::OutOfRangeError(base::StrCat(name_, ": it would be over ", kMaxParts, " parts of ",
                                              store_.part_bytes >> 20,
                                              " MiB; take greater parts by --s3-part-mib"));
  }
  const std::string number = base::StrCat(etags_.size() + 1);
  ASSIGN_OR_RETURN(
      curl::HttpAnswer answer,
      Send({curl::HttpMethod::kPut, {{"partNumber", number}, {"uploadId", upload_id_}}, kBytes, buffer_}));
  etags_.push_back(std::move(answer.etag));
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status Upload::Complete() {
  std::string list = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (size_t i = 0; i < etags_.size(); ++i) {
    list += base::StrCat("<Part><PartNumber>", i + 1, "</PartNumber><ETag>", Escaped(etags_[i]),
                         "</ETag></Part>");
  }
  list += "</CompleteMultipartUpload>";
  RETURN_IF_ERROR(
      Send({curl::HttpMethod::kPost, {{"uploadId", upload_id_}}, "application/xml", list}).status());
  upload_id_.clear();
  return absl::OkStatus();
}

absl::StatusOr<curl::HttpAnswer> Upload::Send(const Call& call) {
  base::Duration pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    absl::StatusOr<curl::HttpAnswer> answer = parts_.perform(Signed(call));
    const absl::Status status = Judge(answer);
    if (status.ok()) return answer;
    if (attempt >= call.attempts || !MayPass(status)) return status;
    const base::Duration asked = answer.ok() ? answer->retry_after : std::chrono::seconds(0);
    parts_.sleeper.Sleep(std::clamp<base::Duration>(asked, pause, kLongestPause));
    pause *= 2;
  }
}

// An answer of 200 can hold an error: completing an upload takes long, and the status goes out at the begin.
absl::Status Upload::Judge(const absl::StatusOr<curl::HttpAnswer>& answer) const {
  if (!answer.ok()) {
    const std::string_view why = base::Message(answer.status());  // begins with the store's address
    return absl::Status(answer.status().code(),
                        base::StrCat(name_, ": ", why, "; check --s3-endpoint and the network"));
  }
  const bool good = answer->http_status >= 200 && answer->http_status < 300 &&
                    answer->body.find("<Error>") == std::string::npos;
  return good ? absl::OkStatus()
              : ErrorOf(*answer, base::StrCat(name_, " at ", address_.origin), parts_.clock.Now());
}

curl::HttpRequest Upload::Signed(const Call& call) const {
  const base::SystemTime now = parts_.clock.Now();
  SigningRequest signing;
  signing.method = NameOf(call.method);
  signing.path = address_.path;
  signing.query = call.query;
  signing.payload_sha256 = crypto::Hex(crypto::Sha256Of(call.body));
  signing.headers = {{"x-amz-content-sha256", signing.payload_sha256}, {"x-amz-date", AmzDate(now)}};
  if (!store_.credentials.session_token.empty()) {
    signing.headers.emplace_back("x-amz-security-token", store_.credentials.session_token);
  }
  curl::HttpRequest request;
  request.method = call.method;
  for (const auto& [name, value] : signing.headers)
    request.headers.push_back(base::StrCat(name, ": ", value));
  signing.headers.emplace_back("host", address_.host);
  if (!call.content_type.empty()) signing.headers.emplace_back("content-type", call.content_type);
  request.headers.push_back(
      base::StrCat("Authorization: ",
                   Authorization(std::move(signing), {store_.region, kService, now}, store_.credentials)));
  request.url = base::StrCat(address_.origin, address_.path);
  if (!call.query.empty()) request.url += base::StrCat("?", CanonicalQuery(call.query));
  request.content_type = call.content_type;
  request.body = call.body;
  request.timeout = kTimeout;
  request.ca_file = store_.ca_file;
  return request;
}

}  // namespace portcullis::s3
