// Each identifier's validator and borders, by what the policy redacts.
#include <gtest/gtest.h>

#include "policy_harness.h"
#include "services/policy/domain/pii/checksums.h"
#include "services/policy/domain/pii/iban.h"
#include "services/policy/domain/pii/payment_card.h"
#include "services/policy/domain/pii/phone.h"
#include "services/policy/domain/pii/us_ssn.h"

namespace portcullis::policy {
namespace {

ChainOptions PiiOnly() {
  ChainOptions options;
  options.chain = {"pii-detector"};
  return options;
}

class Pii : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { harness_ = std::make_unique<Harness>(PiiOnly()); }
  static void TearDownTestSuite() { harness_.reset(); }

  static std::string Redact(std::string_view text) { return harness_->RedactOutput(text); }
  static void ExpectKept(std::string_view text) { EXPECT_EQ(Redact(text), text); }

  static inline std::unique_ptr<Harness> harness_;
};

TEST(Luhn, ChecksTheLastDigit) {
  EXPECT_TRUE(PassesLuhn("4111111111111111"));
  EXPECT_TRUE(PassesLuhn("378282246310005"));
  EXPECT_FALSE(PassesLuhn("4111111111111112"));
  EXPECT_FALSE(PassesLuhn(""));
}

TEST(PaymentCard, NeedsIssuerLengthAndCheckDigit) {
  for (const char* card : {"4111111111111111", "5555555555554444", "2223003122003222", "378282246310005",
                           "6011111111111117", "3530111333300000", "30569309025904", "6200000000000005"}) {
    EXPECT_TRUE(IsPaymentCard(card, false)) << card;
  }
  for (const char* other :
       {"4111111111111112", "1234567812345670", "9999999999999995", "41111111111111", "0000000000000000"}) {
    EXPECT_FALSE(IsPaymentCard(other, false)) << other;
  }
  EXPECT_FALSE(IsPaymentCard("4222222222222", false));
  EXPECT_TRUE(IsPaymentCard("4222222222222", true));
}

TEST(Iban, NeedsCountryLengthAndCheckDigits) {
  for (const char* iban : {"DE54100200301234567890", "GB82WEST12345698765432", "FR1420041010050500013M02606",
                           "NO9386011117947", "MT84MALT011000012345MTLCAST001S"}) {
    EXPECT_TRUE(IsIban(iban)) << iban;
  }
  for (const char* other :
       {"DE88370400440532013000", "DE5410020030123456789", "XX54100200301234567890", "", "DE"}) {
    EXPECT_FALSE(IsIban(other)) << other;
  }
}

TEST(UsSsn, ChecksTheNumbersThatAreNeverIssued) {
  EXPECT_TRUE(IsUsSsn("536904399"));
  for (const char* other :
       {"666123456", "000123456", "900123456", "123001234", "123120000", "078051120", "219099999"}) {
    EXPECT_FALSE(IsUsSsn(other)) << other;
  }
}

TEST(InternationalNumber, NeedsACountryAndItsLength) {
  for (const char* number : {"493012345678", "12125550123", "442079460958", "33123456789", "34612345678",
                             "390612345678", "41096471079"}) {
    EXPECT_TRUE(IsInternationalNumber(number)) << number;
  }
  for (const char* other : {"9991234", "11115550123", "3312345678", "49", ""}) {
    EXPECT_FALSE(IsInternationalNumber(other)) << other;
  }
}

TEST_F(Pii, RedactsEachIdentifierAnywhere) {
  const std::pair<const char*, const char*> kCases[] = {{"bob.o'neil+x@mail.example.co.uk", "[EMAIL]"},
                                                        {"4111 1111 1111 1111", "[PAYMENT_CARD]"},
                                                        {"3782 822463 10005", "[PAYMENT_CARD]"},
                                                        {"DE89 3704 0044 0532 0130 00", "[IBAN]"},
                                                        {"536-90-4399", "[US_SSN]"},
                                                        {"203.0.113.7", "[IP_ADDRESS]"},
                                                        {"2001:db8::1", "[IP_ADDRESS]"},
                                                        {"+49 (30) 1234-5678", "[PHONE]"},
                                                        {"(212) 555-0123", "[PHONE]"},
                                                        {"020 7946 0958", "[PHONE]"},
                                                        {"01 23 45 67 89", "[PHONE]"},
                                                        {"030/1234567", "[PHONE]"},
                                                        {"612 34 56 78", "[PHONE]"},
                                                        {"06 12345678", "[PHONE]"}};
  for (const auto& [identifier, marker] : kCases) {
    const std::string id = identifier;
    const std::string label = marker;
    EXPECT_EQ(Redact(id), label);
    EXPECT_EQ(Redact("x " + id), "x " + label);
    EXPECT_EQ(Redact(id + ", y"), label + ", y");
    EXPECT_EQ(Redact("(" + id + ")."), "(" + label + ").") << id;
    EXPECT_EQ(Redact("这是" + id + "。"), "这是" + label + "。");
    EXPECT_EQ(Redact(id + "\n" + id), label + "\n" + label);
  }
}

TEST_F(Pii, LeavesOrdinaryNumbersAlone) {
  for (const char* text :
       {"On 2024-05-17 at 12:30:45 we paid 1,299.00 or 1.299,00 for 100 200 300 units",
        "version 1.24.3 of 10.0.19041.1", "ISBN 978-3-16-148410-0, order 8841273, id 100231-22",
        "17.05.2024 17/05/2024 05-17-2024", "pi is 3.14159265358979",
        "uuid 123e4567-e89b-12d3-a456-426614174000", "between 10-20 and 30 40 50 60 70 80",
        "a[123456789] = 0x4111111111111111", "1234567890 1715945445123 20240517123045", "$4111111111111111",
        "score 3-2, 10.5%, 640x480, 2001:db8", "section 1.2.3.4", "std::vector<int> a::b",
        "C++20 and +1 for that", "the year 2024 2025 2026 2027"}) {
    ExpectKept(text);
  }
}

TEST_F(Pii, ContextDecidesOverBareNumbers) {
  ExpectKept("number 536904399 and 2125550123 and 07700900123");
  EXPECT_EQ(Redact("her SSN is 536904399"), "her SSN is [US_SSN]");
  EXPECT_EQ(Redact("phone: 2125550123"), "phone: [PHONE]");
  EXPECT_EQ(Redact("Tel. 07700900123"), "Tel. [PHONE]");
  EXPECT_EQ(Redact("call 212 555 0123"), "call [PHONE]");
}

TEST_F(Pii, SeesThroughDisguises) {
  EXPECT_EQ(Redact("４１１１１１１１１１１１１１１１"), "[PAYMENT_CARD]");
  EXPECT_EQ(Redact("bob\u200b@exa\u00admple.com"), "[EMAIL]");
  EXPECT_EQ(Redact("bоb＠example．com"), "[EMAIL]");
}

TEST_F(Pii, FindsWhereItWasAndNeverWhat) {
  const Decision decision = harness_->CheckOutput("é bob@example.com");
  ASSERT_EQ(decision.findings.size(), 1u);
  const Finding& finding = decision.findings[0];
  EXPECT_EQ(finding.policy, "pii-detector");
  EXPECT_EQ(finding.rule, "email");
  EXPECT_EQ(finding.begin, 3u);
  EXPECT_EQ(finding.end, 18u);
  EXPECT_EQ(finding.reason.find("bob"), std::string::npos);
}

std::string RedactWith(const PiiDetectorOptions& options, std::string_view text) {
  ChainOptions chain = PiiOnly();
  chain.pii_detector = options;
  return Harness(chain).RedactOutput(text);
}

TEST(PiiMarker, Formats) {
  const std::string text = "4111111111111111 bob@example.com";
  PiiDetectorOptions options;
  options.marker_format = MarkerFormat::kAsterisks;
  EXPECT_EQ(RedactWith(options, text), "********** **********");
  options.preserve_length = true;
  EXPECT_EQ(RedactWith(options, text), "**************** ***************");
  options.marker_format = MarkerFormat::kPartial;
  EXPECT_EQ(RedactWith(options, text), "************1111 ***************");
  options.preserve_length = false;
  EXPECT_EQ(RedactWith(options, text), "****1111 **********");
  options.marker_format = MarkerFormat::kLabel;
  options.custom_markers = {{"email", "<mail \"x\">"}};
  EXPECT_EQ(RedactWith(options, text), "[PAYMENT_CARD] <mail \"x\">");
}

TEST(PiiMarker, CustomMarkersAreSafeInJson) {
  ChainOptions chain = PiiOnly();
  chain.pii_detector.custom_markers = {{"email", "a\"b\\c\n"}};
  EXPECT_EQ(Harness(chain).RedactOutput(R"({"to":"bob@example.com"})", SegmentKind::kJson),
            R"({"to":"a\"b\\c\n"})");
}

