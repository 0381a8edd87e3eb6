#include "apps/portcullis/audit/audit_pages.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/domain/head_json.h"
#include "services/audit/domain/proofs.h"

namespace portcullis::audit_cli {
namespace {

constexpr std::string_view kPath = "/audit/";

http::Response Error(int status, std::string_view code, std::string_view message) {
  const nlohmann::ordered_json json = {{"error", {{"code", code}, {"message", message}}}};
  return {status,
          {{"content-type", "application/json"}},
          json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

http::Response Failure(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return Error(400, "invalid_request", base::Message(status));
    case absl::StatusCode::kNotFound:
      return Error(404, "not_found", base::Message(status));
    case absl::StatusCode::kFailedPrecondition:
      return Error(409, "not_signed_yet", base::Message(status));
    default:
      return Error(500, "log_unreadable", base::Message(status));
  }
}

// The value of the one parameter that a page takes; "" if it is not there.
std::string_view Parameter(std::string_view query, std::string_view name) {
  if (!query.starts_with(name) || query.substr(name.size(), 1) != "=") return {};
  return query.substr(name.size() + 1);
}

absl::StatusOr<std::string> Proof(audit::LogStore& log, std::string_view query) {
  ASSIGN_OR_RETURN(const audit::Receipt receipt, audit::ParseReceipt(Parameter(query, "receipt")));
  ASSIGN_OR_RETURN(const audit::InclusionProof proof, audit::ProveInclusion(log, receipt));
  return audit::ProofJson(proof);
}

absl::StatusOr<std::string> Consistency(audit::LogStore& log, std::string_view query) {
  const std::string_view text = Parameter(query, "first_size");
  uint64_t size = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), size);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return absl::InvalidArgumentError("say first_size=N, the number of leaves of an earlier head");
  }
  ASSIGN_OR_RETURN(const audit::ConsistencyProof proof, audit::ProveConsistency(log, size));
  return audit::ProofJson(proof);
}

absl::StatusOr<std::string> Head(audit::LogStore& log) {
  ASSIGN_OR_RETURN(const audit::LogHead head, audit::LastHead(log));
  return audit::HeadJson(head);
}

}  // namespace

std::function<std::optional<http::Response>(const http::Request&)> AuditPages(audit::LogStore* log) {
  return [log](const http::Request& request) -> std::optional<http::Response> {
    const std::string_view path = request.path;
    if (!path.starts_with(kPath)) return std::nullopt;
    if (log == nullptr) {
      return Error(404, "no_audit_service", "No audit service runs in this process: ask its own admin port.");
    }
    if (request.method != "GET" && request.method != "HEAD") {
      return Error(405, "method_not_allowed", "The audit log is asked with GET.");
    }
    const std::string_view page = path.substr(kPath.size());
    absl::StatusOr<std::string> body = absl::NotFoundError("The pages are head, proof and consistency.");
    if (page == "head") body = Head(*log);
    if (page == "proof") body = Proof(*log, request.query);
    if (page == "consistency") body = Consistency(*log, request.query);
    if (!body.ok()) return Failure(body.status());
    return http::Response(200, {{"content-type", "application/json"}}, *std::move(body));
  };
}

}  // namespace portcullis::audit_cli
