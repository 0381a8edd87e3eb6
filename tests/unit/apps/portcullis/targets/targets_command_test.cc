#include "apps/portcullis/targets/targets_command.h"

#include <gtest/gtest.h>

#include <sstream>

namespace portcullis::targets {
namespace {

constexpr char kAnswer[] =
    R"({"targets":[{"id":"main","model":"large","available":true,"healthy":true,"circuit":"open",)"
    R"("open_for_ms":12000,"in_flight":3,"latency_us":812345,"stream_latency_us":0,"error_rate":0.25,)"
    R"("keys":2,"keys_cooling":1,"description":"in Paris","last_error":"the provider answered 503"},)"
    R"({"id":"spare","model":"small","available":false,"healthy":false,"drained":true,"circuit":"closed"}]})";

TEST(TargetsTable, ShowsWhatAnOperatorAsksFor) {
  const auto table = TargetsTable(kAnswer);
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(*table,
            "TARGET  MODEL  STATE    CIRCUIT   BUSY  LATENCY  FIRST BYTE  ERRORS  KEYS  DESCRIPTION  "
            "LAST ERROR\n"
            "main    large  healthy  open 12s  3     812 ms   -           25%     1/2   in Paris     the "
            "provider answered 503\n"
            "spare   small  no key   closed    0     -        -           0%      0/0\n");
}

TEST(TargetsTable, RefusesWhatIsNoList) {
  for (const char* text : {"", "[]", "{}", R"({"targets":{}})"})
    EXPECT_FALSE(TargetsTable(text).ok()) << text;
}

TEST(RunTargets, AsksForTheActionAndTellsErrors) {
  std::string asked;
  AdminAnswer answer{200, kAnswer};
  const Ask ask = [&](const std::string& method, const std::string& path) -> absl::StatusOr<AdminAnswer> {
    asked = method + " " + path;
    return answer;
  };
  std::ostringstream out;
  EXPECT_TRUE(RunTargets(ask, {"", "", true}, out).ok());
  EXPECT_EQ(asked, "GET /targets");
  EXPECT_EQ(out.str(), std::string(kAnswer) + "\n");
  EXPECT_TRUE(RunTargets(ask, {"main", "drain", false}, out).ok());
  EXPECT_EQ(asked, "POST /targets/main/drain");
  answer = {404, R"({"error":{"code":"not_found","message":"there is no target \"x\""}})"};
  const absl::Status status = RunTargets(ask, {"x", "drain", false}, out);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "there is no target \"x\"");
}

TEST(AskAdmin, SaysWhenNobodyAnswers) {
  EXPECT_EQ(AskAdmin("127.0.0.1:1", "GET", "/targets", "").status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace portcullis::targets
