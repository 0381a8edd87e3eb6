#include "services/edge/domain/axonflow/policy_bodies.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libs/base/strings.h"
#include "services/edge/domain/axonflow/body_reader.h"

namespace portcullis::edge {
namespace {

using json::Kind;
using json::Node;
using json::Tape;
using policy::CatalogDraft;
using policy::CatalogKind;

constexpr size_t kMaxConditions = 50;  // read; fewer are taken
constexpr size_t kMaxInputs = 100, kMaxImports = 100;

bool IsObject(Tape& tape, std::string_view body, const json::Limits& limits) {
  return tape.Parse(body, limits).ok() && tape.root().kind == Kind::kObject;
}

void MaybeText(BodyReader& reader, std::string_view key, std::optional<std::string>* out) {
  if (reader.Find(key, Kind::kString, "a string") == nullptr) return;
  reader.Text(key, &out->emplace());
}

void ReadPriority(BodyReader& reader, CatalogDraft* out) {
  std::optional<double> number;
  reader.Number("priority", &number);
  if (!number) return;
  if (std::abs(*number) > 1e9 || *number != std::floor(*number)) {
    reader.Wrong("priority", "a whole number");
    return;
  }
  out->priority = static_cast<int32_t>(*number);
}

void ReadConditions(const Tape& tape, BodyReader& reader, std::string_view path, CatalogDraft* out) {
  const Node* list = reader.Find("conditions", Kind::kArray, "an array");
  if (list == nullptr) return;
  auto& conditions = out->conditions.emplace();
  for (const Node& item : tape.Children(*list)) {
    if (item.kind != Kind::kObject || conditions.size() == kMaxConditions) {
      reader.Wrong("conditions", base::StrCat("an array of at most ", kMaxConditions, " objects"));
      return;
    }
    policy::CatalogCondition& one = conditions.emplace_back();
    BodyReader condition(tape, &item, base::StrCat(path, "conditions[", conditions.size() - 1, "]."));
    condition.Text("field", &one.field).Text("operator", &one.op);
    const Node* value = tape.Find(item, "value");
    if (value != nullptr && value->kind != Kind::kNull) one.value = tape.Raw(*value);
    reader.Take(condition);
  }
}

void ReadActions(const Tape& tape, BodyReader& reader, std::string_view path, CatalogDraft* out) {
  const Node* list = reader.Find("actions", Kind::kArray, "an array");
  if (list == nullptr) return;
  auto& actions = out->actions.emplace();
  for (const Node& item : tape.Children(*list)) {
    if (item.kind != Kind::kObject || actions.size() == kMaxConditions) {
      reader.Wrong("actions", base::StrCat("an array of at most ", kMaxConditions, " objects"));
      return;
    }
    policy::CatalogAction& one = actions.emplace_back();
    BodyReader action(tape, &item, base::StrCat(path, "actions[", actions.size() - 1, "]."));
    action.Text("type", &one.type);
    if (const Node* config = action.Find("config", Kind::kObject, "an object"))
      one.config = tape.Raw(*config);
    reader.Take(action);
  }
}

std::optional<std::string> ReadDraft(CatalogKind kind, const Tape& tape, const Node& object,
                                     const std::string& path, CatalogDraft* out) {
  BodyReader reader(tape, &object, path);
  MaybeText(reader, "name", &out->name);
  MaybeText(reader, "description", &out->description);
  MaybeText(reader, "category", &out->category);
  MaybeText(reader, "tier", &out->tier);
  ReadPriority(reader, out);
  if (reader.Find("enabled") != nullptr) reader.Flag("enabled", &out->enabled.emplace());
  if (kind == CatalogKind::kStatic) {
    MaybeText(reader, "pattern", &out->pattern);
    MaybeText(reader, "severity", &out->severity);
    MaybeText(reader, "action", &out->action);
    if (reader.Find("tags", Kind::kArray, "an array of strings") != nullptr) {
      reader.Texts("tags", &out->tags.emplace());
    }
  } else {
    MaybeText(reader, "type", &out->type);
    ReadConditions(tape, reader, path, out);
    ReadActions(tape, reader, path, out);
  }
  return reader.error();
}

}  // namespace

std::optional<std::string> ReadPolicyDraft(CatalogKind kind, std::string_view body,
                                           const json::Limits& limits, CatalogDraft* out) {
  Tape tape;
  if (!IsObject(tape, body, limits)) return std::string(kPolicyBodyNotJson);
  return ReadDraft(kind, tape, tape.root(), "", out);
}

std::optional<std::string> ReadPatternTest(std::string_view body, const json::Limits& limits,
                                           PatternTestBody* out) {
  Tape tape;
  if (!IsObject(tape, body, limits)) return std::string(kPolicyBodyNotJson);
  BodyReader reader(tape, &tape.root());
  reader.Text("pattern", &out->pattern);
  if (const Node* list = reader.Find("inputs", Kind::kArray, "an array of strings")) {
    for (const Node& item : tape.Children(*list)) {
      if (item.kind != Kind::kString || out->inputs.size() == kMaxInputs) {
        reader.Wrong("inputs", base::StrCat("an array of at most ", kMaxInputs, " strings"));
        break;
      }
      json::Unescape(tape.RawString(item), &out->inputs.emplace_back());
    }
  }
  if (auto error = reader.error()) return error;
  if (out->pattern.empty()) return std::string("pattern is required");
  return std::nullopt;
}

std::optional<std::string> ReadPolicyTest(std::string_view body, const json::Limits& limits,
                                          policy::PolicyTrialInput* out) {
  Tape tape;
  if (!IsObject(tape, body, limits)) return std::string(kPolicyBodyNotJson);
  BodyReader reader(tape, &tape.root());
  reader.Text("query", &out->query)
      .Text("response", &out->response)
      .Text("request_type", &out->request_type)
      .Text("user_email", &out->user);
  BodyReader user(tape, reader.Find("user", Kind::kObject, "an object"), "user.");
  user.Text("email", &out->user);
  reader.Take(user);
  reader.Find("context", Kind::kObject, "an object");
  return reader.error();
}

std::optional<std::string> ReadImport(std::string_view body, const json::Limits& limits, ImportBody* out) {
  Tape tape;
  if (!IsObject(tape, body, limits)) return std::string(kPolicyBodyNotJson);
  BodyReader reader(tape, &tape.root());
  std::string mode = "skip";
  reader.Text("overwrite_mode", &mode);
  const Node* list = reader.Find("policies", Kind::kArray, "an array of objects");
  if (auto error = reader.error()) return error;
  if (mode != "skip" && mode != "overwrite" && mode != "error") {
    return std::string("overwrite_mode must be skip, overwrite or error");
  }
  out->mode = mode == "skip"    ? ImportMode::kSkip
              : mode == "error" ? ImportMode::kError
                                : ImportMode::kOverwrite;
  if (list == nullptr) return std::string("policies is required");
  for (const Node& item : tape.Children(*list)) {
    if (item.kind != Kind::kObject || out->policies.size() == kMaxImports) {
      return base::StrCat("policies must be an array of at most ", kMaxImports, " objects");
    }
    const std::string path = base::StrCat("policies[", out->policies.size(), "].");
    CatalogDraft& draft = out->policies.emplace_back();
    if (auto error = ReadDraft(CatalogKind::kDynamic, tape, item, path, &draft)) return error;
    if (!draft.name || draft.name->empty()) return base::StrCat(path, "name is required");
  }
  return std::nullopt;
}

}  // namespace portcullis::edge
