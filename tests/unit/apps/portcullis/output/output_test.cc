#include "apps/portcullis/output/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "libs/testing/temp_dir.h"

namespace portcullis::output {
namespace {

using ::testing::HasSubstr;

class OutputTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Output>> To(std::string to) {
    s3::Store store;
    store.endpoint = "https://s3.example";
    return Open({std::move(to), store}, "text/plain", {clock_, sleeper_, stream_});
  }

  base::SystemClock clock_;
  base::SystemSleeper sleeper_;
  std::ostringstream stream_;
  testing::TempDir folder_;
};

TEST_F(OutputTest, TheStandardOutput) {
  const auto output = To("-");
  ASSERT_TRUE(output.ok());
  EXPECT_TRUE((*output)->Write("a").ok());
  EXPECT_TRUE((*output)->Finish().ok());
  EXPECT_EQ(stream_.str(), "a");
  stream_.setstate(std::ios::badbit);
  EXPECT_THAT(std::string((*output)->Write("b").message()), HasSubstr("standard output"));
}

TEST_F(OutputTest, AFileTakesItsNameWhenItIsFinished) {
  folder_.Write("f", "old");
  const auto output = To(folder_.File("f"));
  ASSERT_TRUE(output.ok());
  EXPECT_TRUE((*output)->Write("new").ok());
  EXPECT_EQ(folder_.Read("f"), "old");
  EXPECT_TRUE((*output)->Finish().ok());
  EXPECT_EQ(folder_.Read("f"), "new");
  EXPECT_FALSE(std::filesystem::exists(folder_.File("f.part")));
}

TEST_F(OutputTest, AFileThatIsNotFinishedIsRemoved) {
  EXPECT_TRUE((*To(folder_.File("f")))->Write("new").ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(OutputTest, SaysWhichFileCannotBeWritten) {
  EXPECT_THAT(std::string(To("/no/such/folder/x").status().message()), HasSubstr("/no/such/folder/x"));
}

TEST_F(OutputTest, AnObjectHasABucketAndAKey) {
  EXPECT_TRUE(absl::IsInvalidArgument(To("s3://bucket").status()));
  EXPECT_TRUE(To("s3://bucket/key").ok());  // asks the store when there is something to send
}

}  // namespace
}  // namespace portcullis::output
