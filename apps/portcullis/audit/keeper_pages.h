// What operators do to the audit log, on the admin port.
//
//   GET  /audit/holds             {"holds": [{"id", "time_us", "by", "reason", "query"}]}
//   POST /audit/holds             {"query": {...}, "reason": "..."}: places one; answers it
//   POST /audit/holds/ID/release  {"reason": "..."}; answers as GET
//   GET  /audit/removals          {"last": {"request_id", "running", "removed", "held", "error"}}, or null
//   POST /audit/removals          {"query": {...}, "reason": "..."}: begins one; answers as GET
//
// Queries are those of domain/query_json.h. Who may POST: see libs/http/admin.h. The header
// `x-portcullis-operator` tells who asks, for the record.
#pragma once

#include <optional>
#include <string_view>

#include "libs/http/message.h"
#include "services/audit/app/log_keeper.h"

namespace portcullis::audit_cli {

// `page` is the path after "/audit/". nullopt: not one of these pages.
std::optional<http::Response> KeeperPage(audit::LogKeeper& keeper, std::string_view page,
                                         const http::Request& request);

}  // namespace portcullis::audit_cli
