#include "services/router/domain/dialect/mistral_answer.h"

#include <string>
#include <utility>
#include <vector>

#include "libs/json/splice.h"
#include "services/router/domain/dialect/answer_body.h"

namespace portcullis::router {
namespace {

constexpr std::string_view kModelLength = "\"model_length\"";

// `text` with the finish reason replaced where it stands; as it is when it is no answer.
std::string WithLength(std::string_view text, json::Tape* tape) {
  std::vector<json::Splice> splices;
  const json::Node* choices = tape->Parse(text).ok() ? tape->Find(tape->root(), "choices") : nullptr;
  if (choices == nullptr) return std::string(text);
  for (const json::Node& choice : tape->Children(*choices)) {
    const json::Node* reason = tape->Find(choice, "finish_reason");
    if (reason != nullptr && tape->Raw(*reason) == kModelLength) {
      splices.push_back({reason->begin, reason->end, "\"length\""});
    }
  }
  return json::ApplySplices(text, std::move(splices));
}

class MistralWhole final : public WholeBody {
 private:
  absl::Status Translate(std::string body, std::string* out) override {
    *out = body.find(kModelLength) == body.npos ? std::move(body) : WithLength(body, &tape_);
    return absl::OkStatus();
  }

  json::Tape tape_;
};

class MistralStream final : public EventBody {
 private:
  absl::Status OnEvent(const CutEvent& event, std::string* out) override {
    if (event.data.find(kModelLength) == event.data.npos) {
      out->append(event.raw);
    } else {
      *out += "data: " + WithLength(event.data, &tape_) + "\n\n";
    }
    return absl::OkStatus();
  }
};

}  // namespace

std::unique_ptr<AnswerAdapter> MakeMistralAnswer(bool stream) {
  if (stream) return std::make_unique<MistralStream>();
  return std::make_unique<MistralWhole>();
}

}  // namespace portcullis::router
