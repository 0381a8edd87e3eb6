#include "services/edge/domain/openai_answer.h"

namespace portcullis::edge {

using json::Kind;
using json::Node;
using json::Tape;

void ReadUsage(const Tape& tape, Usage* usage) {
  const Node* object = tape.Find(tape.root(), "usage");
  if (object == nullptr || object->kind != Kind::kObject) return;
  const Node* prompt = tape.Find(*object, "prompt_tokens");
  const Node* completion = tape.Find(*object, "completion_tokens");
  const int64_t prompt_tokens = prompt != nullptr ? tape.Integer(*prompt) : -1;
  const int64_t completion_tokens = completion != nullptr ? tape.Integer(*completion) : -1;
  if (prompt_tokens < 0 && completion_tokens < 0) return;
  usage->prompt_tokens = prompt_tokens > 0 ? static_cast<uint64_t>(prompt_tokens) : 0;
  usage->completion_tokens = completion_tokens > 0 ? static_cast<uint64_t>(completion_tokens) : 0;
  usage->known = true;
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

}  // namespace portcullis::edge
