#include "services/edge/domain/axonflow/record_facts.h"

#include <algorithm>

#include "services/policy/api/catalog_api.h"

namespace portcullis::edge {
namespace {

void AddOnce(const std::string& text, std::vector<std::string>* texts) {
  if (std::find(texts->begin(), texts->end(), text) == texts->end()) texts->push_back(text);
}

}  // namespace

const std::string& NameOf(const audit::PolicyFinding& finding) {
  const bool own = finding.policy == policy::kStaticPolicy || finding.policy == policy::kDynamicPolicy;
  return own ? finding.rule : finding.policy;
}

std::vector<std::string> TriggeredPolicies(const audit::Record& record) {
  std::vector<std::string> policies;
  for (const audit::PolicyFinding& finding : record.findings) AddOnce(NameOf(finding), &policies);
  return policies;
}

std::vector<std::string> RedactingPolicies(const audit::Record& record) {
  std::vector<std::string> policies;
  for (const audit::PolicyFinding& finding : record.findings) {
    if (finding.action == "redact") AddOnce(NameOf(finding), &policies);
  }
  return policies;
}

bool IsRefused(const audit::Record& record) {
  return record.verdict == "block" || record.verdict == "escalate";
}

std::string TraceIdOf(std::string_view traceparent) {
  return traceparent.size() >= 35 ? std::string(traceparent.substr(3, 32)) : "";
}

}  // namespace portcullis::edge
