// `testing`: behaviour tests that stand in the configuration itself, for `portcullis policy test`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/config/schema.h"

namespace portcullis::app {

struct TestMessage {
  std::string role = "user";
  std::string content;
};

struct TestInput {
  std::string model = "test";
  std::string tenant;
  std::vector<TestMessage> messages;
  std::map<std::string, std::string> headers;
  std::optional<std::string> upstream_response;  // the content of the provider's answer
};

struct TestExpectation {
  std::optional<std::string> verdict;
  std::optional<std::string> reason_code;
  std::optional<std::string> policy;
  std::optional<std::string> content;   // the last message as the model would see it
  std::optional<std::string> response;  // the answer as the client would see it
};

struct TestCaseSettings {
  std::string name;
  TestInput input;
  TestExpectation expected;
};

struct TestSuiteSettings {
  std::string name;
  std::string description;
  std::vector<TestCaseSettings> cases;
};

struct TestingSettings {
  std::vector<TestSuiteSettings> suites;
};

config::Schema<TestingSettings> TestingSchema();

}  // namespace portcullis::app
