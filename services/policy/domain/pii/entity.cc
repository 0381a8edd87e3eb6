#include "services/policy/domain/pii/entity.h"

#include <algorithm>
#include <array>

namespace portcullis::policy {
namespace {

using E = Entity;

constexpr std::array<EntityInfo, kEntityCount> kEntities = {{
    {E::kPaymentCard, "payment_card", "PAYMENT_CARD", "global", "a payment card number", true, true},
    {E::kIban, "iban", "IBAN", "global", "an international bank account number", true, true},
    {E::kUsSsn, "us_ssn", "US_SSN", "us", "a US social security number", false, true},
    {E::kEmail, "email", "EMAIL", "global", "an e-mail address", false, true},
    {E::kIpv4, "ipv4", "IP_ADDRESS", "global", "an IPv4 address", false, true},
    {E::kIpv6, "ipv6", "IP_ADDRESS", "global", "an IPv6 address", false, true},
    {E::kPhone, "phone", "PHONE", "global", "a telephone number", true, true},
    {E::kMacAddress, "mac_address", "MAC_ADDRESS", "global", "a hardware (MAC) address", false, true},
    {E::kBic, "bic", "BIC", "global", "a bank identifier (BIC)", false, true},
    {E::kLei, "lei", "LEI", "global", "a legal entity identifier", false, true},
    {E::kIsin, "isin", "ISIN", "global", "a securities number (ISIN)", false, true},
    {E::kImei, "imei", "IMEI", "global", "a mobile device number (IMEI)", true, true},
    {E::kIccid, "iccid", "ICCID", "global", "a SIM card number (ICCID)", true, true},
    {E::kVin, "vin", "VIN", "global", "a vehicle identification number", true, true},
    {E::kBitcoinAddress, "bitcoin_address", "BITCOIN_ADDRESS", "global", "a Bitcoin address", true, true},
    {E::kEthereumAddress, "ethereum_address", "ETHEREUM_ADDRESS", "global", "an Ethereum address", true,
     true},
    {E::kPassport, "passport", "PASSPORT", "global", "a passport number", false, true},
    {E::kDateOfBirth, "date_of_birth", "DATE_OF_BIRTH", "global", "a date of birth", false, false},
    {E::kGpsPosition, "gps_position", "GPS_POSITION", "global", "a geographic position", false, false},
    {E::kLicencePlate, "licence_plate", "LICENCE_PLATE", "global", "a vehicle's licence plate", false, false},
    {E::kCardSecurityCode, "card_security_code", "CARD_SECURITY_CODE", "global",
     "the security code of a payment card", false, false},
    {E::kMedicalRecordNumber, "medical_record_number", "MEDICAL_RECORD_NUMBER", "global",
     "a medical record number", false, false},
    {E::kHealthInsuranceId, "health_insurance_id", "HEALTH_INSURANCE_ID", "global",
     "a health insurance number", true, false},
    {E::kFrNir, "fr_nir", "FR_NIR", "fr", "a French social security number (NIR)", false, true},
    {E::kFrTaxNumber, "fr_tax_number", "FR_TAX_NUMBER", "fr", "a French tax number (SPI)", false, true},
    {E::kFrSiren, "fr_siren", "FR_SIREN", "fr", "a French company number (SIREN)", false, true},
    {E::kFrSiret, "fr_siret", "FR_SIRET", "fr", "a French establishment number (SIRET)", false, true},
    {E::kFrVat, "fr_vat", "FR_VAT", "fr", "a French VAT number", false, true},
    {E::kDeTaxId, "de_tax_id", "DE_TAX_ID", "de", "a German tax identification number", false, true},
    {E::kDeVat, "de_vat", "DE_VAT", "de", "a German VAT number", false, true},
    {E::kDePensionNumber, "de_pension_number", "DE_PENSION_NUMBER", "de", "a German pension insurance number",
     false, true},
    {E::kDeIdCard, "de_id_card", "DE_ID_CARD", "de", "a German identity card number", false, true},
    {E::kEsDni, "es_dni", "ES_DNI", "es", "a Spanish identity number (DNI)", false, true},
    {E::kEsNie, "es_nie", "ES_NIE", "es", "a Spanish foreigner number (NIE)", false, true},
    {E::kEsCif, "es_cif", "ES_CIF", "es", "a Spanish company number (CIF)", false, true},
    {E::kItFiscalCode, "it_fiscal_code", "IT_FISCAL_CODE", "it", "an Italian fiscal code", false, true},
    {E::kItVat, "it_vat", "IT_VAT", "it", "an Italian VAT number", false, true},
    {E::kNlBsn, "nl_bsn", "NL_BSN", "nl", "a Dutch citizen service number (BSN)", false, true},
    {E::kBeNationalNumber, "be_national_number", "BE_NATIONAL_NUMBER", "be", "a Belgian national number",
     false, true},
    {E::kPtNif, "pt_nif", "PT_NIF", "pt", "a Portuguese tax number (NIF)", false, true},
    {E::kPlPesel, "pl_pesel", "PL_PESEL", "pl", "a Polish identity number (PESEL)", false, true},
    {E::kPlNip, "pl_nip", "PL_NIP", "pl", "a Polish tax number (NIP)", false, true},
    {E::kPlRegon, "pl_regon", "PL_REGON", "pl", "a Polish business number (REGON)", false, true},
    {E::kIePpsn, "ie_ppsn", "IE_PPSN", "ie", "an Irish personal public service number", false, true},
    {E::kUkNhs, "uk_nhs", "UK_NHS", "uk", "a UK NHS number", false, true},
    {E::kUkNino, "uk_nino", "UK_NINO", "uk", "a UK national insurance number", false, true},
    {E::kUkUtr, "uk_utr", "UK_UTR", "uk", "a UK tax reference (UTR)", false, true},
    {E::kUkVat, "uk_vat", "UK_VAT", "uk", "a UK VAT number", false, true},
    {E::kAtSvnr, "at_svnr", "AT_SVNR", "at", "an Austrian social insurance number", false, true},
    {E::kChAhv, "ch_ahv", "CH_AHV", "ch", "a Swiss social security number (AHV)", false, true},
    {E::kSePersonnummer, "se_personnummer", "SE_PERSONNUMMER", "se", "a Swedish personal number", false,
     true},
    {E::kNoFodselsnummer, "no_fodselsnummer", "NO_FODSELSNUMMER", "no", "a Norwegian birth number", false,
     true},
    {E::kDkCpr, "dk_cpr", "DK_CPR", "dk", "a Danish personal number (CPR)", false, true},
    {E::kFiHetu, "fi_hetu", "FI_HETU", "fi", "a Finnish personal identity code", false, true},
    {E::kRoCnp, "ro_cnp", "RO_CNP", "ro", "a Romanian personal number (CNP)", false, true},
    {E::kGrAmka, "gr_amka", "GR_AMKA", "gr", "a Greek social security number (AMKA)", false, true},
    {E::kCzBirthNumber, "cz_birth_number", "CZ_BIRTH_NUMBER", "cz", "a Czech or Slovak birth number", false,
     true},
    {E::kBgEgn, "bg_egn", "BG_EGN", "bg", "a Bulgarian personal number (EGN)", false, true},
    {E::kUsItin, "us_itin", "US_ITIN", "us", "a US individual taxpayer number (ITIN)", false, true},
    {E::kUsAbaRouting, "us_aba_routing", "US_ABA_ROUTING", "us", "a US bank routing number", false, true},
    {E::kUsNpi, "us_npi", "US_NPI", "us", "a US health provider number (NPI)", false, true},
    {E::kCaSin, "ca_sin", "CA_SIN", "ca", "a Canadian social insurance number", false, true},
    {E::kBrCpf, "br_cpf", "BR_CPF", "br", "a Brazilian taxpayer number (CPF)", false, true},
    {E::kBrCnpj, "br_cnpj", "BR_CNPJ", "br", "a Brazilian company number (CNPJ)", false, true},
    {E::kInAadhaar, "in_aadhaar", "IN_AADHAAR", "in", "an Indian Aadhaar number", true, true},
    {E::kInPan, "in_pan", "IN_PAN", "in", "an Indian permanent account number (PAN)", false, true},
    {E::kAuTfn, "au_tfn", "AU_TFN", "au", "an Australian tax file number", false, true},
    {E::kAuAbn, "au_abn", "AU_ABN", "au", "an Australian business number", false, true},
    {E::kZaId, "za_id", "ZA_ID", "za", "a South African identity number", false, true},
    {E::kTrTckn, "tr_tckn", "TR_TCKN", "tr", "a Turkish identity number", false, true},
    {E::kKrRrn, "kr_rrn", "KR_RRN", "kr", "a South Korean resident number", false, true},
    {E::kCnResidentId, "cn_resident_id", "CN_RESIDENT_ID", "cn", "a Chinese resident identity number", false,
     true},
    {E::kJpMyNumber, "jp_my_number", "JP_MY_NUMBER", "jp", "a Japanese individual number (My Number)", false,
     true},
    {E::kSgNric, "sg_nric", "SG_NRIC", "sg", "a Singaporean identity number (NRIC)", false, true},
    {E::kMxCurp, "mx_curp", "MX_CURP", "mx", "a Mexican population registry code (CURP)", false, true},
    {E::kPersonName, "person_name", "PERSON", "global", "the name of a person", false, false},
    {E::kStreetAddress, "street_address", "ADDRESS", "global", "a postal address", false, false},
}};

constexpr bool InOrder() {
  for (size_t i = 0; i < kEntities.size(); ++i) {
    if (static_cast<size_t>(kEntities[i].entity) != i) return false;
  }
  return true;
}
static_assert(InOrder());

constexpr std::string_view kPacks[] = {"all", "global", "eu", "fr", "de", "es", "it", "nl", "be",
                                       "pt",  "pl",     "ie", "uk", "at", "ch", "se", "no", "dk",
                                       "fi",  "ro",     "gr", "cz", "bg", "us", "ca", "br", "in",
                                       "au",  "za",     "tr", "kr", "cn", "jp", "sg", "mx"};

constexpr std::string_view kEu[] = {"fr", "de", "es", "it", "nl", "be", "pt", "pl", "ie",
                                    "at", "se", "dk", "fi", "ro", "gr", "cz", "bg"};

}  // namespace

std::span<const EntityInfo> Entities() { return kEntities; }

std::optional<Entity> EntityByName(std::string_view name) {
  for (const EntityInfo& info : kEntities) {
    if (info.name == name) return info.entity;
  }
  return std::nullopt;
}

std::span<const std::string_view> Packs() { return kPacks; }

bool InPack(const EntityInfo& info, std::string_view pack) {
  if (pack == "all" || info.pack == "global") return true;
  if (pack == "eu") return std::find(std::begin(kEu), std::end(kEu), info.pack) != std::end(kEu);
  return info.pack == pack;
}

}  // namespace portcullis::policy
