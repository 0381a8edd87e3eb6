#include "services/policy/adapters/moderation/moderation_messages.h"

#include <charconv>
#include <optional>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/json/tape.h"
#include "libs/json/text.h"

namespace portcullis::policy {
namespace {

using json::Kind;
using json::Node;
using json::Tape;

constexpr size_t kTextsPerCall = 32;
constexpr size_t kMaxCategories = 200;  // of one text

absl::Status Malformed(std::string_view what) {
  return absl::DataLossError(base::StrCat("the answer cannot be read: ", what));
}

// A text as a JSON string, whatever bytes it has.
void AppendText(std::string_view text, std::string* out) {
  json::AppendQuoted(json::SanitizeUtf8(text), out);
}

std::string ChatBody(const ModerationService& service, std::string_view text) {
  std::string body = "{\"model\":";
  AppendText(service.model, &body);
  body += ",\"messages\":[";
  if (!service.prompt.empty()) {
    body += "{\"role\":\"system\",\"content\":";
    AppendText(service.prompt, &body);
    body += "},";
  }
  body += "{\"role\":\"user\",\"content\":";
  AppendText(text, &body);
  body += "}],\"temperature\":0,\"max_tokens\":200,\"stream\":false}";
  return body;
}

std::optional<double> Number(const Tape& tape, const Node& node) {
  if (node.kind != Kind::kNumber) return std::nullopt;
  const std::string_view raw = tape.Raw(node);
  double value = 0;
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (error != std::errc() || end != raw.data() + raw.size() || value < 0) return std::nullopt;
  return value;
}

// One of the results of the shape that OpenAI and Mistral share. A category that is true and has no score
// counts as certain, and so does a result that is flagged and names nothing.
absl::StatusOr<TextScores> Result(const Tape& tape, const Node& result) {
  if (result.kind != Kind::kObject) return Malformed("a result is no object");
  TextScores scores;
  const Node* numbers = tape.Find(result, "category_scores");
  if (numbers != nullptr && numbers->kind == Kind::kObject) {
    for (const Node& member : tape.Children(*numbers)) {
      if (member.kind == Kind::kNull) continue;
      const std::optional<double> score = Number(tape, member);
      if (!score) return Malformed("a score is no number of 0 to 1");
      scores.push_back({tape.Key(member), *score});
    }
  }
  const Node* categories = tape.Find(result, "categories");
  const Node* flagged = tape.Find(result, "flagged");
  const bool known = numbers != nullptr || categories != nullptr || flagged != nullptr;
  if (!known) return Malformed("a result has neither category_scores, categories nor flagged");
  if (scores.empty() && categories != nullptr && categories->kind == Kind::kObject) {
    for (const Node& member : tape.Children(*categories)) {
      if (member.kind == Kind::kTrue) scores.push_back({tape.Key(member), 1.0});
    }
  }
  if (scores.empty() && flagged != nullptr && flagged->kind == Kind::kTrue) scores.push_back({"unsafe", 1.0});
  if (scores.size() > kMaxCategories) return Malformed("a result has too many categories");
  return scores;
}

absl::StatusOr<std::vector<TextScores>> Results(const Tape& tape, size_t count) {
  const Node* results = tape.root().kind == Kind::kObject ? tape.Find(tape.root(), "results") : nullptr;
  if (results == nullptr || results->kind != Kind::kArray) return Malformed("it has no list \"results\"");
  std::vector<TextScores> all;
  for (const Node& one : tape.Children(*results)) {
    ASSIGN_OR_RETURN(TextScores scores, Result(tape, one));
    all.push_back(std::move(scores));
  }
  if (all.size() != count) {
    return Malformed(base::StrCat("it has ", all.size(), " results for ", count, " texts"));
  }
  return all;
}

absl::StatusOr<std::vector<TextScores>> Entities(const Tape& tape) {
  if (tape.root().kind != Kind::kArray) return Malformed("it is no list of entities");
  TextScores scores;
  for (const Node& entity : tape.Children(tape.root())) {
    const Node* type = entity.kind == Kind::kObject ? tape.Find(entity, "entity_type") : nullptr;
    const Node* score = type != nullptr ? tape.Find(entity, "score") : nullptr;
    const std::optional<double> value = score != nullptr ? Number(tape, *score) : std::nullopt;
    if (!value || type->kind != Kind::kString) return Malformed("an entity lacks entity_type or score");
    std::string scratch;
    if (scores.size() < kMaxCategories) scores.push_back({std::string(tape.String(*type, &scratch)), *value});
  }
  return std::vector<TextScores>{std::move(scores)};
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// The words of a guard model: letters, digits and '_', in lower case.
std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const std::string lower = Lower(text) + " ";
  for (const char c : lower) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  return words;
}

absl::StatusOr<TextScores> GuardWords(std::string_view content) {
  const std::vector<std::string> words = Words(content);
  if (words.empty()) return Malformed("the model said nothing");
  if (words[0] == "safe" || words[0] == "no") return TextScores();
  if (words[0] != "unsafe" && words[0] != "yes") return Malformed("the model said neither safe nor unsafe");
  TextScores scores;
  for (const std::string& word : words) {
    const bool hazard =
        word.size() >= 2 && word.size() <= 3 && word[0] == 's' && word[1] >= '1' && word[1] <= '9';
    if (hazard) scores.push_back({word, 1.0});
  }
  if (scores.empty()) scores.push_back({"unsafe", 1.0});
  return scores;
}

absl::StatusOr<std::vector<TextScores>> GuardAnswer(const Tape& tape) {
  const Node* choices = tape.root().kind == Kind::kObject ? tape.Find(tape.root(), "choices") : nullptr;
  const bool list =
      choices != nullptr && choices->kind == Kind::kArray && choices->next > choices - &tape.root() + 1;
  if (!list) return Malformed("it has no choices");
  const Node& first = *tape.Children(*choices).begin();
  const Node* message = first.kind == Kind::kObject ? tape.Find(first, "message") : nullptr;
  const bool object = message != nullptr && message->kind == Kind::kObject;
  const Node* content = object ? tape.Find(*message, "content") : nullptr;
  if (content == nullptr || content->kind != Kind::kString) return Malformed("its message has no content");
  std::string scratch;
  const std::string text(tape.String(*content, &scratch));
  Tape inner;
  if (inner.Parse(text).ok() && inner.root().kind == Kind::kObject) {
    ASSIGN_OR_RETURN(TextScores scores, Result(inner, inner.root()));
    return std::vector<TextScores>{std::move(scores)};
  }
  ASSIGN_OR_RETURN(TextScores scores, GuardWords(text));
  return std::vector<TextScores>{std::move(scores)};
}

}  // namespace

size_t TextsPerCall(ModerationProvider provider) {
  const bool one = provider == ModerationProvider::kPresidio || provider == ModerationProvider::kGuardModel;
  return one ? 1 : kTextsPerCall;
}

std::vector<std::string> ModerationHeaders(const ModerationService& service) {
  if (service.api_key.empty()) return {};
  return {base::StrCat("Authorization: Bearer ", service.api_key)};
}

std::string ModerationBody(const ModerationService& service, const std::vector<std::string_view>& texts) {
  if (service.provider == ModerationProvider::kGuardModel) return ChatBody(service, texts[0]);
  std::string body = "{";
  if (service.provider == ModerationProvider::kPresidio) {
    body += "\"text\":";
    AppendText(texts[0], &body);
    body += ",\"language\":";
    AppendText(service.language, &body);
    return body += "}";
  }
  if (!service.model.empty()) {
    body += "\"model\":";
    AppendText(service.model, &body);
    body += ",";
  }
  body += "\"input\":[";
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) body += ",";
    AppendText(texts[i], &body);
  }
  return body += "]}";
}

absl::StatusOr<std::vector<TextScores>> ParseModeration(ModerationProvider provider, std::string_view body,
                                                        size_t count) {
  Tape tape;
  if (!tape.Parse(body).ok()) return Malformed("it is no JSON");
  switch (provider) {
    case ModerationProvider::kPresidio:
      return Entities(tape);
    case ModerationProvider::kGuardModel:
      return GuardAnswer(tape);
    case ModerationProvider::kMistral:
    case ModerationProvider::kOpenAi:
    case ModerationProvider::kWebhook:
      break;
  }
  return Results(tape, count);
}

}  // namespace portcullis::policy
