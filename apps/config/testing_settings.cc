#include "apps/config/testing_settings.h"

#include "libs/config/checks.h"

namespace portcullis::app {
namespace {

using config::Schema;

constexpr size_t kMaxTests = 10'000;
constexpr double kMaxText = 16 << 10;  // longer ones belong into a file of their own: tests/*.json

Schema<TestInput> InputSchema() {
  Schema<TestMessage> message("A message of the request.");
  message
      .String("role", &TestMessage::role,
              {.doc = "Who speaks.", .check = config::OneOf({"system", "user", "assistant", "tool"}, "role")})
      .String("content", &TestMessage::content, {.doc = "The text.", .max = kMaxText});
  Schema<TestInput> schema("What comes in.");
  return schema.List("messages", &TestInput::messages, message, {.required = true})
      .String("model", &TestInput::model, {.doc = "The model that is asked for."})
      .String("tenant", &TestInput::tenant, {.doc = "Who asks."})
      .Texts("headers", &TestInput::headers, {.doc = "Headers of the request."})
      .String("upstream_response", &TestInput::upstream_response,
              {.doc = "What the provider answers; not given, only the request is checked.", .max = kMaxText});
}

Schema<TestExpectation> ExpectationSchema() {
  using E = TestExpectation;
  Schema<E> schema("What must come of it.");
  return schema
      .String("verdict", &E::verdict,
              {.doc = "`allow`, `redact`, `escalate` or `block`.",
               .check = config::OneOf({"allow", "redact", "escalate", "block"}, "verdict")})
      .String("reason_code", &E::reason_code, {.doc = "As in the audit record."})
      .String("policy", &E::policy, {.doc = "The policy that decided."})
      .String("content", &E::content, {.doc = "The last message as the model would see it.", .max = kMaxText})
      .String("response", &E::response, {.doc = "The answer as the client would see it.", .max = kMaxText});
}

}  // namespace

Schema<TestingSettings> TestingSchema() {
  Schema<TestCaseSettings> test("One test.");
  test.String("name", &TestCaseSettings::name,
              {.doc = "What it shows.", .min = 1, .max = 200, .required = true})
      .Section("input", &TestCaseSettings::input, InputSchema(), {.required = true})
      .Section("expected", &TestCaseSettings::expected, ExpectationSchema(), {.required = true});
  Schema<TestSuiteSettings> suite("A group of tests.");
  suite.String("name", &TestSuiteSettings::name, {.doc = "Its name.", .min = 1, .max = 200, .required = true})
      .String("description", &TestSuiteSettings::description, {.doc = "What it is for.", .max = 2000})
      .List("cases", &TestSuiteSettings::cases, test, {.required = true, .max_items = kMaxTests});
  Schema<TestingSettings> schema(
      "Tests of the policies, for `portcullis policy test`. The gateway does not run them.");
  return schema.List("suites", &TestingSettings::suites, suite, {.max_items = kMaxTests});
}

}  // namespace portcullis::app
