// Writes docs/providers/mistral-dialect.md, anthropic-dialect.md, prices.md and providers.md from the tables
// that the gateway works with.
//   gen_dialect_docs FOLDER           writes them
//   gen_dialect_docs --check FOLDER   compares: 0 = equal, 1 = one differs
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "libs/base/strings.h"
#include "services/router/app/provider_table.h"
#include "services/router/domain/dialect/anthropic_rules.h"
#include "services/router/domain/dialect/mistral_rules.h"
#include "services/router/domain/pricing/price_table.h"

namespace {

using portcullis::router::RewriteRule;
using portcullis::router::RuleAction;
using portcullis::router::RuleBook;
using portcullis::router::Scope;

constexpr std::string_view kMistral =
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

constexpr std::string_view kAnthropic =
    R"(# OpenAI's requests at Anthropic

This page is generated from the rules that the gateway applies (`tools/gen_dialect_docs.cc`). A target with
`provider: anthropic`, `format: anthropic` or `provider_type: anthropic` is asked through the Messages API
(`POST {base_url}/messages`, `anthropic-version: 2023-06-01`, the key in `x-api-key`). Embeddings and FIM completions it
does not offer: 400, unless another target takes them. `on_unsupported` is explained in mistral-dialect.md.

| OpenAI | Anthropic |
|---|---|
| messages of `system` and `developer`, wherever they stand | `system`, in their order |
| messages that follow each other in one role | one message; empty texts go |
| `tool_calls` of the assistant; messages of `tool` | `tool_use` blocks; `tool_result` blocks of the user |
| `image_url`: a `data:` URL; another URL | an image from `base64`; from `url` |
| `file` with `file_data` (PDF) | `document` |
| `tools[].function` | `tools[]` with `input_schema` |
| `tool_choice`: `auto`, `required`, `none`, a function | `auto`, `any`, `none`, `tool` |
| `parallel_tool_calls: false` | `tool_choice.disable_parallel_tool_use: true` |
| `response_format` of type `json_schema` | `output_config.format` |
| `stop` | `stop_sequences` |
| no `max_tokens` | `max_tokens` from the target's `default_max_tokens` (4096) |
| `choices[].message.content`, `reasoning_content`, `tool_calls` | blocks of `text`, `thinking`, `tool_use` |
| `finish_reason`: `stop`, `length`, `tool_calls`, `content_filter` | `stop_reason`: `end_turn`, `stop_sequence` and others; `max_tokens`, `model_context_window_exceeded`; `tool_use`; `refusal` |
| `usage.prompt_tokens` | `input_tokens` + `cache_read_input_tokens` + `cache_creation_input_tokens` |
| `usage.prompt_tokens_details.cached_tokens`, `.cache_creation_tokens` | `cache_read_input_tokens`, `cache_creation_input_tokens` |

Fields that are in no table pass as they are: Anthropic's own (`thinking`, `top_k`, `cache_control` of a part) can be
sent. Streams are translated event by event; nothing of a stream is held back.
)";

constexpr std::string_view kProviders =
    R"(# Providers that are known by name

This page is generated from the table that is built in (`tools/gen_dialect_docs.cc`). Another server that speaks a known
dialect needs `base_url`, and `provider_type` if its dialect is not OpenAI's: `provider_type: openai`, `mistral`,
`azure`, `anthropic` or `openai_compatible` goes before what the name says. `stream_usage: false` is for a server that
refuses `stream_options`.

)";

constexpr std::string_view kPrices =
    R"(# List prices

This page is generated from the table that is built in (`tools/gen_dialect_docs.cc`): USD per one million tokens, from the
providers' public pages of prices. `pricing` of a target goes before. A model that is not here has no list price: its cost
is `unknown`, never 0. Names that move (`-latest`) are below. Batch and long-context prices are not in it.

