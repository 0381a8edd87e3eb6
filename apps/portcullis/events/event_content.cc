#include "apps/portcullis/events/event_content.h"

#include <algorithm>
#include <string>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::events {
namespace {

using audit::ContentCommitment;
using audit::ContentText;

absl::StatusOr<std::vector<ContentText>> OpenAll(const EventContent& content,
                                                 const audit::ContentKeys& keys) {
  std::vector<ContentText> all;
  for (const std::string& packed : content.contents) {
    ASSIGN_OR_RETURN(const audit::ContentEnvelope envelope, audit::UnpackEnvelope(packed));
    ASSIGN_OR_RETURN(const std::vector<ContentText> texts,
                     keys.Open(content.event.record.request_id, envelope));
    all.insert(all.end(), texts.begin(), texts.end());
  }
  return all;
}

// Control characters would change what a terminal shows.
std::string Shown(const std::string& text) {
  std::string shown = text;
  for (char& c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f) c = '?';
  }
  if (shown.empty() || shown.back() != '\n') shown += '\n';
  return shown;
}

absl::Status ShowOne(const ContentCommitment& commitment, const std::vector<ContentText>& texts,
                     std::ostream& out) {
  const std::string name = base::StrCat("--- ", commitment.part, ", ", commitment.bytes, " bytes",
                                        commitment.truncated ? " (truncated)" : "");
  const auto found = std::find_if(texts.begin(), texts.end(),
                                  [&](const ContentText& text) { return audit::Fits(text, commitment); });
  if (found != texts.end()) {
    out << name << ", commitment holds\n" << Shown(found->text) << "--- end of " << commitment.part << "\n";
    return absl::OkStatus();
  }
  const bool other = std::any_of(texts.begin(), texts.end(),
                                 [&](const ContentText& text) { return text.part == commitment.part; });
  if (other) {
    return absl::DataLossError(base::StrCat("the ", commitment.part,
                                            " that lies in the store is not the one that was captured: its "
                                            "record's commitment does not fit"));
  }
  out << name << ": removed\n";
  return absl::OkStatus();
}

}  // namespace

absl::Status ShowContent(const EventContent& content, const audit::ContentKeys& keys, std::ostream& out) {
  if (content.event.record.contents.empty()) out << "--- nothing was captured\n";
  ASSIGN_OR_RETURN(const std::vector<ContentText> texts, OpenAll(content, keys));
  for (const ContentCommitment& commitment : content.event.record.contents)
    RETURN_IF_ERROR(ShowOne(commitment, texts, out));
  return absl::OkStatus();
}

}  // namespace portcullis::events
