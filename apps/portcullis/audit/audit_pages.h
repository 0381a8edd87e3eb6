// The audit log on the admin port: hashes and signatures, no record; and what keeper_pages.h has.
//
//   GET /audit/head                      the last signed head, as `portcullis audit head` writes it
//   GET /audit/proof?receipt=RECEIPT     as `portcullis audit prove`
//   GET /audit/consistency?first_size=N  that the first N leaves begin the log
#pragma once

#include <functional>
#include <optional>

#include "libs/http/message.h"
#include "services/audit/app/audit_component.h"

namespace portcullis::audit_cli {

// For http::AdminSources::more. `audit` null: this process has no audit service, and the pages say so.
std::function<std::optional<http::Response>(const http::Request&)> AuditPages(audit::AuditComponent* audit);

}  // namespace portcullis::audit_cli