TEST(PiiOptions, EntitiesCanBeTurnedOff) {
  PiiDetectorOptions options;
  options.entities = {{"email", false}, {"ipv4", true}};
  EXPECT_EQ(RedactWith(options, "bob@example.com 203.0.113.7"), "bob@example.com [IP_ADDRESS]");
}

TEST(PiiOptions, UnknownEntitiesAreErrors) {
  ChainOptions chain = PiiOnly();
  chain.pii_detector.entities = {{"e-mail", true}};
  const auto bundle = Bundle::Compile(chain);
  ASSERT_FALSE(bundle.ok());
  EXPECT_NE(bundle.status().message().find("e-mail"), absl::string_view::npos);
  EXPECT_NE(bundle.status().message().find("payment_card"), absl::string_view::npos);
}

TEST(PiiOptions, BlockNamesThePolicy) {
  ChainOptions chain = PiiOnly();
  chain.pii_detector.action = OnDetect::kBlock;
  Harness harness(chain);
  const Decision decision = harness.CheckInput("mail bob@example.com");
  EXPECT_EQ(decision.action, Action::kBlock);
  EXPECT_EQ(decision.policy, "pii-detector");
  EXPECT_EQ(decision.reason_code, "pii.detected");
  EXPECT_TRUE(decision.edits.empty());
  const Streamed stream = harness.Stream("mail bob@example.com", {3, 8, 12});
  EXPECT_TRUE(stream.blocked);
  EXPECT_EQ(stream.released, "mail ");
}

TEST(PiiOptions, DirectionsAreKeptApart) {
  ChainOptions chain = PiiOnly();
  chain.pii_detector.apply_to = ApplyTo::kOutput;
  Harness harness(chain);
  const Decision input = harness.CheckInput("bob@example.com");
  EXPECT_EQ(input.action, Action::kAllow);
  EXPECT_EQ(input.required_bytes, 0u);
  EXPECT_EQ(harness.RedactOutput("bob@example.com"), "[EMAIL]");
}

}  // namespace
}  // namespace portcullis::policy
