#include "services/edge/domain/openai_answer.h"

#include <algorithm>

namespace portcullis::edge {

using json::Kind;
using json::Node;
using json::Tape;

namespace {

// A count of the object under `key`, or -1.
int64_t CountAt(const Tape& tape, const Node& object, std::string_view key) {
  const Node* node = tape.Find(object, key);
  return node != nullptr ? tape.Integer(*node) : -1;
}

// `outer.inner`, or 0.
uint64_t DetailAt(const Tape& tape, const Node& usage, std::string_view outer, std::string_view inner) {
  const Node* details = tape.Find(usage, outer);
  if (details == nullptr || details->kind != Kind::kObject) return 0;
  return static_cast<uint64_t>(std::max<int64_t>(CountAt(tape, *details, inner), 0));
}

}  // namespace

bool IsUsageOnly(const Tape& tape) {
  const Node* usage = tape.Find(tape.root(), "usage");
  if (usage == nullptr || usage->kind != Kind::kObject) return false;
  const Node* choices = tape.Find(tape.root(), "choices");
  return choices == nullptr || (choices->kind == Kind::kArray &&
                                !(tape.Children(*choices).begin() != tape.Children(*choices).end()));
}

void ReadUsage(const Tape& tape, Usage* usage) {
  const Node* object = tape.Find(tape.root(), "usage");
  if (object == nullptr || object->kind != Kind::kObject) return;
  const int64_t prompt = CountAt(tape, *object, "prompt_tokens");
  const int64_t completion = CountAt(tape, *object, "completion_tokens");
  if (prompt < 0 && completion < 0) return;
  usage->known = true;
  router::TokenUsage& tokens = usage->tokens;
  tokens.prompt = static_cast<uint64_t>(std::max<int64_t>(prompt, 0));
  tokens.completion = static_cast<uint64_t>(std::max<int64_t>(completion, 0));
  tokens.cached_prompt = DetailAt(tape, *object, "prompt_tokens_details", "cached_tokens");
  tokens.cache_write = DetailAt(tape, *object, "prompt_tokens_details", "cache_creation_tokens");
  tokens.reasoning = DetailAt(tape, *object, "completion_tokens_details", "reasoning_tokens");
  // DeepSeek's name for it.
  const int64_t hits = CountAt(tape, *object, "prompt_cache_hit_tokens");
  if (tokens.cached_prompt == 0 && hits > 0) tokens.cached_prompt = static_cast<uint64_t>(hits);
}

std::string ReadFinishReason(const Tape& tape) {
  const Node* choices = tape.Find(tape.root(), "choices");
  if (choices == nullptr || choices->kind != Kind::kArray) return {};
  for (const Node& choice : tape.Children(*choices)) {
    const Node* reason = tape.Find(choice, "finish_reason");
    if (reason == nullptr || reason->kind != Kind::kString) continue;
    std::string scratch;
    return std::string(tape.String(*reason, &scratch));
  }
  return {};
}

std::string ReadModel(const Tape& tape) {
  const Node* model = tape.Find(tape.root(), "model");
  if (model == nullptr || model->kind != Kind::kString) return {};
  std::string scratch;
  return std::string(tape.String(*model, &scratch));
}

}  // namespace portcullis::edge
