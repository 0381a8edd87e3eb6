// An audit record as people and their tools see it: one JSON object, one CSV row, one line on a terminal.
#pragma once

#include <string>

#include "services/audit/api/record.h"

namespace portcullis::events {

struct Event {
  audit::LeafId root;  // its identity, see services/audit/domain/merge.h
  audit::Record record;
};

// "<spool>-<sequence>" of the root: unique for ever.
std::string EventId(const Event& event);

// As RecordJson (services/audit/domain/record_json.h).
std::string ToJsonLine(const Event& event);

// RFC 4180, lines ended by CRLF. The columns are the fields of the JSON object; lists and objects are JSON
// inside a cell. A text that a spreadsheet would run as a formula (it begins with = + - @ tab or return) gets
// a leading apostrophe.
std::string CsvHeader();
std::string ToCsvLine(const Event& event);

// Columns TIME ID VERDICT REASON for a terminal; control characters become '?'.
std::string TableHeader();
std::string ToTableLine(const Event& event);

}  // namespace portcullis::events
