#include "apps/portcullis/policy/test_command.h"

#include <algorithm>
#include <fstream>
#include <ostream>
#include <vector>

#include "apps/config/load_config.h"
#include "apps/config/rule_place.h"
#include "apps/portcullis/policy/policy_test_report.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::app {
namespace {

absl::StatusOr<std::vector<PolicyTestCase>> CasesOf(const std::filesystem::path& pack_dir,
                                                    const TestingSettings& testing) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(pack_dir / "tests", error)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<PolicyTestCase> cases;
  for (const std::filesystem::path& file : files) {
    ASSIGN_OR_RETURN(std::vector<PolicyTestCase> found, ReadGoldenFile(file));
    std::move(found.begin(), found.end(), std::back_inserter(cases));
  }
  std::vector<PolicyTestCase> inlined = InlineCases(testing);
  std::move(inlined.begin(), inlined.end(), std::back_inserter(cases));
  if (!cases.empty()) return cases;
  return absl::NotFoundError(base::StrCat("no tests: write ", (pack_dir / "tests").string(),
                                          "/*.json, or testing.suites in the configuration"));
}

PolicyTestResult RunOne(OfflineGateway& gateway, PolicyTestCase test) {
  PolicyTestResult result;
  result.test = std::move(test);
  absl::StatusOr<OfflineOutcome> outcome = gateway.Run(result.test);
  if (outcome.ok()) {
    result.outcome = *std::move(outcome);
    Compare(&result);
  } else {
    result.error = std::string(base::Message(outcome.status()));
  }
  return result;
}

}  // namespace

int RunPolicyTests(const PolicyTestOptions& options, const config::Environment& environment,
                   const base::Clock& clock, std::ostream& out, std::ostream& err) {
  LoadedConfig config =
      LoadConfigFile((options.pack_dir / "policy-config.yaml").string(), environment, {}, &clock);
  const auto unusable = [&err](std::string_view why) {
    err << why << "\n";
    return kTestsUnusable;
  };
  if (!config.ok()) return unusable(config.issues.Text());
  auto gateway = OfflineGateway::Create(config.chain, clock);
  AddCompileProblem(gateway.status(), &config);
  if (!gateway.ok()) return unusable(config.issues.Text());
  absl::StatusOr<std::vector<PolicyTestCase>> cases = CasesOf(options.pack_dir, config.testing);
  if (!cases.ok()) return unusable(base::Message(cases.status()));
  std::vector<PolicyTestResult> results;
  for (PolicyTestCase& test : *cases) results.push_back(RunOne(**gateway, std::move(test)));
  out << (options.json ? JsonReport(results) : TextReport(results));
  if (!options.junit.empty()) {
    std::ofstream file(options.junit, std::ios::binary);
    if (!(file << JunitReport(results)).flush())
      return unusable(base::StrCat("cannot write ", options.junit));
  }
  const bool passed =
      std::all_of(results.begin(), results.end(), [](const PolicyTestResult& r) { return r.passed(); });
  return passed ? kTestsPassed : kTestsFailed;
}

}  // namespace portcullis::app
