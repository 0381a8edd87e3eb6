#include "apps/portcullis/audit/audit_pages.h"

#include <charconv>
#include <string>
#include <string_view>

#include "apps/portcullis/audit/keeper_pages.h"
#include "apps/portcullis/audit/page_answer.h"
#include "libs/base/status_macros.h"
#include "services/audit/domain/head_json.h"
#include "services/audit/domain/proofs.h"

namespace portcullis::audit_cli {
namespace {

constexpr std::string_view kPath = "/audit/";

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

std::function<std::optional<http::Response>(const http::Request&)> AuditPages(audit::AuditComponent* audit) {
  return [audit](const http::Request& request) -> std::optional<http::Response> {
    const std::string_view path = request.path;
    if (!path.starts_with(kPath)) return std::nullopt;
    if (audit == nullptr) {
      return ErrorAnswer(404, "no_audit_service",
                         "No audit service runs in this process: ask its own admin port.");
    }
    const std::string_view page = path.substr(kPath.size());
    if (std::optional<http::Response> kept = KeeperPage(audit->keeper(), page, request)) return kept;
    if (request.method != "GET" && request.method != "HEAD") {
      return ErrorAnswer(405, "method_not_allowed", "The audit log is asked with GET.");
    }
    absl::StatusOr<std::string> body =
        absl::NotFoundError("The pages are head, proof, consistency, holds and removals.");
    if (page == "head") body = Head(audit->log());
    if (page == "proof") body = Proof(audit->log(), request.query);
    if (page == "consistency") body = Consistency(audit->log(), request.query);
    if (!body.ok()) return FailureAnswer(body.status());
    return http::Response(200, {{"content-type", "application/json"}}, *std::move(body));
  };
}

}  // namespace portcullis::audit_cli
