#include "libs/s3/errors.h"

#include <array>
#include <utility>

#include "libs/base/strings.h"

namespace portcullis::s3 {
namespace {

using absl::StatusCode;

constexpr size_t kMaxMessage = 300;  // bytes of what the store says

struct Known {
  std::string_view code;
  StatusCode status;
  std::string_view advice;
};

constexpr std::string_view kKeys = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
constexpr std::string_view kRegion = "give the bucket's region: --s3-region or AWS_REGION";
constexpr std::string_view kToken = "get new credentials: AWS_SESSION_TOKEN is only good for a while";

constexpr std::array kKnown = {
    Known{"NoSuchBucket", StatusCode::kNotFound, "make the bucket, or correct its name"},
    Known{"NoSuchUpload", StatusCode::kNotFound,
          "the upload was ended from elsewhere, or by a request whose answer was lost: look whether the "
          "object is there"},
    Known{"SignatureDoesNotMatch", StatusCode::kUnauthenticated, kKeys},
    Known{"InvalidAccessKeyId", StatusCode::kUnauthenticated, kKeys},
    Known{"ExpiredToken", StatusCode::kUnauthenticated, kToken},
    Known{"InvalidToken", StatusCode::kUnauthenticated, kToken},
    Known{"RequestTimeTooSkewed", StatusCode::kUnauthenticated, "set the clock of this machine"},
    Known{"AccessDenied", StatusCode::kPermissionDenied,
          "the key needs s3:PutObject and s3:AbortMultipartUpload on this object"},
    Known{"AuthorizationHeaderMalformed", StatusCode::kFailedPrecondition, kRegion},
    Known{"PermanentRedirect", StatusCode::kFailedPrecondition, kRegion},
    Known{"TemporaryRedirect", StatusCode::kFailedPrecondition, kRegion},
    Known{"SlowDown", StatusCode::kUnavailable, "try again later"},
    Known{"RequestTimeout", StatusCode::kUnavailable, "try again later"},
    Known{"InternalError", StatusCode::kUnavailable, "try again later"},
};

// For answers whose body says nothing.
Known ByStatus(int http_status) {
  if (http_status == 401) return {"", StatusCode::kUnauthenticated, kKeys};
  if (http_status == 403) return {"", StatusCode::kPermissionDenied, kKeys};
  if (http_status == 404)
    return {"", StatusCode::kNotFound, "check the endpoint, the bucket's name and AWS_ACCESS_KEY_ID"};
  if (http_status == 429 || http_status >= 500) return {"", StatusCode::kUnavailable, "try again later"};
  if (http_status >= 300 && http_status < 400) return {"", StatusCode::kFailedPrecondition, kRegion};
  return {"", StatusCode::kFailedPrecondition, "check the endpoint: is this an S3 store?"};
}

Known Find(std::string_view code, int http_status) {
  for (const Known& known : kKnown) {
    if (known.code == code) return known;
  }
  return ByStatus(http_status);
}

std::string Resolved(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 6> kEntities = {
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&#34;", '"'}}};
  std::string resolved;
  while (!text.empty()) {
    size_t taken = 1;
    char meant = text[0];
    for (const auto& [entity, character] : kEntities) {
      if (!text.starts_with(entity)) continue;
      taken = entity.size();
      meant = character;
    }
    resolved += meant;
    text.remove_prefix(taken);
  }
  return resolved;
}

// One line of bounded length, without a full stop.
std::string Tellable(std::string text) {
  if (text.size() > kMaxMessage) text.resize(kMaxMessage);
  while (text.ends_with('.')) text.pop_back();
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = ' ';
  }
  return text;
}

// By how much the clocks differ, if the store said what time it has.
std::string Skew(const curl::HttpAnswer& answer, base::SystemTime now) {
  if (!answer.date) return "";
  const auto off = std::chrono::duration_cast<std::chrono::seconds>(now - *answer.date).count();
  return base::StrCat(" (it is ", off < 0 ? -off : off, " s ", off < 0 ? "behind" : "ahead of",
                      " the store's)");
}

}  // namespace

std::string ElementText(std::string_view xml, std::string_view name) {
  const std::string open = base::StrCat("<", name, ">");
  const size_t at = xml.find(open);
  if (at == xml.npos) return "";
  const size_t begin = at + open.size();
  const size_t end = xml.find(base::StrCat("</", name, ">"), begin);
  return end == xml.npos ? "" : Resolved(xml.substr(begin, end - begin));
}

absl::Status ErrorOf(const curl::HttpAnswer& answer, std::string_view what, base::SystemTime now) {
  const std::string code = Tellable(ElementText(answer.body, "Code"));
  const std::string message = Tellable(ElementText(answer.body, "Message"));
  const Known known = Find(code, answer.http_status);
  std::string text =
      base::StrCat(what, ": ", code.empty() ? "" : base::StrCat(code, ", "), "status ", answer.http_status);
  if (!message.empty()) text += base::StrCat(": ", message);
  text += base::StrCat("; ", known.advice);
  if (code == "RequestTimeTooSkewed") text += Skew(answer, now);
  return absl::Status(known.status, text);
}

}  // namespace portcullis::s3
