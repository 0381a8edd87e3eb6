#include "libs/s3/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/strings.h"
#include "libs/testing/fake_clock.h"

namespace portcullis::s3 {
namespace {

using testing::FakeClock;
using ::testing::HasSubstr;

absl::Status Of(int status, std::string code, std::string message = "") {
  curl::HttpAnswer answer;
  answer.http_status = status;
  answer.date = FakeClock::kStart;
  if (!code.empty()) {
    answer.body = base::StrCat("<?xml version=\"1.0\"?><Error><Code>", code, "</Code><Message>", message,
                               "</Message><Resource>/x</Resource></Error>");
  }
  return ErrorOf(answer, "s3://b/k at https://h", FakeClock::kStart - std::chrono::minutes(20));
}

TEST(ErrorsTest, SaysWhatWhereAndHowToFix) {
  EXPECT_EQ(Of(404, "NoSuchBucket", "The bucket &quot;b&quot; is not there").message(),
            "s3://b/k at https://h: NoSuchBucket, status 404: The bucket \"b\" is not there; make the "
            "bucket, or correct "
            "its name");
  EXPECT_TRUE(absl::IsUnauthenticated(Of(403, "SignatureDoesNotMatch")));
  EXPECT_THAT(std::string(Of(403, "InvalidAccessKeyId").message()), HasSubstr("check AWS_ACCESS_KEY_ID"));
  EXPECT_THAT(std::string(Of(400, "ExpiredToken").message()), HasSubstr("AWS_SESSION_TOKEN"));
  EXPECT_TRUE(absl::IsPermissionDenied(Of(403, "AccessDenied")));
  EXPECT_THAT(std::string(Of(301, "PermanentRedirect").message()), HasSubstr("--s3-region"));
}

TEST(ErrorsTest, TellsByHowMuchClocksDiffer) {
  EXPECT_THAT(std::string(Of(403, "RequestTimeTooSkewed", "too far").message()),
              HasSubstr("set the clock of this machine (it is 1200 s behind the store's)"));
}

TEST(ErrorsTest, GoesByTheStatusWhenTheBodySaysNothing) {
  EXPECT_TRUE(absl::IsUnavailable(Of(503, "")));
  EXPECT_TRUE(absl::IsUnavailable(Of(429, "")));
  EXPECT_TRUE(absl::IsUnavailable(Of(500, "Odd")));
  EXPECT_TRUE(absl::IsPermissionDenied(Of(403, "")));
  EXPECT_TRUE(absl::IsFailedPrecondition(Of(200, "Odd")));
}

TEST(ErrorsTest, TellsOneLineOfBoundedLength) {
  const std::string text(Of(400, "Odd", "a\nb" + std::string(10'000, 'x')).message());
  EXPECT_LT(text.size(), 600u);
  EXPECT_EQ(text.find('\n'), text.npos);
}

TEST(ElementTextTest, FindsTheFirst) {
  EXPECT_EQ(ElementText("<A><UploadId>x&amp;y</UploadId></A>", "UploadId"), "x&y");
  EXPECT_EQ(ElementText("<UploadId>x", "UploadId"), "");
  EXPECT_EQ(ElementText("", "UploadId"), "");
}

}  // namespace
}  // namespace portcullis::s3
