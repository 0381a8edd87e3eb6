// The guard's promise: for every chunking, the stream releases what a whole check would release; where that
// blocks, a prefix of it that ends before the match; nothing of a match; and it holds back little.
#include <gtest/gtest.h>

#include <algorithm>

#include "libs/base/rng.h"
#include "policy_harness.h"
#include "sample_texts.h"
#include "services/policy/domain/pii/entity.h"

namespace portcullis::policy {
namespace {

bool IsBoundary(std::string_view text, size_t at) {
  return at == text.size() || (static_cast<uint8_t>(text[at]) & 0xC0) != 0x80;
}

std::vector<size_t> Boundaries(std::string_view text) {
  std::vector<size_t> out;
  for (size_t at = 0; at <= text.size(); ++at) {
    if (IsBoundary(text, at)) out.push_back(at);
  }
  return out;
}

std::vector<size_t> RandomCuts(const std::vector<size_t>& boundaries, base::Rng* rng) {
  std::vector<size_t> cuts;
  const uint64_t density = 1 + rng->Next() % 6;
  for (const size_t at : boundaries) {
    if (rng->Next() % density == 0) cuts.push_back(at);
  }
  return cuts;
}

void EnableAll(ChainOptions* options) {
  for (const EntityInfo& info : Entities()) options->pii_detector.entities[std::string(info.name)] = true;
}

void AddTermsAndPatterns(ChainOptions* options) {
  options->chain.push_back("dlp-filter");
  options->dlp_filter.blocked_terms = {"project nightingale", "1111", "Müller"};
  options->dlp_filter.detect_patterns = {R"(\bPRJ-\d{2,9}\b)", "b(ob|om)*b", "(?i)[a-f]x.{0,20}y", "11+0*",
                                         "ée.{0,9} "};
}

ChainOptions Redacting() {
  ChainOptions options;
  options.chain = {"pii-detector", "safety-filter", "secrets", "sql-injection", "prompt-injection"};
  options.prompt_injection.link_action = options.prompt_injection.canary_action = OnDetect::kRedact;
  options.prompt_injection.canaries = {"bobbob bobby"};
  EnableAll(&options);
  AddTermsAndPatterns(&options);
  options.safety_filter.action = OnDetect::kRedact;
  options.sql_injection.action = OnDetect::kRedact;
  options.sql_injection.prose = true;
  return options;
}

ChainOptions Blocking() {
  ChainOptions options;
  options.chain = {"safety-filter", "secrets", "sql-injection", "pii-detector", "prompt-injection"};
  options.prompt_injection.link_action = OnDetect::kBlock;
  options.prompt_injection.canaries = {"bobbob bobby"};
  options.sql_injection.prose = true;
  EnableAll(&options);
  AddTermsAndPatterns(&options);
  return options;
}

// A whole check with every block turned into a redaction: what the stream may release a prefix of.
class GuardProperty : public ::testing::Test {
 protected:
  void Check(const SampleText& sample, const std::vector<size_t>& cuts) {
    const Streamed redacted = redacting_.Stream(sample.text, cuts, sample.kind);
    EXPECT_EQ(redacted.released, redacting_.RedactOutput(sample.text, sample.kind)) << sample.text;
    EXPECT_FALSE(redacted.blocked);
    EXPECT_LE(redacted.most_held, 512u);
    CheckBlocking(sample, cuts);
  }

  void CheckBlocking(const SampleText& sample, const std::vector<size_t>& cuts) {
    const Decision whole = blocking_.CheckOutput(sample.text, sample.kind);
    const Streamed stream = blocking_.Stream(sample.text, cuts, sample.kind);
    EXPECT_EQ(stream.blocked, whole.action == Action::kBlock) << sample.text;
    std::string allowed = ApplyEdits(sample.text, whole.edits);
    if (whole.action == Action::kBlock) allowed = BeforeBlock(sample.text, whole);
    if (!stream.blocked) {
      EXPECT_EQ(stream.released, allowed) << sample.text;
    } else {
      EXPECT_EQ(allowed.substr(0, stream.released.size()), stream.released) << sample.text;
    }
  }

  // The redacted text up to the first match that blocks.
  static std::string BeforeBlock(std::string_view text, const Decision& whole) {
    uint32_t block = static_cast<uint32_t>(text.size());
    for (const Finding& finding : whole.findings) {
      if (finding.action == Action::kBlock) block = std::min(block, finding.begin);
    }
    std::vector<Edit> edits;
    for (const Edit& edit : whole.edits) {
      if (edit.end <= block) edits.push_back(edit);
    }
    return ApplyEdits(text.substr(0, block), edits);
  }

  static void SetUpTestSuite() {
    redacting_owner_ = std::make_unique<Harness>(Redacting());
    blocking_owner_ = std::make_unique<Harness>(Blocking());
  }
  static void TearDownTestSuite() {
    redacting_owner_.reset();
    blocking_owner_.reset();
  }

