#include "services/router/domain/dialect/dialect.h"

#include <utility>

#include "services/router/domain/dialect/body_rewriter.h"
#include "services/router/domain/dialect/mistral_answer.h"
#include "services/router/domain/dialect/mistral_rules.h"

namespace portcullis::router {
namespace {

constexpr uint32_t kMaxDepth = 1024;

Scope ScopeOf(Operation operation) {
  switch (operation) {
    case Operation::kFimCompletions:
      return Scope::kFim;
    case Operation::kEmbeddings:
      return Scope::kEmbeddings;
    case Operation::kChatCompletions:
      break;
  }
  return Scope::kChat;
}

}  // namespace

bool AdaptRequest(const DialectOptions& options, Operation operation, std::string_view body, json::Tape* tape,
                  AdaptedRequest* adapted, Refusal* refusal) {
  // The edge has parsed the body; one that another caller spoilt is for the provider to refuse.
  if (options.dialect == Dialect::kOpenAi || !tape->Parse(body, {.max_depth = kMaxDepth}).ok()) return true;
  BodyRewriter rewriter(*tape, MistralRules(), options.on_unsupported, "Mistral");
  if (!rewriter.Rewrite(ScopeOf(operation), refusal)) return false;
  adapted->dropped = std::move(rewriter.dropped());
  adapted->changed = !rewriter.splices().empty();
  if (adapted->changed) adapted->body = json::ApplySplices(body, std::move(rewriter.splices()));
  return true;
}

std::unique_ptr<AnswerAdapter> MakeAnswerAdapter(const DialectOptions& options, Operation, bool stream) {
  if (options.dialect == Dialect::kMistral) return MakeMistralAnswer(stream);
  return nullptr;
}

}  // namespace portcullis::router
