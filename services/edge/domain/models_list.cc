#include "services/edge/domain/models_list.h"

#include <algorithm>

#include "libs/json/text.h"

namespace portcullis::edge {
namespace {

// Mistral's SDK refuses entries without `type` and `capabilities`.
void AppendEntry(std::string_view id, const router::TargetStatus& target, std::string* out) {
  *out += "{\"id\":";
  json::AppendQuoted(id, out);
  *out += ",\"object\":\"model\",\"created\":0,\"type\":\"base\",\"owned_by\":";
  json::AppendQuoted(target.provider, out);
  *out += ",\"description\":";
  json::AppendQuoted(target.description, out);
  *out +=
      ",\"capabilities\":{\"completion_chat\":true,\"completion_fim\":false,\"function_calling\":true,"
      "\"fine_tuning\":false,\"vision\":false}}";
}

struct Entry {
  std::string_view id;
  const router::TargetStatus* target;
};

std::vector<Entry> Entries(const std::vector<router::TargetStatus>& targets) {
  std::vector<Entry> entries;
  const auto add = [&](std::string_view id, const router::TargetStatus& target) {
    const bool known =
        std::any_of(entries.begin(), entries.end(), [&](const Entry& e) { return e.id == id; });
    if (!known && !id.empty()) entries.push_back({id, &target});
  };
  for (const router::TargetStatus& target : targets) add(target.model, target);
  for (const router::TargetStatus& target : targets) add(target.id, target);
  return entries;
}

}  // namespace

std::string ModelsList(const std::vector<router::TargetStatus>& targets) {
  std::string out = "{\"object\":\"list\",\"data\":[";
  bool first = true;
  for (const Entry& entry : Entries(targets)) {
    if (!first) out += ',';
    first = false;
    AppendEntry(entry.id, *entry.target, &out);
  }
  return out + "]}";
}

std::optional<std::string> ModelEntry(const std::vector<router::TargetStatus>& targets, std::string_view id) {
  for (const Entry& entry : Entries(targets)) {
    if (entry.id != id) continue;
    std::string out;
    AppendEntry(id, *entry.target, &out);
    return out;
  }
  return std::nullopt;
}

}  // namespace portcullis::edge
