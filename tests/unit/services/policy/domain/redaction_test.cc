// What stands in place of identifiers: formats per entity, fakes, and tokens with their way back.
#include <gtest/gtest.h>

#include <set>

#include "identifier_samples.h"
#include "policy_harness.h"
#include "services/policy/domain/pii/checksums.h"
#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/pii/fake.h"
#include "services/policy/domain/pii/pseudonyms.h"

namespace portcullis::policy {
namespace {

ChainOptions Pii(MarkerFormat format) {
  ChainOptions options;
  options.chain = {"pii-detector"};
  options.pii_detector.marker_format = format;
  return options;
}

TEST(Redaction, FormatsPerEntity) {
  ChainOptions options = Pii(MarkerFormat::kLabel);
  options.pii_detector.formats = {{"payment_card", "partial"}, {"ipv4", "asterisks"}};
  EXPECT_EQ(Harness(options).RedactOutput("4111111111111111 203.0.113.7 a@b.com"),
            "****1111 ********** [EMAIL]");
  for (const auto& [name, format] : {std::pair{"payment_card", "stars"}, std::pair{"paymentcard", "label"}}) {
    options.pii_detector.formats = {{name, format}};
    const auto bundle = Bundle::Compile(options);
    ASSERT_FALSE(bundle.ok());
    EXPECT_NE(bundle.status().message().find(format), absl::string_view::npos);
  }
}

TEST(Redaction, ModesAddIdentifiers) {
  const std::string text = "CVV: 123, MRN: A1234567, NPI 1234567893, born 12.03.1980, Medicare 1EG4-TE5-MK73";
  ChainOptions options = Pii(MarkerFormat::kLabel);
  EXPECT_EQ(
      Harness(options).RedactOutput(text),
      "CVV: [CARD_SECURITY_CODE], MRN: A1234567, NPI [US_NPI], born 12.03.1980, Medicare 1EG4-TE5-MK73");
  options.pii_detector.pci_mode = false;
  options.pii_detector.packs = {"eu"};
  EXPECT_EQ(Harness(options).RedactOutput(text), text);
  options.pii_detector.healthcare_mode = true;
  EXPECT_EQ(Harness(options).RedactOutput(text),
            "CVV: 123, MRN: [MEDICAL_RECORD_NUMBER], NPI [US_NPI], born [DATE_OF_BIRTH], Medicare "
            "[HEALTH_INSURANCE_ID]");
}

TEST(Fake, KeepsTheFormAndIsNobodys) {
  for (const IdentifierSample& sample : kIdentifierSamples) {
    const Entity entity = *EntityByName(sample.entity);
    const std::string fake = FakeOf(entity, sample.valid, "key");
    EXPECT_NE(fake, sample.valid);
    EXPECT_EQ(fake, FakeOf(entity, sample.valid, "key"));
    EXPECT_NE(fake, FakeOf(entity, sample.valid, "another key")) << sample.valid;
    if (entity == Entity::kEmail || entity == Entity::kIpv4 || entity == Entity::kIpv6) continue;
    ASSERT_EQ(fake.size(), std::string(sample.valid).size());
    for (size_t i = 0; i < fake.size(); ++i) {
      const bool was_digit = std::isdigit(static_cast<unsigned char>(sample.valid[i])) != 0;
      EXPECT_EQ(std::isdigit(static_cast<unsigned char>(fake[i])) != 0, was_digit) << fake;
    }
  }
}

TEST(Fake, ChecksAreWrong) {
  for (int i = 0; i < 200; ++i) {
    EXPECT_FALSE(PassesLuhn(FakeOf(Entity::kPaymentCard, "4111111111111111", std::to_string(i))));
    EXPECT_EQ(FakeOf(Entity::kUsSsn, "536-90-4399", std::to_string(i)).substr(0, 4), "000-");
  }
  EXPECT_EQ(FakeOf(Entity::kPhone, "+49 30 12345678", "k").substr(0, 4), "+49 ");
}

TEST(Fake, IsTheSameWithinAnExchange) {
  Harness harness(Pii(MarkerFormat::kFake));
  const std::string text = "4111111111111111 4111111111111111";
  auto result = harness.Open({{text, SegmentKind::kText, Role::kUser, "m"}});
  const std::string faked = ApplyEdits(text, result->decision.edits);
  EXPECT_EQ(faked.substr(0, 16), faked.substr(17));
  EXPECT_NE(faked, text);
  EXPECT_NE(harness.RedactOutput(text), faked);
}

TEST(Fake, StaysANumberInJson) {
  const std::string text = R"({"card":4111111111111111})";
  const std::string faked = Harness(Pii(MarkerFormat::kFake)).RedactOutput(text, SegmentKind::kJson);
  EXPECT_EQ(faked.size(), text.size());
  EXPECT_EQ(faked.find_first_not_of("0123456789", 8), 24u) << faked;
  EXPECT_NE(faked[8], '0');
}

// An exchange with tokens: what the model gets, and what the client gets of an answer.
class Tokens : public ::testing::Test {
 protected:
  std::string Ask(std::vector<std::string> texts, SegmentKind kind = SegmentKind::kText) {
    std::vector<Segment> segments;
    for (const std::string& text : texts) segments.push_back({text, kind, Role::kUser, "m"});
    auto result = harness_.Open(segments);
    EXPECT_TRUE(result.ok());
    exchange_ = std::move(result->exchange);
    decision_ = result->decision;
    std::string out;
    for (size_t i = 0; i < texts.size(); ++i) {
      std::vector<Edit> edits;
      for (const Edit& edit : decision_.edits) {
        if (edit.segment == i) edits.push_back(edit);
      }
      out += (i == 0 ? "" : "|") + ApplyEdits(texts[i], edits);
    }
    return out;
  }

