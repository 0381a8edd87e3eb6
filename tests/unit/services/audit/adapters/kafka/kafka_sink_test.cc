#include "services/audit/adapters/kafka/kafka_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/clock.h"

namespace portcullis::audit::kafka {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "not-to-be-seen";

KafkaOptions Nobody() {
  KafkaOptions options;
  options.brokers = "127.0.0.1:1";
  options.topic = "t";
  options.log_id = "log";
  return options;
}

TEST(KafkaSinkTest, SaysWhichOptionIsWrongWithoutSecrets) {
  KafkaOptions options = Nobody();
  options.sasl_mechanism = "SCRAM-SHA-512";
  options.username = "ann";
  options.password = kSecret;
  options.tls = true;
  options.ca_file = "/no/such/ca.pem";
  const auto sink = OpenKafkaSink(options);
  EXPECT_TRUE(absl::IsInvalidArgument(sink.status())) << sink.status();
  EXPECT_THAT(std::string(sink.status().message()), HasSubstr("services.audit.kafka"));
  EXPECT_THAT(std::string(sink.status().message()), Not(HasSubstr(kSecret)));

  options = Nobody();
  options.compression = "lzma";
  EXPECT_THAT(std::string(OpenKafkaSink(options).status().message()), HasSubstr("compression.type"));
}

TEST(KafkaSinkTest, TakesRecordsUpToItsBoundWhileNobodyAnswersAndSaysWhy) {
  const auto sink = OpenKafkaSink(Nobody());
  ASSERT_TRUE(sink.ok()) << sink.status();
  const std::string value(1000, 'x');
  uint64_t taken = 0;
  for (;; ++taken) {
    const absl::StatusOr<bool> sent = (*sink)->Send({taken + 1, "key", value});
    ASSERT_TRUE(sent.ok()) << sent.status();
    if (!*sent) break;
    ASSERT_LT(taken, 100'000u);
  }
  EXPECT_EQ(taken, 10'000u);

  const base::SystemClock clock;
  const base::MonotonicTime end = clock.Monotonic() + std::chrono::seconds(20);
  std::string trouble;
  while (trouble.empty() && clock.Monotonic() < end) {
    const SinkNews news = (*sink)->Wait(std::chrono::milliseconds(100));
    EXPECT_TRUE(news.acknowledged.empty());
    EXPECT_TRUE(news.failure.ok()) << news.failure;
    trouble = news.trouble;
  }
  EXPECT_THAT(trouble, HasSubstr("127.0.0.1:1"));
}

TEST(KafkaSinkTest, ARecordThatNoBrokerWouldTakeIsAnError) {
  const auto sink = OpenKafkaSink(Nobody());
  ASSERT_TRUE(sink.ok()) << sink.status();
  const absl::StatusOr<bool> sent = (*sink)->Send({1, "key", std::string(9 << 20, 'x')});
  EXPECT_THAT(std::string(sent.status().message()), HasSubstr("9437184 bytes"));
}

}  // namespace
}  // namespace portcullis::audit::kafka
