#include "apps/sim/models.h"

#include <algorithm>
#include <array>

#include "apps/sim/text.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace {

constexpr int kDefaultDimensions = 1024;

struct Model {
  std::string_view id;
  bool chat = true;
  bool fim = false;
  bool vision = false;
  int dimensions = kDefaultDimensions;
};

constexpr std::array kMistralModels = {
    Model{.id = "mistral-large-latest"},
    Model{.id = "mistral-medium-latest", .vision = true},
    Model{.id = "mistral-small-latest", .vision = true},
    Model{.id = "open-mixtral-8x22b"},
    Model{.id = "codestral-latest", .fim = true},
    Model{.id = "ministral-8b-latest"},
    Model{.id = "pixtral-large-latest", .vision = true},
    Model{.id = "mistral-embed", .chat = false},
    Model{.id = "codestral-embed", .chat = false, .dimensions = 1536},
    Model{.id = "sim-fast", .fim = true},
};

constexpr std::array kOpenAiModels = {
    Model{.id = "gpt-4o", .vision = true},
    Model{.id = "gpt-4o-mini", .vision = true},
    Model{.id = "gpt-4.1", .vision = true},
    Model{.id = "gpt-4.1-mini", .vision = true},
    Model{.id = "text-embedding-3-small", .chat = false, .dimensions = 1536},
    Model{.id = "text-embedding-3-large", .chat = false, .dimensions = 3072},
};

template <typename Models>
const Model* Find(const Models& models, std::string_view id) {
  const auto it = std::find_if(models.begin(), models.end(), [&](const Model& m) { return m.id == id; });
  return it == models.end() ? nullptr : &*it;
}

void AppendModel(std::string& out, const Model& model, std::string_view owner, int64_t created) {
  const auto flag = [](bool value) { return value ? "true" : "false"; };
  out += base::StrCat(
      R"({"id":)", JsonString(model.id), R"(,"object":"model","created":)", created, R"(,"owned_by":")",
      owner, R"(","capabilities":{"completion_chat":)", flag(model.chat), R"(,"completion_fim":)",
      flag(model.fim), R"(,"function_calling":)", flag(model.chat), R"(,"fine_tuning":false,"vision":)",
      flag(model.vision), R"(,"classification":false},"name":)", JsonString(model.id),
      R"(,"description":"Simulated","max_context_length":131072,"aliases":[],"deprecation":null,)",
      R"("default_model_temperature":0.3,"type":"base"})");
}

}  // namespace

bool ModelExists(Provider provider, std::string_view model) {
  if (provider == Provider::kAnthropic) return model.starts_with("sim-") || model.starts_with("claude-");
  if (provider == Provider::kAzure) provider = Provider::kOpenAi;  // a deployment named like its model
  if (model.starts_with("sim-") || Find(kMistralModels, model) != nullptr) return true;
  return provider == Provider::kOpenAi && Find(kOpenAiModels, model) != nullptr;
}

int DefaultDimensions(std::string_view model) {
  if (const Model* found = Find(kMistralModels, model)) return found->dimensions;
  if (const Model* found = Find(kOpenAiModels, model)) return found->dimensions;
  return kDefaultDimensions;
}

std::string RenderModels(Provider provider, int64_t created) {
  std::string out = R"({"object":"list","data":[)";
  for (const Model& model : kMistralModels) {
    AppendModel(out, model, "mistralai", created);
    out += ',';
  }
  if (provider == Provider::kOpenAi) {
    for (const Model& model : kOpenAiModels) {
      AppendModel(out, model, "openai", created);
      out += ',';
    }
  }
  out.back() = ']';
  return out + "}";
}

}  // namespace portcullis::sim
