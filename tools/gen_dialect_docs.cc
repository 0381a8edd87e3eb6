// Writes docs/providers/mistral-dialect.md from the table of rewrite rules.
//   gen_dialect_docs FILE           writes it
//   gen_dialect_docs --check FILE   compares: 0 = equal, 1 = differs
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "services/router/domain/dialect/mistral_rules.h"

namespace {

using portcullis::router::RewriteRule;
using portcullis::router::RuleAction;
using portcullis::router::Scope;

constexpr std::string_view kIntroduction =
    R"(# OpenAI's requests at Mistral

This page is generated from the rules that the gateway applies (`tools/gen_dialect_docs.cc`). Clients send what OpenAI's
SDKs send; a target with `provider: mistral` (or `provider_type: mistral`) is given what Mistral takes. Bytes that no
rule touches go upstream as they came; fields that are in no table too, so that Mistral's own (`safe_prompt`,
`random_seed`, `prompt_mode`...) can be sent. The names were checked against the request models of Mistral's Python
package (mistralai 3.7.0).

What Mistral cannot honour is decided by the target's `on_unsupported`:

| `on_unsupported` | what happens |
|---|---|
| `refuse` (default) | 400 `upstream_rejected` with the field as `param`, before anything is sent; another target that can take the request is asked first |
| `drop` | the field is left out (or clamped), and `x-portcullis-dropped` names it |
| `pass` | the field is sent, and Mistral decides |

Fields that do not change the answer are dropped in any case, and `x-portcullis-dropped` names them.

On the way back `finish_reason: model_length` becomes `length`. Ids of tool calls that Mistral gave pass in both
directions; others are mapped without state, the same id always to the same 9 characters. Usage comes with the last event of a stream; a client sees an event with usage alone only
if it asked with `stream_options.include_usage`.
)";

std::string_view Title(Scope scope) {
  switch (scope) {
    case Scope::kChat:
      return "Chat completions";
    case Scope::kFim:
      return "FIM completions";
    case Scope::kEmbeddings:
      return "Embeddings";
    case Scope::kMessage:
      return "`messages[]`";
    case Scope::kPart:
      return "`messages[].content[]`";
    case Scope::kToolCall:
      return "`messages[].tool_calls[]`";
    case Scope::kTool:
      return "`tools[]`";
    case Scope::kFunction:
      return "`tools[].function`";
    case Scope::kNone:
      break;
  }
  return "";
}

std::string Code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string Effect(const RewriteRule& rule) {
  switch (rule.action) {
    case RuleAction::kKeep:
      return "sent as it is";
    case RuleAction::kRename:
      return "sent as " + Code(rule.argument);
    case RuleAction::kReplace:
      return "becomes " + Code(rule.argument);
    case RuleAction::kInsert:
      return "sent as " + Code(rule.argument);
    case RuleAction::kUnwrap:
      return "becomes its " + Code(rule.argument);
    case RuleAction::kSmaller:
      return "the smaller is sent as " + Code(rule.argument);
    case RuleAction::kPositive:
      return "sent as " + Code(rule.argument) + ", without its sign";
    case RuleAction::kMapToolCallId:
      return "9 letters and digits made from it";
    case RuleAction::kRemove:
      return "not sent";
    case RuleAction::kDrop:
      return "dropped";
    case RuleAction::kUnsupported:
      return "**`on_unsupported`**";
    case RuleAction::kClamp:
      return "**`on_unsupported`**; `drop` sends " + Code(rule.argument);
    case RuleAction::kImpossible:
      return "**refused**, unless `on_unsupported: pass`";
  }
  return "";
}

std::string Page() {
  std::string page(kIntroduction);
  for (size_t i = 0; i < portcullis::router::kScopes; ++i) {
    page += "\n## " + std::string(Title(static_cast<Scope>(i))) +
            "\n\n| field | when | what happens | why |\n|---|---|---|---|\n";
    for (const RewriteRule& rule : portcullis::router::MistralRules().of[i]) {
      page += "| " + Code(rule.field) + " | " + std::string(rule.when) + " | " + Effect(rule) + " | " +
              std::string(rule.reason) + " |\n";
    }
  }
  return page;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string page = Page();
  if (argc == 3 && std::string_view(argv[1]) == "--check") {
    std::ifstream in(argv[2], std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (text == page) return 0;
    std::cerr << argv[2] << ": differs from the rules; run: gen_dialect_docs " << argv[2] << "\n";
    return 1;
  }
  if (argc != 2) {
    std::cerr << "usage: gen_dialect_docs [--check] docs/providers/mistral-dialect.md\n";
    return 2;
  }
  std::ofstream out(argv[1], std::ios::binary);
  out << page;
  return out.good() ? 0 : 1;
}
