// The end-to-end tests read what is encoded here with the official messages; these look at the bounds.
#include "libs/tracing/otlp_encoding.h"

#include <gtest/gtest.h>

#include "libs/wire/wire_writer.h"

namespace portcullis::tracing {
namespace {

using telemetry::Span;

std::string Encode(const Span& span) {
  return EncodeRequest({{"service.name", "s"}}, absl::MakeConstSpan(&span, 1));
}

TEST(OtlpEncodingTest, WritesTheBytesOfTheSpecification) {
  Span span;
  span.trace_id.fill(0x11);
  span.id.fill(0x22);
  span.name = "n";
  span.kind = telemetry::SpanKind::kClient;
  span.start = base::SystemTime(std::chrono::microseconds(1));
  span.end = base::SystemTime(std::chrono::microseconds(2));
  std::string expected("\x0a\x10", 2);
  expected += std::string(16, '\x11') + "\x12\x08" + std::string(8, '\x22');
  expected += std::string("\x2a\x01n\x30\x03", 5);
  expected += std::string("\x39\xe8\x03\0\0\0\0\0\0", 9);  // 1,000 ns
  expected += std::string("\x41\xd0\x07\0\0\0\0\0\0", 9);
  const std::string bytes = Encode(span);
  EXPECT_NE(bytes.find(expected), std::string::npos);
  EXPECT_TRUE(bytes.ends_with(expected)) << "no parent, no status: what is not said is left out";
}

TEST(OtlpEncodingTest, BoundsTextAndMendsUtf8) {
  Span span;
  span.attributes.emplace_back("long", std::string(100'000, 'x'));
  span.attributes.emplace_back("broken", std::string("\xff\xfe"));
  const std::string bytes = Encode(span);
  EXPECT_LT(bytes.size(), kMaxAttributeBytes + 300);
  EXPECT_EQ(bytes.find('\xff'), std::string::npos);
}

std::string Response(uint64_t rejected) {
  std::string bytes;
  wire::WireWriter out(&bytes);
  out.Message(1, [&] {
    out.Number(1, rejected);
    out.Text(2, "too old");
  });
  return bytes;
}

TEST(OtlpEncodingTest, ReadsWhatWasRejected) {
  EXPECT_EQ(RejectedSpans("", 10), 0u);
  EXPECT_EQ(RejectedSpans(Response(3), 10), 3u);
  EXPECT_EQ(RejectedSpans(Response(30), 10), 10u);
  EXPECT_EQ(RejectedSpans(Response(static_cast<uint64_t>(-1)), 10), 0u);
  EXPECT_EQ(RejectedSpans("\x0a\xff\xff\xff", 10), 0u);
  EXPECT_EQ(RejectedSpans("not protobuf", 10), 0u);
}

}  // namespace
}  // namespace portcullis::tracing
