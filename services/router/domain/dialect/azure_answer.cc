#include "services/router/domain/dialect/azure_answer.h"

#include <string>
#include <utility>

#include "services/router/domain/dialect/answer_body.h"

namespace portcullis::router {
namespace {

constexpr std::string_view kFilterResults = "\"prompt_filter_results\"";

class AzureWhole final : public WholeBody {
 private:
  absl::Status Translate(std::string body, std::string* out) override {
    *out = std::move(body);
    return absl::OkStatus();
  }
};

class AzureStream final : public EventBody {
 private:
  absl::Status OnEvent(const CutEvent& event, std::string* out) override {
    if (event.data.find(kFilterResults) == event.data.npos || !IsFilterOnly(event.data))
      out->append(event.raw);
    return absl::OkStatus();
  }

  bool IsFilterOnly(std::string_view data) {
    if (!tape_.Parse(data).ok() || tape_.root().kind != json::Kind::kObject) return false;
    const json::Node* choices = tape_.Find(tape_.root(), "choices");
    const json::Node* usage = tape_.Find(tape_.root(), "usage");
    const bool has_usage = usage != nullptr && usage->kind != json::Kind::kNull;
    const bool empty = choices == nullptr || tape_.Raw(*choices) == "[]";
    return empty && !has_usage && tape_.Find(tape_.root(), "prompt_filter_results") != nullptr;
  }
};

}  // namespace

std::unique_ptr<AnswerAdapter> MakeAzureAnswer(bool stream) {
  if (stream) return std::make_unique<AzureStream>();
  return std::make_unique<AzureWhole>();
}

}  // namespace portcullis::router
