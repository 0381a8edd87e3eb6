#include "services/router/domain/dialect/answer_body.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/router/domain/dialect/provider_error.h"

namespace portcullis::router {
namespace {

constexpr size_t kMaxWholeBytes = 32 << 20;
constexpr size_t kMaxEventBytes = 1 << 20;
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kStreamType = "text/event-stream";

bool LooksLikeObject(std::string_view body) {
  const size_t first = body.find_first_not_of(kSpace);
  return first != body.npos && body[first] == '{' && body[body.find_last_not_of(kSpace)] == '}';
}

}  // namespace

std::string ErrorText(const json::Tape& tape, const json::Node& error) {
  std::string text = ParseProviderError(base::StrCat("{\"error\":", tape.Raw(error), "}")).message;
  return text.empty() ? "an error" : text;
}

absl::Status WholeBody::Begin(std::string_view) { return absl::OkStatus(); }

absl::Status WholeBody::Feed(std::string_view bytes, std::string*) {
  if (body_.size() + bytes.size() > kMaxWholeBytes) {
    return absl::ResourceExhaustedError(base::StrCat("the answer exceeds ", kMaxWholeBytes, " bytes"));
  }
  body_ += bytes;
  return absl::OkStatus();
}

absl::Status WholeBody::Finish(std::string* out) {
  if (body_.empty()) return absl::InvalidArgumentError("the answer is empty");
  if (!LooksLikeObject(body_)) return absl::InvalidArgumentError("the answer is no JSON object");
  return Translate(std::move(body_), out);
}

EventBody::EventBody() : cutter_(kMaxEventBytes) {}

absl::Status EventBody::Begin(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, kStreamType.size());
  const bool same = std::equal(type.begin(), type.end(), kStreamType.begin(), kStreamType.end(),
                               [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
  return same ? absl::OkStatus() : absl::InvalidArgumentError("the answer is no stream of events");
}

absl::Status EventBody::CheckFirst(std::string_view data) {
  begun_ = true;
  if (data == "[DONE]") return absl::OkStatus();
  if (!tape_.Parse(data).ok() || tape_.root().kind != json::Kind::kObject) {
    return absl::InvalidArgumentError("the stream begins with an event that is no JSON object");
  }
  const json::Node* error = tape_.Find(tape_.root(), "error");
  if (error == nullptr || error->kind == json::Kind::kNull) return absl::OkStatus();
  return absl::InvalidArgumentError(
      base::StrCat("the stream begins with an error: ", ErrorText(tape_, *error)));
}

absl::Status EventBody::Feed(std::string_view bytes, std::string* out) {
  return cutter_.Feed(bytes, [this, out](const CutEvent& event) -> absl::Status {
    if (event.malformed)
      return absl::InvalidArgumentError("the stream has a line that is no field of an event");
    if (event.data.empty()) return absl::OkStatus();
    if (!begun_) RETURN_IF_ERROR(CheckFirst(event.data));
    return OnEvent(event, out);
  });
}

absl::Status EventBody::Finish(std::string* out) {
  if (!begun_) return absl::InvalidArgumentError("the stream is empty");
  RETURN_IF_ERROR(OnEnd(out));
  out->append(cutter_.rest());  // half an event: the reader sees that it was cut
  return absl::OkStatus();
}

}  // namespace portcullis::router
