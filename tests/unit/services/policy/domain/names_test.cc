// Names of persons and postal addresses: off unless switched on, found by title, context, list and form.
#include <gtest/gtest.h>

#include "policy_harness.h"
#include "services/policy/domain/pii/name_list.h"

namespace portcullis::policy {
namespace {

ChainOptions Chain(MarkerFormat format = MarkerFormat::kLabel) {
  ChainOptions chain;
  chain.chain = {"pii-detector"};
  chain.pii_detector.detect_names = chain.pii_detector.detect_addresses = true;
  chain.pii_detector.marker_format = format;
  return chain;
}

Harness& Both() {
  static Harness harness{Chain()};
  return harness;
}

void ExpectEach(const std::vector<std::pair<const char*, const char*>>& cases) {
  for (const auto& [text, redacted] : cases) {
    const std::string want = *redacted == '\0' ? text : redacted;
    EXPECT_EQ(Both().RedactOutput(text), want);
  }
}

TEST(Names, OffByDefault) {
  ChainOptions chain;
  chain.chain = {"pii-detector"};
  const std::string text = "Dr. Ingrid Halvorsen lives at 12 Oak Street.";
  EXPECT_EQ(Harness(chain).RedactOutput(text), text);
  EXPECT_EQ(CompileOrDie(chain)->stages(Direction::kOutput).size(), 1u);
  chain.pii_detector.entities = {{"person_name", true}};
  EXPECT_EQ(Harness(chain).RedactOutput(text), "Dr. [PERSON] lives at 12 Oak Street.");
  chain.pii_detector.entities = {{"person_name", false}};
  chain.pii_detector.detect_names = chain.pii_detector.detect_addresses = true;
  EXPECT_EQ(Harness(chain).RedactOutput(text), "Dr. Ingrid Halvorsen lives at [ADDRESS].");
}

TEST(Names, BothSwitchesChangeTheHash) {
  const ChainOptions with = Chain();
  ChainOptions names = with;
  names.pii_detector.detect_addresses = false;
  ChainOptions neither = names;
  neither.pii_detector.detect_names = false;
  EXPECT_NE(CompileOrDie(with)->hash(), CompileOrDie(names)->hash());
  EXPECT_NE(CompileOrDie(names)->hash(), CompileOrDie(neither)->hash());
}

TEST(Names, AfterTitlesAndIntroductions) {
  ExpectEach({{"Ask Mr. Wexlinger about it.", "Ask Mr. [PERSON] about it."},
              {"Sehr geehrte Frau Özdoğan, ...", "Sehr geehrte Frau [PERSON], ..."},
              {"Chère Mme Dubreuil, merci", "Chère Mme [PERSON], merci"},
              {"La Sra. Quintanilla llamó", "La Sra. [PERSON] llamó"},
              {"my name is Rubija and", "my name is [PERSON] and"},
              {"Ich heiße Xaverl Hintermoser.", "Ich heiße [PERSON]."},
              {"je m'appelle Océane", "je m'appelle [PERSON]"},
              {"me llamo Iker Zubizarreta", "me llamo [PERSON]"},
              {"mi chiamo Calogero", "mi chiamo [PERSON]"},
              {"mijn naam is Joost", "mijn naam is [PERSON]"},
              {"Name: Zyx Qwertson\nAge: 4", "Name: [PERSON]\nAge: 4"},
              {"Sincerely,\nTamsin Okafor", "Sincerely,\n[PERSON]"},
              {"my name is important to me", ""},
              {"Name: to be decided", ""}});
}

TEST(Names, ByTheList) {
  ExpectEach(
      {{"I met Jennifer Smith-Jones and Krisztián Szöllösy today", "I met [PERSON] and [PERSON] today"},
       {"Maria van de Noort's plan", "[PERSON]'s plan"},
       {"Faina D. Yefremova wrote", "[PERSON] wrote"},
       {"lena andersson wrote", "[PERSON] wrote"},
       {"José María del Carmen López, hoy", "[PERSON], hoy"},
       {"will mark a rose in may", ""},
       {"Will Paris bloom in May?", ""},
       {"The Quick Brown Fox, New York, United States", ""},
       {"john@example.com and smith_john and /jennifer/", "[EMAIL] and smith_john and /jennifer/"}});
}

TEST(Names, Addresses) {
  ExpectEach({{"Meet me at 12 Oak Street, please", "Meet me at [ADDRESS], please"},
              {"ship it to 4711 Elm Ave. Apt. 5, Springfield, IL 62704.", "ship it to [ADDRESS]."},
              {"12 bis rue de la Paix", ""},
              {"au 12 rue de la Paix, 75002 Paris", "au [ADDRESS]"},
              {"wohnt in der Lange Straße 5, 10115 Berlin", "wohnt in der [ADDRESS]"},
              {"Ringvej 144", "[ADDRESS]"},
              {"in Via Roma 131, Torino", "in [ADDRESS]"},
              {"Calle Mayor 5", "[ADDRESS]"},
              {"Prinsengracht 263", "[ADDRESS]"},
              {"P.O. Box 211", "[ADDRESS]"},
              {"PSC 9009, Box 9725\nAPO AA 33274", "[ADDRESS]"},
              {"in 3 days, 12 Angry Men, 5 March 2024, chapter 7, version 2 street", ""},
              {"the street is 12 m long; 300 people in Unit 7", ""}});
}

TEST(Names, EveryFormOfRedaction) {
  const std::string text = "Jennifer Miller lives at 12 Oak Street. Jennifer Miller!";
  EXPECT_EQ(Harness(Chain(MarkerFormat::kAsterisks)).RedactOutput(text),
            "********** lives at **********. **********!");
  const std::string fake = Harness(Chain(MarkerFormat::kFake)).RedactOutput(text);
  EXPECT_EQ(fake.size(), text.size());
  EXPECT_EQ(fake.find("Miller"), std::string::npos);
  EXPECT_NE(fake.find(" lives at "), std::string::npos);
  Harness harness(Chain(MarkerFormat::kToken));
  auto result = harness.Open({{text, SegmentKind::kText, Role::kUser, "m"}});
  EXPECT_EQ(ApplyEdits(text, result->decision.edits), "<PERSON_1> lives at <ADDRESS_1>. <PERSON_1>!");
  std::string restored;
  const std::string answer = "Dear <PERSON_1>, of <ADDRESS_1>";
  result->exchange->CheckOutput({{answer, SegmentKind::kText, Role::kAssistant, "c"}},
                                [&](auto decision) { restored = ApplyEdits(answer, decision->edits); });
  EXPECT_EQ(restored, "Dear Jennifer Miller, of 12 Oak Street");
}

TEST(Names, StreamsHoldBackAWordOrTwo) {
  const std::string text = "Yesterday I met Jennifer Miller there, and nobody else came to the party at all";
  std::vector<size_t> cuts;
  for (size_t at = 1; at < text.size(); ++at) cuts.push_back(at);
  const Streamed stream = Both().Stream(text, cuts);
  EXPECT_EQ(stream.released, "Yesterday I met [PERSON] there, and nobody else came to the party at all");
  EXPECT_LE(stream.most_held, 24u);
}

TEST(Names, TheTableKnowsWhatIsAWordToo) {
  const NameTable table(GivenNames(), Surnames());
  EXPECT_EQ(table.Of("jennifer"), kGivenName);
  EXPECT_EQ(table.Of("rose") & kAlsoWord, kAlsoWord);
  EXPECT_EQ(table.Of("andersson"), kSurname);
  EXPECT_EQ(table.Of("table"), 0);
  EXPECT_EQ(table.Of(""), 0);
}

}  // namespace
}  // namespace portcullis::policy
