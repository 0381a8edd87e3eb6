#include "services/router/domain/dialect/stream_usage.h"

#include <vector>

#include "libs/json/splice.h"

namespace portcullis::router {

using json::Kind;
using json::Node;

std::optional<std::string> AskForUsage(std::string_view body, const json::Tape& tape) {
  if (tape.root().kind != Kind::kObject) return std::nullopt;
  const Node* options = tape.Find(tape.root(), "stream_options");
  const bool given = options != nullptr && options->kind == Kind::kObject;
  const Node& object = given ? *options : tape.root();
  const Node* asked = given ? tape.Find(object, "include_usage") : options;
  if (given && asked != nullptr && asked->kind == Kind::kTrue) return std::nullopt;
  json::ObjectEdits edits(tape, object);
  const std::string_view key = given ? "include_usage" : "stream_options";
  const std::string_view value = given ? "true" : R"({"include_usage":true})";
  if (asked != nullptr) {
    edits.Replace(*asked, value);
  } else {
    edits.Insert(key, value);
  }
  std::vector<json::Splice> splices;
  edits.AppendTo(&splices);
  return json::ApplySplices(body, std::move(splices));
}

}  // namespace portcullis::router
