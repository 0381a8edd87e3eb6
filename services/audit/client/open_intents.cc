#include "services/audit/client/open_intents.h"

#include <algorithm>
#include <charconv>

#include "libs/base/strings.h"
#include "services/audit/client/record_codec.h"

namespace portcullis::audit {

void OpenIntents::Pass(uint64_t sequence, std::string_view bytes) {
  const absl::StatusOr<RecordLink> link = DecodeLink(bytes);
  if (!link.ok()) return;
  if (link->kind == LeafKind::kIntent) {
    open_[sequence] = {std::string(link->request_id), link->started_us};
  } else if (link->intent_spool == spool_) {
    open_.erase(link->intent_sequence);
  }
}

std::vector<Record> OpenIntents::Interrupted(int64_t now_us) const {
  std::vector<Record> records;
  for (const auto& [sequence, intent] : open_) {
    Record& record = records.emplace_back();
    record.kind = LeafKind::kOutcome;
    record.request_id = intent.request_id;
    record.intent = LeafId{spool_, sequence};
    record.time_us = now_us;
    record.started_us = intent.started_us;
    record.outcome = kInterrupted;
    record.reason_code = "process_ended";
  }
  return records;
}

std::string OpenIntents::Text() const {
  std::string text;
  for (const auto& [sequence, intent] : open_) {
    text += base::StrCat("open ", sequence, " ", intent.started_us, " ", intent.request_id, "\n");
  }
  return text;
}

void OpenIntents::Read(std::string_view text) {
  constexpr std::string_view kPrefix = "open ";
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.starts_with(kPrefix)) continue;
    const char* const end = line.data() + line.size();
    uint64_t sequence = 0;
    Intent intent;
    auto parsed = std::from_chars(line.data() + kPrefix.size(), end, sequence);
    if (parsed.ec != std::errc() || parsed.ptr == end) continue;
    parsed = std::from_chars(parsed.ptr + 1, end, intent.started_us);
    if (parsed.ec != std::errc() || parsed.ptr == end || parsed.ptr + 1 == end) continue;
    intent.request_id.assign(parsed.ptr + 1, end);
    open_[sequence] = std::move(intent);
  }
}

}  // namespace portcullis::audit
