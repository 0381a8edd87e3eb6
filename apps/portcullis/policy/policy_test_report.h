// What came of behaviour tests, in three forms.
#pragma once

#include <string>
#include <vector>

#include "apps/portcullis/policy/offline_gateway.h"

namespace portcullis::app {

struct PolicyTestResult {
  PolicyTestCase test;
  OfflineOutcome outcome;
  std::string error;                  // the test could not be run
  std::vector<std::string> mistakes;  // expectations that do not hold

  bool passed() const { return error.empty() && mistakes.empty(); }
};

// Fills in `mistakes`.
void Compare(PolicyTestResult* result);

std::string TextReport(const std::vector<PolicyTestResult>& results);   // for people, with differences
std::string JsonReport(const std::vector<PolicyTestResult>& results);   // {"ok", "results": [...]}
std::string JunitReport(const std::vector<PolicyTestResult>& results);  // JUnit XML

}  // namespace portcullis::app