What others publish of these prices was compared row by row, without access to the providers' own pages: for Mistral
developer.puter.com/tutorials/mistral-api-pricing (June 2026), margindash.com/mistral-api-pricing and lava.so/docs; for OpenAI
tokenmath.io (June 21, 2026), deploybase.ai/articles/openai-pricing (March 2026), aimodelcalc.pages.dev (May 2026) and the
crate adk-model (cached input; March 2026). They agree with every row but these: `mistral-large-2512` (three say this
price, tokenmix.ai says 2 and 6), and `ministral-3b-2410`, which none of them has. `mistral-small-2603` and
`mistral-medium-3-5` are from learnai.larconnectado.com and OpenRouter's list (llmpricing.site says 0.06 and 0.18 for
mistral-small-latest), `ministral-3b-2512` and `ministral-8b-2512` from llmpricing.site (May 28, 2026). Set `pricing` where
money depends on it.
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

std::string Rules(std::string_view introduction, const RuleBook& book) {
  std::string page(introduction);
  for (size_t i = 0; i < portcullis::router::kScopes; ++i) {
    if (book.of[i].empty()) continue;
    page += "\n## " + std::string(Title(static_cast<Scope>(i))) +
            "\n\n| field | when | what happens | why |\n|---|---|---|---|\n";
    for (const RewriteRule& rule : book.of[i]) {
      page += "| " + Code(rule.field) + " | " + std::string(rule.when) + " | " + Effect(rule) + " | " +
              std::string(rule.reason) + " |\n";
    }
  }
  return page;
}

std::string Price(const std::optional<double>& price) {
  return price ? portcullis::base::StrCat(*price) : std::string("as input");
}

std::string Prices() {
  std::string page(kPrices);
  page += "\nCompared on " + std::string(portcullis::router::kPricesAsOf) +
          ".\n\n| provider | model | input | cached input | output |\n|---|---|---|---|---|\n";
  for (const auto& row : portcullis::router::ListPrices()) {
    page += "| " + std::string(row.provider) + " | " + Code(row.model) + " | " + Price(row.price.prompt) +
            " | " + Price(row.price.cached_prompt) + " | " + Price(row.price.completion) + " |\n";
  }
  page += "\n## Names that move\n\nAs of " + std::string(portcullis::router::kAliasesAsOf) +
          ", from Mistral's overview of its models as hivebook.wiki copied it. Mistral moves them without "
          "notice: then\nthe "
          "cost is that of the model named here until this table is brought up to date; `pricing` of a "
          "target goes\nbefore "
          "it.\n\n| provider | name | counted as |\n|---|---|---|\n";
  for (const auto& alias : portcullis::router::ModelAliases()) {
    page +=
        "| " + std::string(alias.provider) + " | " + Code(alias.name) + " | " + Code(alias.model) + " |\n";
  }
  return page;
}

std::string Providers() {
  std::string page(kProviders);
  page += "| `provider` | `provider_type` | `base_url` | key in |\n|---|---|---|---|\n";
  for (const std::string& name : portcullis::router::ProviderNames()) {
    const auto& info = *portcullis::router::FindProvider(name);
    page += "| " + Code(name) + " | " + Code(info.dialect) + " | " +
            (info.base_url.empty() ? "to be given" : Code(info.base_url)) + " | " +
            (info.key_variable.empty() ? "no key" : Code(info.key_variable)) + " |\n";
  }
  return page;
}

bool IsEqual(const std::string& file, const std::string& page) {
  std::ifstream in(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (text != page) std::cerr << file << ": differs from the tables; run: gen_dialect_docs docs/providers\n";
  return text == page;
}

}  // namespace

int main(int argc, char** argv) {
  const bool check = argc == 3 && std::string_view(argv[1]) == "--check";
  if (argc != 2 && !check) {
    std::cerr << "usage: gen_dialect_docs [--check] docs/providers\n";
    return 2;
  }
  const std::string folder = argv[argc - 1];
  const std::pair<std::string, std::string> pages[] = {
      {"mistral-dialect.md", Rules(kMistral, portcullis::router::MistralRules())},
      {"anthropic-dialect.md", Rules(kAnthropic, portcullis::router::AnthropicRules())},
      {"prices.md", Prices()},
      {"providers.md", Providers()},
  };
  bool good = true;
  for (const auto& [name, page] : pages) {
    const std::string file = folder + "/" + name;
    if (check) {
      good = IsEqual(file, page) && good;
      continue;
    }
    std::ofstream out(file, std::ios::binary);
    out << page;
    good = out.good() && good;
  }
  return good ? 0 : 1;
}
