#include "services/audit/api/findings_text.h"

#include <algorithm>

namespace portcullis::audit {
namespace {

constexpr std::string_view kBetween = "; ";

// Whether the parts stand in the text as one of its findings.
bool Holds(std::string_view text, std::string_view finding) {
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(kBetween, at), text.size());
    if (text.substr(at, end - at) == finding) return true;
    at = end + kBetween.size();
  }
  return false;
}

}  // namespace

void AddFinding(std::string_view policy, std::string_view rule, std::string_view reason, std::string* text) {
  const size_t before = text->size();
  const size_t room = kBetween.size() + policy.size() + rule.size() + reason.size() + 2;
  if (before + room > kMaxFindingsText) return;
  if (before > 0) text->append(kBetween);
  const size_t begin = text->size();
  text->append(policy).append(1, ' ').append(rule).append(1, ' ').append(reason);
  const std::string_view all(*text);
  if (before > 0 && Holds(all.substr(0, before), all.substr(begin))) text->resize(before);
}

std::string FindingsText(const std::vector<PolicyFinding>& findings) {
  std::string text;
  for (const PolicyFinding& finding : findings)
    AddFinding(finding.policy, finding.rule, finding.reason, &text);
  return text;
}

}  // namespace portcullis::audit
