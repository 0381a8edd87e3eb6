#include "apps/portcullis/policy/explain_command.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <ostream>
#include <vector>

#include "apps/config/load_config.h"
#include "apps/portcullis/policy/offline_gateway.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::app {
namespace {

using Json = nlohmann::ordered_json;
using policy::Finding;

constexpr size_t kShownAround = 30;  // bytes of text before and after a finding
constexpr size_t kMostRuns = 200;
constexpr std::chrono::milliseconds kMostTime{50};

struct Cost {
  std::string policy;  // "" = all together
  double microseconds = 0;
};

struct Explanation {
  policy::Decision decision;
  std::string becomes;
  std::vector<Cost> costs;
};

// The median time of some runs of `chain` over the text.
absl::StatusOr<double> Measure(const policy::ChainOptions& chain, const ExplainOptions& options,
                               const base::Clock& clock) {
  ASSIGN_OR_RETURN(std::unique_ptr<OfflineGateway> gateway, OfflineGateway::Create(chain, clock));
  std::vector<double> runs;
  const base::MonotonicTime end = clock.Monotonic() + kMostTime;
  do {
    const base::MonotonicTime begin = clock.Monotonic();
    gateway->Judge(options.text, options.role, options.direction);
    runs.push_back(std::chrono::duration<double, std::micro>(clock.Monotonic() - begin).count());
  } while (runs.size() < kMostRuns && clock.Monotonic() < end);
  std::nth_element(runs.begin(), runs.begin() + static_cast<std::ptrdiff_t>(runs.size() / 2), runs.end());
  return runs[runs.size() / 2];
}

absl::StatusOr<Explanation> Explain(const policy::ChainOptions& chain, const ExplainOptions& options,
                                    const base::Clock& clock) {
  Explanation explanation;
  ASSIGN_OR_RETURN(std::unique_ptr<OfflineGateway> gateway, OfflineGateway::Create(chain, clock));
  explanation.decision = gateway->Judge(options.text, options.role, options.direction);
  uint32_t at = 0;
  for (const policy::Edit& edit : explanation.decision.edits) {
    explanation.becomes += options.text.substr(at, edit.begin - at) + edit.replacement;
    at = edit.end;
  }
  explanation.becomes += options.text.substr(at);
  ASSIGN_OR_RETURN(const double all, Measure(chain, options, clock));
  explanation.costs.push_back({"", all});
  for (const std::string& kind : chain.chain) {
    policy::ChainOptions alone = chain;
    alone.chain = {kind};
    ASSIGN_OR_RETURN(const double one, Measure(alone, options, clock));
    explanation.costs.push_back({kind, one});
  }
  return explanation;
}

Json ToJson(const Explanation& explanation) {
  Json findings = Json::array();
  for (const Finding& finding : explanation.decision.findings) {
    findings.push_back({{"policy", finding.policy},
                        {"rule", finding.rule},
                        {"action", policy::ActionName(finding.action)},
                        {"observed", finding.observed},
                        {"reason", finding.reason},
                        {"score", finding.score},
                        {"begin", finding.begin},
                        {"end", finding.end}});
  }
  Json costs = Json::array();
  for (const Cost& cost : explanation.costs) {
    costs.push_back(
        {{"policy", cost.policy.empty() ? "(all)" : cost.policy}, {"microseconds", cost.microseconds}});
  }
  return {{"verdict", policy::ActionName(explanation.decision.action)},
          {"policy", explanation.decision.policy},
          {"reason_code", explanation.decision.reason_code},
          {"message", explanation.decision.message},
          {"findings", findings},
          {"becomes", explanation.becomes},
          {"cost", costs}};
}

// The line around a finding, with a mark under it. Control characters are shown as spaces.
std::string Shown(std::string_view text, const Finding& finding) {
  const size_t from = finding.begin - std::min<size_t>(finding.begin, kShownAround);
  const size_t to = std::min<size_t>(text.size(), finding.end + kShownAround);
  std::string line(text.substr(from, to - from));
  for (char& c : line) c = static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  const auto width = [&](size_t begin, size_t end) {  // in characters
    return static_cast<size_t>(
        std::count_if(line.begin() + static_cast<std::ptrdiff_t>(begin - from),
                      line.begin() + static_cast<std::ptrdiff_t>(end - from),
                      [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
  };
  const std::string mark(std::max<size_t>(1, width(finding.begin, finding.end)), '^');
  return base::StrCat("    ", line, "\n    ", std::string(width(from, finding.begin), ' '), mark, "\n");
}

void WriteText(const Explanation& explanation, const ExplainOptions& options, std::ostream& out) {
  const policy::Decision& decision = explanation.decision;
  out << "verdict: " << policy::ActionName(decision.action);
  if (!decision.policy.empty()) out << " by " << decision.policy << " (" << decision.reason_code << ")";
  out << "\n";
  for (const Finding& finding : decision.findings) {
    out << "\n"
        << finding.policy << " / " << finding.rule << ": " << policy::ActionName(finding.action)
        << (finding.observed ? " (observed: not applied)" : "") << ", bytes " << finding.begin << ".."
        << finding.end << ", score " << base::StrCat(finding.score) << "\n"
        << Shown(options.text, finding) << "    " << finding.reason << "\n";
  }
  if (decision.findings.empty()) out << "nothing was found\n";
  if (!decision.message.empty()) out << "\nthe client is told: " << decision.message << "\n";
  if (!decision.edits.empty()) out << "\nbecomes: " << explanation.becomes << "\n";
  out << "\ncost for " << options.text.size() << " bytes, on this machine:\n";
  for (const Cost& cost : explanation.costs) {
    const std::string name = cost.policy.empty() ? "all together" : cost.policy + " alone";
    const double tenths = static_cast<double>(static_cast<int64_t>(cost.microseconds * 10 + 0.5)) / 10;
    out << "  " << name << std::string(name.size() < 26 ? 26 - name.size() : 1, ' ') << base::StrCat(tenths)
        << " us\n";
  }
}

}  // namespace

int RunExplain(const ExplainOptions& options, const config::Environment& environment,
               const base::Clock& clock, std::ostream& out, std::ostream& err) {
  const LoadedConfig config = LoadConfigFile(options.policy_config, environment, {}, &clock);
  if (!config.ok()) {
    err << config.issues.Text();
    return 2;
  }
  const absl::StatusOr<Explanation> explanation = Explain(config.chain, options, clock);
  if (!explanation.ok()) {
    err << base::Message(explanation.status()) << "\n";
    return 2;
  }
  if (options.json) {
    out << ToJson(*explanation).dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    WriteText(*explanation, options, out);
  }
  return 0;
}

}  // namespace portcullis::app
