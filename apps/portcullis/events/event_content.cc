#include "apps/portcullis/events/event_content.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::events {
namespace {

using audit::ContentCommitment;
using audit::ContentText;
using Json = nlohmann::json;

constexpr std::string_view kData = "data: ";

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

// What the events of a stream say, choice by choice.
std::string StreamText(const std::string& events) {
  const Json::json_pointer kContent("/delta/content");
  std::map<int64_t, std::string> choices;
  std::istringstream lines(events);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(kData)) continue;
    const Json event = Json::parse(line.substr(kData.size()), nullptr, /*allow_exceptions=*/false);
    if (!event.is_object() || !event.contains("choices") || !event["choices"].is_array()) continue;
    for (const Json& choice : event["choices"]) {
      const bool says = choice.contains(kContent) && choice[kContent].is_string();
      if (!says || !choice.contains("index") || !choice["index"].is_number_integer()) continue;
      choices[choice["index"].get<int64_t>()] += choice[kContent].get<std::string>();
    }
  }
  std::string text;
  for (const auto& [index, said] : choices) {
    if (choices.size() > 1) text += base::StrCat("[choice ", index, "]\n");
    text += said + "\n";
  }
  return text;
}

absl::Status ShowOne(const ContentCommitment& commitment, const std::vector<ContentText>& texts,
                     std::ostream& out) {
  const std::string name = base::StrCat("--- ", commitment.part, ", ", commitment.bytes, " bytes",
                                        commitment.truncated ? " (truncated)" : "");
  const auto found = std::find_if(texts.begin(), texts.end(),
                                  [&](const ContentText& text) { return audit::Fits(text, commitment); });
  if (found != texts.end()) {
    out << name << ", commitment holds\n" << Shown(found->text) << "--- end of " << commitment.part << "\n";
    if (found->text.starts_with(kData))
      out << "--- what these events say\n" << Shown(StreamText(found->text)) << "--- end\n";
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
