#include "libs/s3/upload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"
#include "libs/testing/fake_clock.h"

namespace portcullis::s3 {
namespace {

using curl::HttpAnswer;
using curl::HttpMethod;
using curl::HttpRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "wJalrXUtnFEMI";
constexpr char kToken[] = "session-token-1";
constexpr size_t kPart = 10;

class RecordingSleeper final : public base::Sleeper {
 public:
  void Sleep(base::Duration duration) override {
    slept.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
  }
  std::vector<int64_t> slept;
};

HttpAnswer Status(int status, std::string body = "") {
  HttpAnswer answer;
  answer.http_status = status;
  answer.body = std::move(body);
  return answer;
}

// A store that takes everything, unless it was told how to answer next.
class UploadTest : public ::testing::Test {
 protected:
  std::unique_ptr<Upload> Begin() {
    Store store;
    store.endpoint = "https://s3.example";
    store.region = "r1";
    store.path_style = true;
    store.part_bytes = kPart;
    store.credentials = {"AKID", kSecret, kToken};
    return std::make_unique<Upload>(
        std::move(store), ObjectName{"logs", "a b"}, "text/csv",
        UploadParts{clock_, sleeper_, [this](HttpRequest request) { return Answer(std::move(request)); }});
  }

  absl::StatusOr<HttpAnswer> Answer(HttpRequest request) {
    requests_.push_back(request);
    if (!next_.empty()) {
      auto answer = std::move(next_.front());
      next_.pop_front();
      return answer;
    }
    HttpAnswer answer = Status(200);
    if (request.url.ends_with("?uploads=")) answer.body = "<R><UploadId>id/1</UploadId></R>";
    if (request.method == HttpMethod::kPut) answer.etag = base::StrCat("\"", request.body, "\"");
    return answer;
  }

  std::vector<std::string> Urls() const {
    std::vector<std::string> urls;
    for (const HttpRequest& request : requests_)
      urls.push_back(request.url.substr(request.url.find("/logs")));
    return urls;
  }

  testing::FakeClock clock_;
  RecordingSleeper sleeper_;
  std::deque<absl::StatusOr<HttpAnswer>> next_;
  std::vector<HttpRequest> requests_;
};

TEST_F(UploadTest, WhatFitsIntoAPartIsOnePut) {
  const auto upload = Begin();
  ASSERT_TRUE(upload->Append("01234").ok());
  ASSERT_TRUE(upload->Append("56789").ok());
  ASSERT_TRUE(upload->Finish().ok());
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].url, "https://s3.example/logs/a%20b");
  EXPECT_EQ(requests_[0].method, HttpMethod::kPut);
  EXPECT_EQ(requests_[0].body, "0123456789");
  EXPECT_EQ(requests_[0].content_type, "text/csv");
  EXPECT_THAT(requests_[0].headers,
              ElementsAre("x-amz-content-sha256: " + crypto::Hex(crypto::Sha256Of("0123456789")),
                          "x-amz-date: 20260101T000000Z", base::StrCat("x-amz-security-token: ", kToken),
                          HasSubstr("SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;"
                                    "x-amz-security-token,")));
}

TEST_F(UploadTest, NothingIsAnEmptyObject) {
  ASSERT_TRUE(Begin()->Finish().ok());
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].body, "");
}

TEST_F(UploadTest, MoreGoesByPartsOfOneSize) {
  const auto upload = Begin();
  ASSERT_TRUE(upload->Append("0123456789012345678901234").ok());
  ASSERT_TRUE(upload->Finish().ok());
  EXPECT_THAT(Urls(), ElementsAre("/logs/a%20b?uploads=", "/logs/a%20b?partNumber=1&uploadId=id%2F1",
                                  "/logs/a%20b?partNumber=2&uploadId=id%2F1",
                                  "/logs/a%20b?partNumber=3&uploadId=id%2F1", "/logs/a%20b?uploadId=id%2F1"));
  EXPECT_EQ(requests_[0].content_type, "text/csv");
  EXPECT_EQ(requests_[3].body, "01234");
  EXPECT_EQ(requests_[4].method, HttpMethod::kPost);
  EXPECT_THAT(requests_[4].body,
              HasSubstr("<Part><PartNumber>3</PartNumber><ETag>\"01234\"</ETag></Part></Comp"));
}

TEST_F(UploadTest, WhatIsNotFinishedIsAborted) {
  ASSERT_TRUE(Begin()->Append(std::string(kPart + 1, 'x')).ok());
  EXPECT_EQ(Urls().back(), "/logs/a%20b?uploadId=id%2F1");
  EXPECT_EQ(requests_.back().method, HttpMethod::kDelete);
}

TEST_F(UploadTest, TriesAgainWhatMayPassWithGrowingPauses) {
  HttpAnswer slow_down = Status(429);
  slow_down.retry_after = std::chrono::seconds(7);
  next_ = {absl::UnavailableError("refused"), Status(503), Status(500), slow_down};
  ASSERT_TRUE(Begin()->Finish().ok());
  EXPECT_EQ(requests_.size(), 5u);
  EXPECT_THAT(sleeper_.slept, ElementsAre(500, 1000, 2000, 7000));
}

TEST_F(UploadTest, GivesUpAfterFiveTimes) {
  next_.assign(9, absl::UnavailableError("https://s3.example: Couldn't connect to server"));
  const absl::Status status = Begin()->Finish();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(
      std::string(status.message()),
      HasSubstr("s3://logs/a b: https://s3.example: Couldn't connect to server; check --s3-endpoint"));
  EXPECT_EQ(requests_.size(), 5u);
}

TEST_F(UploadTest, ARefusalIsToldAtOnceWithoutSecrets) {
  next_ = {Status(403, "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>")};
  const absl::Status status = Begin()->Finish();
  EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr(kSecret)));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr(kToken)));
  EXPECT_EQ(requests_.size(), 1u);
}

TEST_F(UploadTest, AnErrorInAGoodAnswerIsAnError) {
  {
    const auto upload = Begin();
    ASSERT_TRUE(upload->Append(std::string(kPart + 1, 'x')).ok());
    next_ = {Status(200), Status(200, "<Error><Code>InvalidPart</Code><Message>gone</Message></Error>")};
    const absl::Status status = upload->Finish();
    EXPECT_THAT(std::string(status.message()), HasSubstr("InvalidPart"));
  }
  EXPECT_EQ(requests_.back().method, HttpMethod::kDelete);
}

TEST_F(UploadTest, StopsAtTheGreatestNumberOfParts) {
  const auto upload = Begin();
  const absl::Status status = upload->Append(std::string(kPart * kMaxParts + kPart + 1, 'x'));
  EXPECT_TRUE(absl::IsOutOfRange(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("--s3-part-mib"));
}

}  // namespace
}  // namespace portcullis::s3
