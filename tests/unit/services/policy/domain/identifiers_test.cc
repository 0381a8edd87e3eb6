// Every identifier of the table: a true one is redacted after a word that names it, one with a wrong check is
// not, and whether it needs that word.
#include <gtest/gtest.h>

#include <set>

#include "policy_harness.h"
#include "services/policy/domain/pii/entity.h"

namespace portcullis::policy {
namespace {

struct Case {
  const char* entity;
  const char* word;
  const char* valid;
  const char* invalid;
  bool stands_alone;  // is found without the word
};

constexpr Case kCases[] = {
    {"payment_card", "card", "4111111111111111", "4111111111111112", true},
    {"payment_card", "card", "3782 822463 10005", "3782 822463 10006", true},
    {"iban", "iban", "DE54100200301234567890", "DE88370400440532013000", true},
    {"iban", "iban", "FR14 2004 1010 0505 0001 3M02 606", "FR14 2004 1010 0505 0001 3M02 607", true},
    {"bic", "swift", "DEUTDEFF500", "DEUTZZFF50", false},
    {"bic", "BIC", "DEUTDEFF", "DEUTZZFF", false},
    {"fr_nir", "NIR", "184127645108946", "184127645108947", true},
    {"fr_nir", "sécurité sociale", "299022A00401262", "299022A00401263", true},
    {"fr_nir", "nir", "1 84 12 76 451 089 46", "1 84 12 76 451 089 47", true},
    {"fr_tax_number", "numéro fiscal", "0701987765493", "0701987765494", false},
    {"fr_siren", "siren", "732829320", "732829321", false},
    {"fr_siret", "siret", "73282932000074", "73282932000075", false},
    {"fr_siret", "SIRET", "732 829 320 00074", "732 829 320 00075", false},
    {"fr_vat", "tva", "FR44732829320", "FR45732829320", true},
    {"fr_vat", "tva", "FR 44 732829320", "FR 45 732829320", true},
    {"de_tax_id", "Steuer-ID", "36574261809", "36574261800", false},
    {"de_tax_id", "IdNr", "36 574 261 809", "36 574 261 800", false},
    {"de_vat", "USt", "DE813594833", "DE813594834", true},
    {"de_pension_number", "Rentenversicherung", "15070649C103", "15070649C104", true},
    {"de_pension_number", "Rentenversicherung", "15 070649 C 103", "15 070649 C 104", true},
    {"de_id_card", "Personalausweis", "L01X00T471", "L01X00T472", false},
    {"de_id_card", "MRZ", "T220001293", "T220001290", false},
    {"es_dni", "DNI", "54362315K", "54362315E", true},
    {"es_dni", "dni", "54.362.315-K", "54.362.315-E", true},
    {"es_nie", "NIE", "X2482300W", "X2482300A", true},
    {"es_nie", "nie", "Y-2482300-Q", "Y-2482300-A", true},
    {"es_cif", "CIF", "J99216582", "J99216583", false},
    {"it_fiscal_code", "codice fiscale", "RSSMRA85T10A562S", "RSSMRA85T10A562A", true},
    {"it_fiscal_code", "codice fiscale", "RSS MRA 85T10 A562S", "RSS MRA 85T10 A562A", true},
    {"it_vat", "P.IVA", "07743330180", "07743330181", false},
    {"it_vat", "partita iva", "IT07743330180", "IT07743330181", true},
    {"nl_bsn", "BSN", "111222333", "111222334", false},
    {"be_national_number", "niss", "85073003328", "85073003327", true},
    {"be_national_number", "rijksregister", "85.07.30-033.28", "85.07.30-033.27", true},
    {"be_national_number", "niss", "00010512354", "00010512355", true},
    {"pt_nif", "contribuinte", "501964843", "501964844", false},
    {"pl_pesel", "PESEL", "44051401359", "44051401358", false},
    {"pl_nip", "NIP", "8567346215", "8567346216", false},
    {"pl_nip", "nip", "856-734-62-15", "856-734-62-16", false},
    {"pl_regon", "regon", "123456785", "123456786", false},
    {"ie_ppsn", "PPS", "6433435F", "6433435E", false},
    {"ie_ppsn", "ppsn", "6433435OA", "6433435EA", false},
    {"uk_nhs", "NHS", "9434765919", "9434765918", false},
    {"uk_nhs", "nhs", "943 476 5919", "943 476 5918", false},
    {"uk_nino", "National Insurance", "AB123456C", "BG123456C", false},
    {"uk_nino", "national insurance", "AB 12 34 56 C", "BG 12 34 56 C", true},
    {"uk_utr", "UTR", "1955839661", "2955839661", false},
    {"uk_vat", "VAT", "GB980280612", "GB980280685", true},
    {"at_svnr", "SVNR", "1237010180", "1238010180", false},
    {"ch_ahv", "AHV", "7569217765650", "7569217765659", true},
    {"ch_ahv", "avs", "756.9217.0769.85", "756.9217.0769.84", true},
    {"se_personnummer", "personnummer", "811228-9874", "811228-9873", true},
    {"se_personnummer", "personnummer", "8112289874", "8112289873", false},
    {"no_fodselsnummer", "fødselsnummer", "01019010046", "01019010047", true},
    {"dk_cpr", "cpr", "211062-5629", "511062-5629", false},
    {"fi_hetu", "hetu", "131052-308T", "131052-308U", true},
    {"fi_hetu", "hetu", "131052A308T", "131052A308U", true},
    {"ro_cnp", "CNP", "1630615123457", "1630615123450", false},
    {"gr_amka", "ΑΜΚΑ", "01013000391", "01013000392", false},
    {"cz_birth_number", "rodné číslo", "710319/2745", "710319/2746", true},
    {"cz_birth_number", "rodné číslo", "7103192745", "7103192746", false},
    {"bg_egn", "ЕГН", "7523169263", "7523169265", false},
    {"us_ssn", "ssn", "536-90-4399", "666-12-3456", true},
    {"us_itin", "ITIN", "912-90-3456", "912-93-3456", true},
    {"us_aba_routing", "routing", "111000025", "112000025", false},
    {"us_npi", "NPI", "1234567893", "1234567890", false},
    {"ca_sin", "SIN", "123782344", "123782345", false},
    {"br_cpf", "CPF", "39053344705", "39053344706", false},
    {"br_cpf", "cpf", "390.533.447-05", "390.533.447-06", true},
    {"br_cnpj", "CNPJ", "16727523000174", "16727523000175", false},
    {"br_cnpj", "cnpj", "16.727.523/0001-74", "16.727.523/0001-75", true},
    {"in_aadhaar", "Aadhaar", "234123412346", "234123412347", false},
    {"in_aadhaar", "aadhaar", "2341 2341 2346", "2341 2341 2347", false},
    {"in_pan", "PAN", "ACUPA7085R", "ACUXA7085R", false},
    {"au_tfn", "TFN", "123456782", "123456783", false},
    {"au_abn", "ABN", "83914571673", "83914571674", false},
    {"au_abn", "abn", "83 914 571 673", "83 914 571 674", false},
    {"za_id", "ID number", "8001015009087", "8001015009088", false},
    {"tr_tckn", "TC kimlik", "17291716060", "17291716061", false},
    {"kr_rrn", "주민등록번호", "971013-9019874", "971013-9019875", true},
    {"cn_resident_id", "身份证号码", "360426199101010071", "360426199101010072", true},
    {"jp_my_number", "マイナンバー", "623498416508", "623498416509", false},
    {"sg_nric", "NRIC", "S1234567D", "S1234567A", true},
    {"sg_nric", "FIN", "G1234567X", "G1234567A", true},
    {"mx_curp", "CURP", "BOXW310820HNERXN09", "BOXW310820HNERXN08", true},
    {"imei", "IMEI", "356868000041418", "356868000041411", false},
    {"iccid", "ICCID", "8944501234567890124", "8944501234567890125", true},
    {"vin", "VIN", "1M8GDM9AXKP042788", "1M8GDM9A0KP042788", true},
    {"lei", "LEI", "213800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D16", true},
    {"isin", "ISIN", "US0378331005", "US0378331006", true},
    {"bitcoin_address", "btc", "1NEDqZPvTWRaoho48qXuLLsrYomMXPABfD", "1NEDqZPvTWRaoho48qXuLLsrYomMXPABfX",
     true},
    {"bitcoin_address", "btc", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
     "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", true},
    {"ethereum_address", "wallet", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
     "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", true},
    {"email", "mail", "a.b@example.com", "a..b@x", true},
    {"email", "mail", "a.b%40example.com", "a.b%41example.com", true},
    {"phone", "tel", "+49 30 12345678", "+999 1234", true},
    {"ipv4", "ip", "203.0.113.7", "300.1.1.1", true},
    {"ipv6", "host", "2001:db8::1", "12001:db8::1", true},
    {"mac_address", "mac", "00:1A:2b:3c:4D:5e", "00:1A:2b:3c:4D:5g", true},
    {"mac_address", "mac", "00-1A-2b-3c-4D-5e", "00-1A-2b:3c:4D:5e", true},
    {"passport", "passport", "C01X00T47", "CXXXXX247", false},
    {"date_of_birth", "geboren", "12.03.1980", "42.13.1980", false},
    {"gps_position", "GPS", "48.8566, 2.3522", "148.8566, 2.3522", false},
    {"licence_plate", "Kennzeichen", "B-AB 1234", "B-ABCD 1234", false},
    {"card_security_code", "CVV", "123", "12", false},
    {"medical_record_number", "MRN", "A1234567", "ABCDEFG7", false},
    {"health_insurance_id", "Medicare", "1EG4-TE5-MK73", "1EG4-TE5-MKA3", true},
};

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
  for (const Case& c : kCases) {
    const std::string before = std::string(c.word) + ": ";
    EXPECT_TRUE(Finds(before + c.valid, before.size(), c.entity)) << c.entity << " " << c.valid;
  }
}

TEST_F(Identifiers, AWrongCheckIsNotFound) {
  for (const Case& c : kCases) {
    const std::string before = std::string(c.word) + ": ";
    EXPECT_FALSE(Finds(before + c.invalid, before.size(), c.entity)) << c.entity << " " << c.invalid;
  }
}

TEST_F(Identifiers, OnlySomeStandAlone) {
  for (const Case& c : kCases) {
    const std::string before = "it says ";
    EXPECT_EQ(Finds(before + c.valid, before.size(), c.entity), c.stands_alone) << c.entity << " " << c.valid;
  }
}

TEST_F(Identifiers, TheTableHasACaseForEach) {
  std::set<std::string> tested;
  for (const Case& c : kCases) tested.insert(c.entity);
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