  std::string Answer(std::string_view text, SegmentKind kind = SegmentKind::kText) {
    std::string out;
    exchange_->CheckOutput({{text, kind, Role::kAssistant, "c"}}, [&](absl::StatusOr<Decision> decision) {
      EXPECT_EQ(decision->action, decision->findings.empty() ? Action::kAllow : Action::kRedact);
      out = ApplyEdits(text, decision->edits);
    });
    return out;
  }

  // The answer as a stream in pieces of `size` bytes.
  std::string Stream(std::string_view text, size_t size, uint32_t channel,
                     SegmentKind kind = SegmentKind::kText) {
    std::string out;
    uint32_t released = 0;
    for (size_t at = 0; at < text.size(); at += size) {
      const std::vector<Piece> pieces = {{channel, kind, text.substr(at, size), at + size >= text.size()}};
      exchange_->Guard(pieces, [&](absl::StatusOr<GuardResult> result) {
        ASSERT_TRUE(result.ok());
        for (const Release& release : result->releases) {
          out += ApplyEdits(text.substr(released, release.end - released), release.edits, released);
          released = release.end;
        }
      });
    }
    return out;
  }

  Harness harness_{Pii(MarkerFormat::kToken)};
  std::unique_ptr<Exchange> exchange_;
  Decision decision_;
};

TEST_F(Tokens, AreNumberedPerLabelAndValue) {
  EXPECT_EQ(Ask({"bob@x.com or eve@x.com, 203.0.113.7", "again eve@x.com, bob@x.com"}),
            "<EMAIL_1> or <EMAIL_2>, <IP_ADDRESS_1>|again <EMAIL_2>, <EMAIL_1>");
  ASSERT_EQ(decision_.findings.size(), 5u);
  EXPECT_NE(decision_.findings[0].reason.find("<EMAIL_1>"), std::string::npos);
  EXPECT_EQ(decision_.findings[0].reason.find("bob"), std::string::npos);
  EXPECT_EQ(Ask({"zoe@x.com"}), "<EMAIL_1>");
}

TEST_F(Tokens, ComeBackInAnswers) {
  Ask({"bob@x.com １２ ｅｖｅ＠ｘ．ｃｏｍ"});
  EXPECT_EQ(Answer("To <EMAIL_1>, <email_2>: hi"), "To bob@x.com, ｅｖｅ＠ｘ．ｃｏｍ: hi");
  EXPECT_EQ(Answer("<EMAIL_3> <EMAIL_1 > <PHONE_1> <b> <EMAIL_01>"),
            "<EMAIL_3> <EMAIL_1 > <PHONE_1> <b> <EMAIL_01>");
  EXPECT_EQ(Answer("<EMAIL_1> and mallory@y.com"), "bob@x.com and [EMAIL]");
}

TEST_F(Tokens, ComeBackInStreamsHoweverTheyAreCut) {
  Ask({"bob@x.com, 203.0.113.7, +49 30 12345678"});
  const std::string text = "Write to <EMAIL_1>, <<EMAIL_1>> <i>not</i> <EMAIL_9> at <IP_ADDRESS_1> <PHONE_1";
  const std::string wanted = Answer(text);
  EXPECT_EQ(wanted, "Write to bob@x.com, <bob@x.com> <i>not</i> <EMAIL_9> at 203.0.113.7 <PHONE_1");
  for (uint32_t size = 1; size <= text.size(); ++size) EXPECT_EQ(Stream(text, size, size), wanted) << size;
}

TEST_F(Tokens, KeepJsonValid) {
  EXPECT_EQ(Ask({R"({"to":"bob@x.com","card":4111111111111111})"}, SegmentKind::kJson),
            R"({"to":"<EMAIL_1>","card":9999999999999999})");
  const std::string text = R"({"to":"<EMAIL_1>","x":"\u003cEMAIL_1>"})";
  const std::string wanted = R"({"to":"bob@x.com","x":"bob@x.com"})";
  EXPECT_EQ(Answer(text, SegmentKind::kJson), wanted);
  for (uint32_t size = 1; size <= 20; ++size)
    EXPECT_EQ(Stream(text, size, size, SegmentKind::kJson), wanted) << size;
}

TEST_F(Tokens, BelongToTheirExchange) {
  Ask({"bob@x.com"});
  auto first = std::move(exchange_);
  Ask({"nothing"});
  EXPECT_EQ(Answer("<EMAIL_1>"), "<EMAIL_1>");
  exchange_ = std::move(first);
  EXPECT_EQ(Answer("<EMAIL_1>"), "bob@x.com");
}

TEST(Pseudonyms, HaveALimit) {
  Pseudonyms pseudonyms;
  for (size_t i = 0; i < kMaxPseudonyms; ++i) {
    const std::string value = std::to_string(i);
    ASSERT_FALSE(pseudonyms.TokenFor("X", value, value).empty());
  }
  EXPECT_EQ(pseudonyms.TokenFor("X", "one more", "one more"), "");
  EXPECT_EQ(pseudonyms.TokenFor("X", "7", "7"), "<X_8>");
}

}  // namespace
}  // namespace portcullis::policy
