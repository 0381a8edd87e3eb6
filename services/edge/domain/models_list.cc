#include "services/edge/domain/models_list.h"

#include <unordered_set>

#include "libs/json/text.h"

namespace portcullis::edge {
namespace {

constexpr std::string_view kOwnerOfGroups = "portcullis";

struct Entry {
  std::string_view id;
  std::string_view owner;
  std::string_view description;
};

// Mistral's SDK refuses entries without `type` and `capabilities`.
void AppendEntry(const Entry& entry, std::string* out) {
  *out += "{\"id\":";
  json::AppendQuoted(entry.id, out);
  *out += ",\"object\":\"model\",\"created\":0,\"type\":\"base\",\"owned_by\":";
  json::AppendQuoted(entry.owner, out);
  *out += ",\"description\":";
  json::AppendQuoted(entry.description, out);
  *out +=
      ",\"capabilities\":{\"completion_chat\":true,\"completion_fim\":false,\"function_calling\":true,"
      "\"fine_tuning\":false,\"vision\":false}}";
}

std::vector<Entry> Entries(const std::vector<router::TargetStatus>& targets) {
  std::vector<Entry> entries;
  std::unordered_set<std::string_view> known;
  const auto add = [&](std::string_view id, std::string_view owner, std::string_view description) {
    if (!id.empty() && known.insert(id).second) entries.push_back({id, owner, description});
  };
  for (const router::TargetStatus& target : targets) add(target.model, target.provider, target.description);
  for (const router::TargetStatus& target : targets) {
    for (const std::string& group : target.groups) add(group, kOwnerOfGroups, "");
  }
  for (const router::TargetStatus& target : targets) add(target.id, target.provider, target.description);
  return entries;
}

}  // namespace

std::string ModelsList(const std::vector<router::TargetStatus>& targets) {
  std::string out = "{\"object\":\"list\",\"data\":[";
  bool first = true;
  for (const Entry& entry : Entries(targets)) {
    if (!first) out += ',';
    first = false;
    AppendEntry(entry, &out);
  }
  return out + "]}";
}

std::optional<std::string> ModelEntry(const std::vector<router::TargetStatus>& targets, std::string_view id) {
  for (const Entry& entry : Entries(targets)) {
    if (entry.id != id) continue;
    std::string out;
    AppendEntry(entry, &out);
    return out;
  }
  return std::nullopt;
}

}  // namespace portcullis::edge
