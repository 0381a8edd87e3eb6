#include <gtest/gtest.h>

#include "policy_harness.h"

namespace portcullis::policy {
namespace {

ChainOptions Chain(bool prose = false) {
  ChainOptions options;
  options.chain = {"sql-injection"};
  options.sql_injection.prose = prose;
  return options;
}

std::string RuleOf(Harness& harness, std::string_view text) {
  const Decision decision = harness.CheckInput(text);
  return decision.findings.empty() ? "" : decision.findings[0].rule;
}

TEST(SqlInjection, NamesWhatItFinds) {
  Harness harness(Chain(true));
  const std::pair<const char*, const char*> kAttacks[] = {
      {"' or 1=1--", "tautology"},
      {"x' OR 'a'='a", "tautology"},
      {"-4721\") or 3038=3038#", "tautology"},
      {"1 and 2006=2007", "tautology"},
      {"1') as x where 7758=7758", "tautology"},
      {"1'/**/or/**/1/**/=/**/1", "tautology"},
      {"id=1%27%20or%201%3D1", "tautology"},
      {"1'+or+1=1", "tautology"},
      {"1' || 1=1", "tautology"},
      {"1 union all select null,null", "union"},
      {"1') UNION SELECT name, password FROM users--", "union"},
      {"1'/*!50000union*/ select 1,2", "union"},
      {"Robert'); DROP TABLE Students;--", "stacked"},
      {"1; select pg_sleep(5)", "stacked"},
      {"1'); if(7899=7899) select 1", "stacked"},
      {"1%';declare @x char(9);", "stacked"},
      {"1' and sleep(5)#", "time_delay"},
      {"1 or 1=(select 1 from pg_sleep(5))", "blind"},
      {"1'; waitfor delay '0:0:5'--", "time_delay"},
      {"upper(hex(randomblob(500000000/2)))", "time_delay"},
      {"admin'--", "comment"},
      {"admin' #", "comment"},
      {"1' and ascii(substr(user(),1,1))>64", "blind"},
      {"1'||(select 'a' where 1=1)||'", "blind"},
      {"(8362=9139)*9139", "blind"},
      {"1' order by 7--", "order_by"},
      {"1' into outfile '/tmp/x'", "file_access"},
  };
  for (const auto& [text, rule] : kAttacks) EXPECT_EQ(RuleOf(harness, text), rule) << text;
}

TEST(SqlInjection, StatementsAndProseAreNoInjection) {
  Harness harness(Chain(true));
  for (const char* text :
       {"SELECT a, b FROM t WHERE 1=1 AND c = 'x' AND d IN (SELECT e FROM f) ORDER BY 1",
        "select id from a where x = 'y' union all select id from b",
        "INSERT INTO t VALUES ('a'); SELECT 1 -- done", "o'neil or d'arc", "Is 5 > 3 and 2 < 4?",
        "the union of all selected members", "fish & chips; drop me a line", "rock 'n' roll -- and more",
        "if (a == 'x' || b == 'y') { sleep(5); }", "C# or F#", "time.sleep(5)", "order by Friday",
        "calle 'ancha' 12 #3", "x = 5; delete y", "between 1 and 10", "f('a'); if (x) g();",
        "log('done'); call(me)", "1 and 2 make 3"}) {
    EXPECT_EQ(harness.CheckInput(text).action, Action::kAllow) << text;
  }
}

TEST(SqlInjection, ExaminesToolsAndNotProse) {
  Harness harness(Chain());
  constexpr std::string_view kAttack = "1' or 1=1--";
  const std::string arguments = R"({"id":"1\u0027 or 1=1--"})";
  EXPECT_EQ(harness.CheckInput(kAttack).action, Action::kAllow);
  EXPECT_EQ(harness.CheckInput(kAttack, Role::kTool).action, Action::kBlock);
  const Decision decision = harness.CheckInput(arguments, Role::kAssistant, SegmentKind::kJson);
  EXPECT_EQ(decision.action, Action::kBlock);
  EXPECT_EQ(decision.reason_code, "sql_injection.detected");
  EXPECT_EQ(decision.message.find("1=1"), std::string::npos);
  EXPECT_EQ(harness.CheckOutput(kAttack).action, Action::kAllow);
  EXPECT_EQ(harness.CheckOutput(arguments, SegmentKind::kJson).action, Action::kBlock);
  EXPECT_FALSE(harness.Stream(kAttack, {3}).blocked);
  EXPECT_TRUE(harness.Stream(arguments, {3, 9, 14, 20}, SegmentKind::kJson).blocked);
}

TEST(SqlInjection, ValuesOfJsonStandAlone) {
  Harness harness(Chain());
  const auto action = [&](std::string_view json) {
    return harness.CheckInput(json, Role::kAssistant, SegmentKind::kJson).action;
  };
  EXPECT_EQ(action(R"({"a":"it's","or":"1=1"})"), Action::kAllow);
  EXPECT_EQ(action(R"({"query":"SELECT * FROM t WHERE a = 'b' AND 1 = 1 -- all"})"), Action::kAllow);
  EXPECT_EQ(action(R"({"name":"x'; DROP TABLE users; --"})"), Action::kBlock);
}

TEST(SqlInjection, RedactsOrLogsAndRulesCanBeOff) {
  ChainOptions options = Chain();
  options.sql_injection.action = OnDetect::kRedact;
  EXPECT_EQ(Harness(options).RedactOutput(R"({"a":"1' or 1=1"})", SegmentKind::kJson),
            R"({"a":"1' [REMOVED]"})");
  options.sql_injection.rules = {{"tautology", false}};
  EXPECT_EQ(Harness(options).CheckInput("1' or 1=1", Role::kTool).action, Action::kAllow);
  options.sql_injection.rules = {{"tautologies", false}};
  const auto bundle = Bundle::Compile(options);
  ASSERT_FALSE(bundle.ok());
  EXPECT_NE(bundle.status().message().find("known are: tautology, union"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::policy
