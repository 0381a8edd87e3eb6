#include "apps/portcullis/policy/policy_test_report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "libs/base/strings.h"

namespace portcullis::app {
namespace {

using Json = nlohmann::ordered_json;

std::string Got(const OfflineOutcome& outcome, std::string_view expectation) {
  if (expectation == "verdict") return outcome.verdict;
  if (expectation == "reason_code") return outcome.reason_code;
  if (expectation == "policy") return outcome.policy;
  return expectation == "content" ? outcome.content : outcome.response;
}

std::string Marked(std::string_view mark, std::string_view text) {
  std::string out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    out += base::StrCat("    ", mark, " ", text.substr(at, end - at), "\n");
    at = end + 1;
  }
  return out;
}

std::string Difference(const PolicyTestResult& result) {
  if (!result.error.empty()) return base::StrCat("    ", result.error, "\n");
  std::string out;
  for (const std::string& key : result.mistakes) {
    out += base::StrCat("  ", key, "\n", Marked("- expected", result.test.expected.at(key)),
                        Marked("+ got     ", Got(result.outcome, key)));
  }
  for (const policy::Finding& finding : result.outcome.findings) {
    out += base::StrCat("    found: ", finding.policy, " ", finding.rule, " (",
                        policy::ActionName(finding.action), finding.observed ? ", observed" : "", ", bytes ",
                        finding.begin, "..", finding.end, ")\n");
  }
  return out;
}

Json FindingsJson(const std::vector<policy::Finding>& findings) {
  Json list = Json::array();
  for (const policy::Finding& finding : findings) {
    list.push_back({{"policy", finding.policy},
                    {"rule", finding.rule},
                    {"action", policy::ActionName(finding.action)},
                    {"observed", finding.observed},
                    {"reason", finding.reason},
                    {"score", finding.score},
                    {"begin", finding.begin},
                    {"end", finding.end}});
  }
  return list;
}

Json ToJson(const PolicyTestResult& result) {
  Json json = {{"name", result.test.name},
               {"suite", result.test.suite},
               {"verdict", result.outcome.verdict},
               {"reason_code", result.outcome.reason_code},
               {"passed", result.passed()}};
  if (!result.error.empty()) json["error"] = result.error;
  if (!result.mistakes.empty()) {
    for (const std::string& key : result.mistakes) {
      json["differences"][key] = {{"expected", result.test.expected.at(key)},
                                  {"got", Got(result.outcome, key)}};
    }
  }
  json["details"] = {{"policy_results", FindingsJson(result.outcome.findings)}, {"quality_scores", nullptr}};
  return json;
}

// For an attribute or an element. Characters that XML cannot hold become a question mark.
std::string Xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return out;
}

size_t Failures(const std::vector<PolicyTestResult>& results) {
  return static_cast<size_t>(
      std::count_if(results.begin(), results.end(), [](const PolicyTestResult& r) { return !r.passed(); }));
}

}  // namespace

void Compare(PolicyTestResult* result) {
  for (const auto& [key, value] : result->test.expected) {
    if (Got(result->outcome, key) != value) result->mistakes.push_back(key);
  }
}

std::string TextReport(const std::vector<PolicyTestResult>& results) {
  std::string out;
  for (const PolicyTestResult& result : results) {
    out += base::StrCat(result.passed() ? "PASS " : "FAIL ", result.test.suite, ": ", result.test.name, "\n");
    if (!result.passed()) out += Difference(result);
  }
  const size_t failures = Failures(results);
  return out + base::StrCat(results.size(), " tests, ", results.size() - failures, " passed, ", failures,
                            " failed\n");
}

std::string JsonReport(const std::vector<PolicyTestResult>& results) {
  Json list = Json::array();
  for (const PolicyTestResult& result : results) list.push_back(ToJson(result));
  const Json json = {{"ok", Failures(results) == 0}, {"results", std::move(list)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string JunitReport(const std::vector<PolicyTestResult>& results) {
  std::map<std::string, std::vector<const PolicyTestResult*>> suites;
  for (const PolicyTestResult& result : results) suites[result.test.suite].push_back(&result);
  std::string out = base::StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"",
                                 results.size(), "\" failures=\"", Failures(results), "\">\n");
  for (const auto& [name, members] : suites) {
    const auto failures = std::count_if(members.begin(), members.end(), [](auto* r) { return !r->passed(); });
    out += base::StrCat("  <testsuite name=\"", Xml(name), "\" tests=\"", members.size(), "\" failures=\"",
                        failures, "\">\n");
    for (const PolicyTestResult* result : members) {
      out +=
          base::StrCat("    <testcase classname=\"", Xml(name), "\" name=\"", Xml(result->test.name), "\"");
      if (result->passed()) {
        out += "/>\n";
      } else {
        out += base::StrCat("><failure message=\"expectations do not hold\">", Xml(Difference(*result)),
                            "</failure></testcase>\n");
      }
    }
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace portcullis::app
