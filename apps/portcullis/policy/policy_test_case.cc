#include "apps/portcullis/policy/policy_test_case.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uintmax_t kMaxFileBytes = 32 << 20;

absl::Status Wrong(const std::string& where, std::string_view what) {
  return absl::InvalidArgumentError(base::StrCat(where, ": ", what));
}

// An answer of the provider: an object as it is, or a text as the content of one choice.
std::string ResponseOf(const Json& given) {
  if (given.is_object()) return given.dump();
  const Json message = {{"role", "assistant"}, {"content", given}};
  return Json{{"choices", Json::array({{{"index", 0}, {"message", message}, {"finish_reason", "stop"}}})}}
      .dump();
}

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

absl::Status ReadHeaders(const Json& headers, const std::string& where, PolicyTestCase* test) {
  if (!headers.is_object()) return Wrong(where, "input.headers must be an object of texts");
  for (const auto& [name, value] : headers.items()) {
    if (!value.is_string()) return Wrong(where, "input.headers must be an object of texts");
    test->headers[LowerCase(name)] = value.get<std::string>();
  }
  return absl::OkStatus();
}

absl::Status ReadInput(const Json& input, const std::string& where, PolicyTestCase* test) {
  if (!input.is_object()) return Wrong(where, "input must be an object");
  Json body = Json::object();
  for (const auto& [key, value] : input.items()) {
    if (key == "request") {
      if (!value.is_object()) return Wrong(where, "input.request must be an object");
      body.update(value);
    } else if (key == "messages") {
      body["messages"] = value;
    } else if (key == "headers") {
      RETURN_IF_ERROR(ReadHeaders(value, where, test));
    } else if (key == "upstream_response") {
      test->response = ResponseOf(value);
    } else if (key == "tenant" && value.is_string()) {
      test->tenant = value.get<std::string>();
    } else if (key != "proxy_name" && key != "team_slugs") {
      return Wrong(where, base::StrCat("input.", key, " is not known"));
    }
  }
  if (!body.contains("messages") && !body.contains("prompt")) return Wrong(where, "input has no messages");
  if (!body.contains("model")) body["model"] = "test";
  test->body = body.dump();
  return absl::OkStatus();
}

absl::Status ReadExpected(const Json& expected, const std::string& where, PolicyTestCase* test) {
  if (!expected.is_object() || expected.empty()) return Wrong(where, "expected must say something");
  for (const auto& [key, value] : expected.items()) {
    const bool known =
        std::find(std::begin(kExpectations), std::end(kExpectations), key) != std::end(kExpectations);
    if (!known) return Wrong(where, base::StrCat("expected.", key, " is not known"));
    if (!value.is_string()) return Wrong(where, base::StrCat("expected.", key, " must be a text"));
    test->expected[key] = value.get<std::string>();
  }
  return absl::OkStatus();
}

absl::StatusOr<PolicyTestCase> ReadCase(const Json& json, const std::string& file) {
  if (!json.is_object()) return Wrong(file, "a test must be an object");
  PolicyTestCase test;
  test.suite = file;
  test.name = json.value("name", "");
  const std::string where = test.name.empty() ? file : base::StrCat(file, ": \"", test.name, "\"");
  if (test.name.empty()) return Wrong(where, "a test lacks its name");
  for (const auto& [key, value] : json.items()) {
    if (key != "name" && key != "description" && key != "input" && key != "expected") {
      return Wrong(where, base::StrCat(key, " is not known"));
    }
  }
  RETURN_IF_ERROR(ReadInput(json.value("input", Json()), where, &test));
  RETURN_IF_ERROR(ReadExpected(json.value("expected", Json()), where, &test));
  return test;
}

}  // namespace

absl::StatusOr<std::vector<PolicyTestCase>> ReadGoldenFile(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::file_size(file, error) > kMaxFileBytes || error) {
    return Wrong(file.string(), error ? error.message() : "is larger than 32 MiB");
  }
  std::ifstream in(file, std::ios::binary);
  const Json json = Json::parse(in, nullptr, false);
  const std::string name = file.filename().string();
  if (json.is_discarded()) return Wrong(name, "is no JSON");
  std::vector<PolicyTestCase> cases;
  for (const Json& one : json.is_array() ? json : Json::array({json})) {
    absl::StatusOr<PolicyTestCase> test = Wrong(name, "cannot be read");
    try {
      test = ReadCase(one, name);
    } catch (const nlohmann::json::exception& problem) {
      test = Wrong(name, problem.what());
    }
    RETURN_IF_ERROR(test.status());
    cases.push_back(*std::move(test));
  }
  return cases;
}

std::vector<PolicyTestCase> InlineCases(const TestingSettings& testing) {
  std::vector<PolicyTestCase> cases;
  for (const TestSuiteSettings& suite : testing.suites) {
    for (const TestCaseSettings& given : suite.cases) {
      PolicyTestCase& test = cases.emplace_back();
      test.suite = suite.name;
      test.name = given.name;
      Json messages = Json::array();
      for (const TestMessage& message : given.input.messages) {
        messages.push_back({{"role", message.role}, {"content", message.content}});
      }
      test.body = Json{{"model", given.input.model}, {"messages", messages}}.dump();
      for (const auto& [name, value] : given.input.headers) test.headers[LowerCase(name)] = value;
      test.tenant = given.input.tenant;
      if (given.input.upstream_response) test.response = ResponseOf(*given.input.upstream_response);
      const TestExpectation& expected = given.expected;
      const std::optional<std::string>* values[] = {&expected.verdict, &expected.reason_code,
                                                    &expected.policy, &expected.content, &expected.response};
      for (size_t i = 0; i < std::size(kExpectations); ++i) {
        if (values[i]->has_value()) test.expected[std::string(kExpectations[i])] = **values[i];
      }
    }
  }
  return cases;
}

}  // namespace portcullis::app