  static inline std::unique_ptr<Harness> redacting_owner_;
  static inline std::unique_ptr<Harness> blocking_owner_;
  Harness& redacting_ = *redacting_owner_;
  Harness& blocking_ = *blocking_owner_;
};

TEST_F(GuardProperty, HasEnoughSamples) {
  EXPECT_GE(SampleTexts().size(), 60u);
  size_t edited = 0;
  for (const SampleText& sample : SampleTexts()) {
    edited += redacting_.RedactOutput(sample.text, sample.kind) != sample.text ? 1 : 0;
  }
  EXPECT_GE(edited, 40u);
}

TEST_F(GuardProperty, EveryTwoWaySplit) {
  for (const SampleText& sample : SampleTexts()) {
    for (const size_t at : Boundaries(sample.text)) Check(sample, {at});
  }
}

TEST_F(GuardProperty, OneCodePointAtATime) {
  for (const SampleText& sample : SampleTexts()) Check(sample, Boundaries(sample.text));
}

// With the other random tests some 10,000 splits.
TEST_F(GuardProperty, RandomSplits) {
  base::SystemRng rng(20260711);
  for (const SampleText& sample : SampleTexts()) {
    const std::vector<size_t> boundaries = Boundaries(sample.text);
    for (int i = 0; i < 45; ++i) Check(sample, RandomCuts(boundaries, &rng));
  }
}

TEST_F(GuardProperty, RandomSplitsOfAllTextsJoined) {
  base::SystemRng rng(7);
  SampleText joined;
  for (const SampleText& sample : SampleTexts()) {
    if (sample.kind == SegmentKind::kText) joined.text += sample.text + " -- ";
  }
  const std::vector<size_t> boundaries = Boundaries(joined.text);
  for (int i = 0; i < 100; ++i) Check(joined, RandomCuts(boundaries, &rng));
}

// Random sequences of the pieces that identifiers are made of find what nobody thought of.
TEST_F(GuardProperty, RandomTexts) {
  static const char* const kParts[] = {"4111",
                                       " ",
                                       "1111",
                                       "-",
                                       ".",
                                       "@",
                                       "bob",
                                       "example.com",
                                       "+49",
                                       "(",
                                       ")",
                                       "30",
                                       "12345678",
                                       "DE89",
                                       "3704",
                                       "0044",
                                       "05320130",
                                       "00",
                                       "how to ",
                                       "make ",
                                       "a ",
                                       "bomb",
                                       "é",
                                       "\u200b",
                                       "４",
                                       "203.0.113",
                                       ":",
                                       "::",
                                       "2001:db8",
                                       "ssn ",
                                       "phone ",
                                       "\n",
                                       "536-90-4399",
                                       "/",
                                       "_",
                                       "x",
                                       "😀",
                                       "0",
                                       "7",
                                       "RSS",
                                       "MRA",
                                       "85T10",
                                       "A562S",
                                       "%2C",
                                       "%",
                                       "nir ",
                                       "184127645108946",
                                       "X",
                                       "2482300",
                                       "W",
                                       "00:1A:",
                                       "2b-",
                                       ",",
                                       "swift ",
                                       "DEUTDEFF",
                                       "password=",
                                       "\"",
                                       "://u:",
                                       "t1ger-Rain",
                                       "@db",
                                       "eyJhbGciOiJIUz.",
                                       "-----BEGIN PRIVATE KEY-----",
                                       "AKIA",
                                       "Q3Z7K2M5N4P6R7S3",
                                       "bc1q",
                                       "0x",
                                       "48.8566",
                                       ", ",
                                       "GB",
                                       "980",
                                       "' or ",
                                       "1=1",
                                       "--",
                                       " union ",
                                       "select ",
                                       "sleep(",
                                       "/*",
                                       "*/",
                                       "'a'",
                                       "; drop table ",
                                       "#",
                                       "%27",
                                       "||",
                                       "order by ",
                                       "PRJ-",
                                       "project night",
                                       "ingale",
                                       "fx",
                                       "![a](https://e.x/?d=",
                                       "[b](http",
                                       ")",
                                       "Jennifer ",
                                       "Miller",
                                       "Mr. ",
                                       "my name is ",
                                       "Xq. ",
                                       "van ",
                                       "12 Oak ",
                                       "Street",
                                       "Apt. 5",
                                       "rue de ",
                                       "Ringvej 4",
                                       "y"};
  base::SystemRng rng(99);
  for (int i = 0; i < 1500; ++i) {
    SampleText sample;
    const uint64_t parts = 1 + rng.Next() % 14;
    for (uint64_t p = 0; p < parts; ++p) sample.text += kParts[rng.Next() % std::size(kParts)];
    if (i % 3 == 0) {
      sample.kind = SegmentKind::kJson;
      if (i % 2 == 0) sample.text = "{\"a\":\"" + sample.text + "\",\"b\":" + "4111111111111111}";
    }
    const std::vector<size_t> boundaries = Boundaries(sample.text);
    Check(sample, boundaries);
    for (int k = 0; k < 8; ++k) Check(sample, RandomCuts(boundaries, &rng));
  }
}

// However much a mode holds back, in the end the client has the same text.
TEST_F(GuardProperty, EveryStreamModeReleasesTheSameText) {
  base::SystemRng rng(31);
  for (const StreamMode mode : {StreamMode::kSentence, StreamMode::kBuffer}) {
    ChainOptions options = Redacting();
    options.safety_filter.control.stream = mode;
    options.pii_detector.control.timeout = std::chrono::hours(1);
    options.pii_detector.control.exceptions = {
        {.expires = "2099-12-31", .rules = {"email", "payment_card"}, .values = {"*a*", "4*"}}};
    Harness harness(options);
    for (const SampleText& sample : SampleTexts()) {
      const std::string whole = harness.RedactOutput(sample.text, sample.kind);
      const std::vector<size_t> boundaries = Boundaries(sample.text);
      for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(harness.Stream(sample.text, RandomCuts(boundaries, &rng), sample.kind).released, whole)
            << sample.text;
      }
    }
  }
}

TEST_F(GuardProperty, OrdinaryTextIsHeldByTheWord) {
  ChainOptions options = Blocking();
  options.sql_injection.prose = false;
  Harness harness(options);
  const std::string text = "The quick brown fox jumps over the lazy dog and runs home again";
  const Streamed stream = harness.Stream(text, Boundaries(text));
  EXPECT_EQ(stream.released, text);
  EXPECT_LE(stream.most_held, 8u);
}

}  // namespace
}  // namespace portcullis::policy
