// Every identifier of the table: a true one is redacted after a word that names it, one with a wrong check is
// not, and whether it needs that word.
#include <gtest/gtest.h>

#include <set>

#include "identifier_samples.h"
#include "policy_harness.h"
#include "services/policy/domain/pii/entity.h"

namespace portcullis::policy {
namespace {

class Identifiers : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ChainOptions options;
    options.chain = {"pii-detector"};
    for (const EntityInfo& info : Entities()) options.pii_detector.entities[std::string(info.name)] = true;
    harness_ = std::make_unique<Harness>(options);
  }
  static void TearDownTestSuite() { harness_.reset(); }

  // The identifiers that are found in `text` and cover it from `begin` to its end.
  static bool Finds(const std::string& text, size_t begin, std::string_view entity) {
    for (const Finding& finding : harness_->CheckOutput(text).findings) {
      if (finding.rule == entity && finding.begin == begin && finding.end == text.size()) return true;
    }
    return false;
  }

  static inline std::unique_ptr<Harness> harness_;
};

TEST_F(Identifiers, EachIsFoundAfterItsWord) {
  for (const IdentifierSample& c : kIdentifierSamples) {
    const std::string before = std::string(c.word) + ": ";
    EXPECT_TRUE(Finds(before + c.valid, before.size(), c.entity)) << c.entity << " " << c.valid;
  }
}

TEST_F(Identifiers, AWrongCheckIsNotFound) {
  for (const IdentifierSample& c : kIdentifierSamples) {
    const std::string before = std::string(c.word) + ": ";
    EXPECT_FALSE(Finds(before + c.invalid, before.size(), c.entity)) << c.entity << " " << c.invalid;
  }
}

TEST_F(Identifiers, OnlySomeStandAlone) {
  for (const IdentifierSample& c : kIdentifierSamples) {
    const std::string before = "it says ";
    EXPECT_EQ(Finds(before + c.valid, before.size(), c.entity), c.stands_alone) << c.entity << " " << c.valid;
  }
}

TEST_F(Identifiers, TheTableHasACaseForEach) {
  std::set<std::string> tested;
  for (const IdentifierSample& c : kIdentifierSamples) tested.insert(c.entity);
  for (const EntityInfo& info : Entities()) EXPECT_EQ(tested.count(std::string(info.name)), 1u) << info.name;
}

TEST_F(Identifiers, TheNearestWordDecides) {
  EXPECT_TRUE(Finds("SIREN or SIN: 123782344", 14, "ca_sin"));
  EXPECT_TRUE(Finds("SIN or SIREN: 732829320", 14, "fr_siren"));
}

TEST_F(Identifiers, StandInOtherFormats) {
  EXPECT_EQ(harness_->RedactOutput("name,nir\nanna,184127645108946,x"), "name,nir\nanna,[FR_NIR],x");
  EXPECT_EQ(harness_->RedactOutput("?nir=184127645108946&x=1"), "?nir=[FR_NIR]&x=1");
  EXPECT_EQ(harness_->RedactOutput("nir%3A%20184127645108946%20ok"), "nir%3A%20[FR_NIR]%20ok");
  EXPECT_EQ(harness_->RedactOutput(R"({"nir":"184127645108946"})"), R"({"nir":"[FR_NIR]"})");
  EXPECT_EQ(harness_->RedactOutput("NIR １８４１２７６４５１０８９４６"), "NIR [FR_NIR]");
  EXPECT_EQ(harness_->RedactOutput("rssmra85t10a562s codice fiscale rssmra85t10a562s"),
            "rssmra85t10a562s codice fiscale [IT_FISCAL_CODE]");
}

TEST_F(Identifiers, PacksAndSwitches) {
  ChainOptions options;
  options.chain = {"pii-detector"};
  options.pii_detector.packs = {"eu"};
  options.pii_detector.entities = {{"mx_curp", true}, {"es_dni", false}};
  Harness harness(options);
  EXPECT_EQ(harness.RedactOutput("184127645108946 54362315K BOXW310820HNERXN09 536-90-4399 a@b.com"),
            "[FR_NIR] 54362315K [MX_CURP] 536-90-4399 [EMAIL]");
  options.pii_detector.packs = {"atlantis"};
  const auto bundle = Bundle::Compile(options);
  ASSERT_FALSE(bundle.ok());
  EXPECT_NE(bundle.status().message().find("atlantis"), absl::string_view::npos);
}

}  // namespace
}  // namespace portcullis::policy
