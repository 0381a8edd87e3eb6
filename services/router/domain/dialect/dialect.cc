#include "services/router/domain/dialect/dialect.h"

#include <utility>

#include "libs/base/strings.h"
#include "services/router/domain/dialect/anthropic_answer.h"
#include "services/router/domain/dialect/anthropic_request.h"
#include "services/router/domain/dialect/anthropic_rules.h"
#include "services/router/domain/dialect/azure_answer.h"
#include "services/router/domain/dialect/body_rewriter.h"
#include "services/router/domain/dialect/mistral_answer.h"
#include "services/router/domain/dialect/mistral_rules.h"
#include "services/router/domain/dialect/stream_usage.h"

namespace portcullis::router {
namespace {

// The edge has its own limit; bodies within it are read here.
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

// What the provider does not offer at all; "" when it does.
std::string_view Lacks(Dialect dialect, Operation operation) {
  const bool fim = operation == Operation::kFimCompletions;
  if (dialect == Dialect::kAzure && fim) return "Azure OpenAI offers no FIM completions";
  if (dialect == Dialect::kAnthropic && fim) return "Anthropic offers no FIM completions";
  if (dialect == Dialect::kAnthropic && operation == Operation::kEmbeddings)
    return "Anthropic offers no embeddings";
  return "";
}

// Applies a book of rules. False when refused.
bool ApplyRules(const RuleBook& rules, std::string_view provider, const DialectOptions& options, Scope scope,
                std::string_view body, const json::Tape& tape, AdaptedRequest* adapted, Refusal* refusal) {
  BodyRewriter rewriter(tape, rules, options.on_unsupported, provider);
  if (!rewriter.Rewrite(scope, refusal)) return false;
  adapted->dropped = std::move(rewriter.dropped());
  adapted->changed = !rewriter.splices().empty();
  if (adapted->changed) adapted->body = json::ApplySplices(body, std::move(rewriter.splices()));
  return true;
}

bool AdaptToAnthropic(const DialectOptions& options, std::string_view body, json::Tape* tape,
                      AdaptedRequest* adapted, Refusal* refusal) {
  if (!ApplyRules(AnthropicRules(), "Anthropic", options, Scope::kChat, body, *tape, adapted, refusal))
    return false;
  const std::string renamed = adapted->changed ? std::move(adapted->body) : std::string(body);
  if (!tape->Parse(renamed, {.max_depth = kMaxDepth}).ok()) return true;
  adapted->changed = true;
  return ToAnthropicRequest(*tape, options.default_max_tokens, &adapted->body, refusal);
}

}  // namespace

bool AdaptRequest(const DialectOptions& options, Operation operation, bool stream, std::string_view body,
                  json::Tape* tape, AdaptedRequest* adapted, Refusal* refusal) {
  if (const std::string_view lacks = Lacks(options.dialect, operation); !lacks.empty()) {
    refusal->message = lacks;
    return false;
  }
  const bool openai = options.dialect == Dialect::kOpenAi || options.dialect == Dialect::kAzure;
  const bool ask = options.ask_usage && stream && operation == Operation::kChatCompletions;
  if (openai && !ask) return true;
  // The edge has parsed the body; one that another caller spoilt is for the provider to refuse.
  if (!tape->Parse(body, {.max_depth = kMaxDepth}).ok()) return true;
  switch (options.dialect) {
    case Dialect::kMistral:
      return ApplyRules(MistralRules(), "Mistral", options, ScopeOf(operation), body, *tape, adapted,
                        refusal);
    case Dialect::kAnthropic:
      return AdaptToAnthropic(options, body, tape, adapted, refusal);
    case Dialect::kOpenAi:
    case Dialect::kAzure:
      break;
  }
  if (auto asking = AskForUsage(body, *tape)) {
    adapted->changed = true;
    adapted->body = *std::move(asking);
  }
  return true;
}

std::unique_ptr<AnswerAdapter> MakeAnswerAdapter(const DialectOptions& options, bool stream,
                                                 int64_t created) {
  switch (options.dialect) {
    case Dialect::kMistral:
      return MakeMistralAnswer(stream);
    case Dialect::kAzure:
      return MakeAzureAnswer(stream);
    case Dialect::kAnthropic:
      return MakeAnthropicAnswer(stream, created);
    case Dialect::kOpenAi:
      break;
  }
  return nullptr;
}

}  // namespace portcullis::router
