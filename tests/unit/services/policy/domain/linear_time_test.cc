// Twice the text takes at most about twice the work, whatever the text: counted in bytes that matchers look
// at.
#include <gtest/gtest.h>

#include "policy_harness.h"

namespace portcullis::policy {
namespace {

std::string Repeat(std::string_view unit, size_t size) {
  std::string out;
  out.reserve(size + unit.size());
  while (out.size() < size) out += unit;
  out.resize(size);
  return out;
}

const char* const kUnits[] = {"7",
                              "7 ",
                              "77-",
                              "@",
                              "a@",
                              "a.",
                              "a@a.",
                              " ",
                              ".",
                              "(",
                              "+",
                              "+1 ",
                              "1.1.1.",
                              ":",
                              "a:",
                              "ab::",
                              "how to make a ",
                              "how ",
                              "ignore all ",
                              "ignore ",
                              "previous ",
                              "DE89",
                              "DE89 ",
                              "GB",
                              "A",
                              "AA ",
                              "make ",
                              "kill ",
                              "bomb ",
                              "women are ",
                              "phone 1 ",
                              "nir 1 ",
                              "-----BEGIN PRIVATE KEY-----",
                              "-",
                              "password=",
                              "token: a",
                              "://a:",
                              "eyJ.",
                              "eyJa",
                              "sk-",
                              "AB-",
                              "AB 1 ",
                              "%2C",
                              "00:",
                              "1x",
                              "4.1111, ",
                              "aWdub3Jl",
                              "<|im_start|>",
                              "' or ",
                              "or(",
                              "or 1",
                              "/*",
                              "select ",
                              "union select",
                              ";",
                              "'",
                              "')",
                              "where 1=",
                              "order by 1,",
                              "ab",
                              "PRJ-1",
                              "fx.y",
                              "![",
                              "![](https://a?",
                              "<!--",
                              "<!-- ignore all previous instructions ",
                              "vtaber ",
                              "1gn0re ",
                              "6967",
                              "Jennifer ",
                              "Mr. Qx ",
                              "J. ",
                              "van ",
                              "12 Oak ",
                              "12 12 ",
                              "Ringvej 4, ",
                              "rue A ",
                              "Apt. 5\n"};

uint64_t WholeSteps(Harness& harness, std::string_view text) {
  const uint64_t before = harness.engine().steps();
  harness.CheckInput(text);
  return harness.engine().steps() - before;
}

uint64_t StreamSteps(Harness& harness, const std::string& text) {
  std::vector<size_t> cuts;
  for (size_t at = 5; at < text.size(); at += 5) cuts.push_back(at);
  const uint64_t before = harness.engine().steps();
  harness.Stream(text, cuts);
  return harness.engine().steps() - before;
}

ChainOptions NeverBlocking() {
  ChainOptions options = DefaultChain();
  options.safety_filter.action = OnDetect::kRedact;
  options.pii_detector.detect_names = options.pii_detector.detect_addresses = true;
  options.chain.push_back("secrets");
  options.chain.push_back("sql-injection");
  options.sql_injection.action = OnDetect::kRedact;
  options.sql_injection.prose = true;
  options.chain.push_back("dlp-filter");
  options.dlp_filter.blocked_terms = {"how make", "project nightingale"};
  options.dlp_filter.fuzzy_matching = true;
  options.dlp_filter.detect_patterns = {"(ab?)+c", "(a|ab){2,}", "PRJ-[0-9]{1,20}x", ".{2,6}z", "[a-f]x.*y"};
  return options;
}

TEST(LinearTime, WholeTexts) {
  Harness harness(NeverBlocking());
  constexpr size_t kSize = 50'000;
  for (const char* unit : kUnits) {
    const uint64_t one = WholeSteps(harness, Repeat(unit, kSize));
    const uint64_t two = WholeSteps(harness, Repeat(unit, 2 * kSize));
    EXPECT_LE(two, 2 * one + one / 5 + 2000) << unit;
    EXPECT_LE(one, kSize * 400) << unit;
  }
}

TEST(LinearTime, Streams) {
  Harness harness(NeverBlocking());
  constexpr size_t kSize = 10'000;
  for (const char* unit : kUnits) {
    const uint64_t one = StreamSteps(harness, Repeat(unit, kSize));
    const uint64_t two = StreamSteps(harness, Repeat(unit, 2 * kSize));
    EXPECT_LE(two, 2 * one + one / 5 + 2000) << unit;
    EXPECT_LE(one, kSize * 600) << unit;
  }
}

TEST(LinearTime, AMillionDigits) {
  Harness harness;
  EXPECT_LE(WholeSteps(harness, std::string(1'000'000, '7')), 3'000'000u);
}

}  // namespace
}  // namespace portcullis::policy
