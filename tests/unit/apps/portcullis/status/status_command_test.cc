#include "apps/portcullis/status/status_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "libs/testing/fake_clock.h"

namespace portcullis::status {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;

std::string Metrics(const std::string& process, const std::string& version = "1.0") {
  return "# HELP portcullis_build_info x\nportcullis_build_info{version=\"" + version +
         "\",revision=\"\",process=\"" + process +
         "\"} 1\nprocess_start_time_seconds 1767225300\nportcullis_audit_spool_records 7\n"
         "portcullis_audit_spool_oldest_seconds 1.5\n"
         "portcullis_tls_certificate_expiry_timestamp_seconds{certificate=\"ca\"} 1800000000\n"
         "portcullis_tls_certificate_expiry_timestamp_seconds{certificate=\"own\"} 1767312000\n";
}

class StatusTest : public ::testing::Test {
 protected:
  // A process that is well.
  void Serve(const std::string& address, const std::string& process) {
    pages_[address + "/metrics"] = {200, Metrics(process)};
    pages_[address + "/readyz"] = {200, R"({"status":"ready"})"};
    pages_[address + "/config"] = {200, R"({"x-portcullis":{"version":"abcdef012345","restart_needed":[]}})"};
    pages_[address + "/log-level"] = {200, R"({"level":"info"})"};
  }

  bool Run(std::vector<std::string> addresses, bool json = false, bool all = false) {
    out_.str("");
    const Ask ask = [this](const std::string& address,
                           const std::string& path) -> absl::StatusOr<targets::AdminAnswer> {
      asked_.push_back(address + path);
      if (!pages_.count(address + "/metrics")) return absl::UnavailableError("no answer");
      const auto found = pages_.find(address + path);
      return found == pages_.end() ? targets::AdminAnswer{404, "{}"} : found->second;
    };
    StatusOptions options;
    for (const std::string& address : addresses) options.places.push_back({address, expected_});
    options.all = all;
    options.json = json;
    return RunStatus(ask, options, testing::FakeClock::kStart, out_);
  }

  std::map<std::string, targets::AdminAnswer> pages_;
  std::vector<std::string> asked_;
  std::string expected_;  // what should run there
  std::ostringstream out_;
};

TEST_F(StatusTest, TellsWhatEachProcessSaysOfItself) {
  Serve("e:1", "edge");
  Serve("r:1", "router");
  pages_["r:1/targets"] = {
      200, R"({"targets":[{"id":"main","available":true,"healthy":true,"circuit":"closed"},)"
           R"({"id":"spare","available":true,"healthy":false,"circuit":"open","last_error":"503"}]})"};
  Serve("a:1", "audit");
  pages_["a:1/audit/head"] = {200, R"({"size":42,"root":"00112233445566778899","time_us":1767225600000000})"};
  EXPECT_TRUE(Run({"e:1", "r:1", "a:1"}));
  EXPECT_EQ(out_.str(),
            "PROCESS  ADDRESS  STATE  VERSION  CONFIG        UP  SPOOL  LAG   CERTIFICATE UNTIL\n"
            "edge     e:1      ready  1.0      abcdef012345  5m  7      1.5s  2026-01-02T00:00:00Z\n"
            "router   r:1      ready  1.0      abcdef012345  5m  7      1.5s  2026-01-02T00:00:00Z\n"
            "audit    a:1      ready  1.0      abcdef012345  5m  7      1.5s  2026-01-02T00:00:00Z\n"
            "targets: 1 of 2 at their best\n"
            "  spare: unhealthy, circuit open (503)\n"
            "audit log: 42 leaves, signed 2026-01-01T00:00:00Z, root 0011223344556677\n");
}

TEST_F(StatusTest, AGatewayWithEverythingInItIsTheWholeSuite) {
  Serve("g:1", "gateway");
  EXPECT_TRUE(Run({"g:1", "p:1"}));
  EXPECT_THAT(out_.str(), Not(HasSubstr("p:1")));
  EXPECT_FALSE(Run({"g:1", "p:1"}, false, /*all=*/true));
}

TEST_F(StatusTest, OneThatIsAwayOrNotReadyMakesItFail) {
  Serve("e:1", "edge");
  EXPECT_FALSE(Run({"e:1", "p:1"}));
  EXPECT_THAT(out_.str(), HasSubstr("p:1: no answer"));
  expected_ = "policy";
  EXPECT_FALSE(Run({"p:1"}));
  EXPECT_THAT(out_.str(), HasSubstr("policy: no answer"));
  pages_["e:1/readyz"] = {503, R"({"status":"not_ready","reasons":["no policy service is reachable"]})"};
  EXPECT_FALSE(Run({"e:1"}));
  EXPECT_THAT(out_.str(), HasSubstr("edge: no policy service is reachable"));
}

TEST_F(StatusTest, JsonHasItAll) {
  Serve("e:1", "edge");
  Serve("p:1", "policy");
  pages_["p:1/metrics"] = {200, Metrics("policy", "0.9")};
  pages_["p:1/config"] = {200,
                          R"({"x-portcullis":{"version":"abcdef012345","restart_needed":["reload.watch"]}})"};
  EXPECT_TRUE(Run({"e:1", "p:1"}, /*json=*/true));
  const Json json = Json::parse(out_.str());
  EXPECT_EQ(json["ready"], true);
  EXPECT_EQ(json["services"][1]["process"], "policy");
  EXPECT_EQ(json["services"][0]["spool_records"], 7);
  EXPECT_EQ(json["services"][0]["log_level"], "info");
  EXPECT_EQ(json["services"][0]["up_seconds"], 300);
  ASSERT_EQ(json["notes"].size(), 2u);
  EXPECT_EQ(json["notes"][0], "the processes run different versions: 0.9, 1.0");
  EXPECT_THAT(json["notes"][1].get<std::string>(), HasSubstr("policy: 1 changed setting(s) wait"));
}

TEST_F(StatusTest, AnswersOfSomethingElseAreNoHarm) {
  for (const char* body : {"", "[]", "nonsense", R"({"targets":[1,"x",{}]})", R"({"x-portcullis":[]})"}) {
    Serve("e:1", "edge");
    for (const char* path : {"/readyz", "/config", "/targets", "/audit/head", "/log-level", "/metrics"}) {
      pages_[std::string("e:1") + path] = {200, body};
    }
    Run({"e:1"});
    Run({"e:1"}, /*json=*/true);
    EXPECT_FALSE(out_.str().empty());
  }
}

}  // namespace
}  // namespace portcullis::status
