// An audit record as one JSON object: the form of exports and of what is sent on.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "services/audit/api/record.h"

namespace portcullis::audit {

// "<spool>-<sequence>" of the root: a record's identity, unique for ever.
std::string RecordId(const LeafId& root);

// RFC 3339 in UTC with microseconds: "2026-01-31T12:00:00.000000Z".
std::string TimeText(int64_t time_us);

// The fields of a decision event (id, event_type, timestamp, verdict, reason_code, model, provider,
// config_version), then the rest of the record under the names of portcullis.audit.v1.Record. Lists are
// always there; an unknown cost is null.
nlohmann::ordered_json RecordJson(const LeafId& root, const Record& record);

std::string RecordJsonText(const LeafId& root, const Record& record);

// On one line; what is no UTF-8 is replaced.
std::string JsonText(const nlohmann::ordered_json& json);

}  // namespace portcullis::audit
