#include "apps/portcullis/events/event.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "services/audit/domain/merge.h"
#include "services/audit/domain/record_json.h"

namespace portcullis::events {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kTimeWidth = 29, kIdWidth = 28, kVerdictWidth = 10;

Json ToJson(const Event& event) { return audit::RecordJson(event.root, event.record); }

std::string CsvCell(const Json& value) {
  if (value.is_null()) return "";
  if (!value.is_string() && !value.is_structured()) return audit::JsonText(value);
  std::string text = value.is_string() ? value.get<std::string>() : audit::JsonText(value);
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos)
    text.insert(0, "'");
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string Column(std::string text, size_t width) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

}  // namespace

std::string EventId(const Event& event) { return audit::RecordId(event.root); }

std::string ToJsonLine(const Event& event) { return audit::RecordJsonText(event.root, event.record) + "\n"; }

std::string CsvHeader() {
  const Json json = ToJson({});
  std::string line;
  for (const auto& field : json.items()) line += (line.empty() ? "" : ",") + field.key();
  return line + "\r\n";
}

std::string ToCsvLine(const Event& event) {
  const Json json = ToJson(event);
  std::string line;
  bool first = true;
  for (const auto& field : json.items()) {
    if (!first) line += ',';
    first = false;
    line += CsvCell(field.value());
  }
  return line + "\r\n";
}

std::string TableHeader() {
  return Column("TIME", kTimeWidth) + Column("ID", kIdWidth) + Column("VERDICT", kVerdictWidth) + "REASON\n";
}

std::string ToTableLine(const Event& event) {
  const audit::Record& r = event.record;
  std::string line = Column(audit::TimeText(audit::EventTime(r)), kTimeWidth) +
                     Column(EventId(event), kIdWidth) +
                     Column(r.verdict.empty() ? "-" : r.verdict, kVerdictWidth) + Column(r.reason_code, 0);
  line.back() = '\n';
  return line;
}

}  // namespace portcullis::events
