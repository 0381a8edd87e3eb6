#include "services/policy/domain/pii/identifier_specs.h"

#include <algorithm>

#include "services/policy/domain/pii/checksums.h"
#include "services/policy/domain/pii/identifier_checks.h"

namespace portcullis::policy {
namespace {

using E = Entity;

size_t CountDigits(std::string_view id) {
  return static_cast<size_t>(std::count_if(id.begin(), id.end(), [](char c) { return c <= '9'; }));
}

bool HasFiveDigits(std::string_view id) { return CountDigits(id) >= 5; }
bool HasFourDigits(std::string_view id) { return CountDigits(id) >= 4; }

bool IsYear(uint64_t year) { return year >= 1900 && year <= 2099; }

// Day and month in either order, then the year.
bool IsBirthday(std::string_view id) {
  return IsYear(NumberAt(id, 4, 4)) && (IsDateAt(id, 2, 0) || IsDateAt(id, 0, 2));
}
bool IsBirthdayYearFirst(std::string_view id) { return IsYear(NumberAt(id, 0, 4)) && IsDateAt(id, 4, 6); }

constexpr IdentifierSpec kSpecs[] = {
    // No country's.
    {E::kBic, "llllllaa", "8", IsBic},
    {E::kBic, "llllllaaaaa", "11", IsBic},
    {E::kLei, "aaaaaaaaaaaaaaaaaadd", "!20", IsLei},
    {E::kIsin, "llaaaaaaaaad", "!12", IsIsin},
    {E::kImei, "ddddddddddddddd", "15|2_6_6_1", IsImei},
    {E::kIccid, "89ddddddddddddddddd", "!19|4_4_4_4_3", IsIccid},
    {E::kIccid, "89dddddddddddddddddd", "!20|4_4_4_4_4", IsIccid},
    {E::kVin, "aaaaaaaaaaaaadddd", "!17", IsVin},
    {E::kPassport, "aaaaaaaa", "8", HasFiveDigits},
    {E::kPassport, "aaaaaaaaa", "9|2 7|1 8", HasFiveDigits},
    {E::kDateOfBirth, "dddddddd", "2.2.4|2-2-4|2/2/4|2 2 4", IsBirthday},
    {E::kDateOfBirth, "dddddddd", "4-2-2|4/2/2|4.2.2", IsBirthdayYearFirst},
    {E::kLicencePlate, "llddlll", "7|4 3", nullptr},
    {E::kLicencePlate, "lldddll", "7|2-3-2|2 3 2", nullptr},
    {E::kLicencePlate, "ddddlll", "7|4 3|4-3", nullptr},
    {E::kLicencePlate, "llldddd", "7|3-4|3 4", nullptr},
    {E::kLicencePlate, "lldddd", "1-1 4", nullptr},
    {E::kLicencePlate, "llldddd", "1-2 4|2-1 4", nullptr},
    {E::kLicencePlate, "lllldddd", "2-2 4|3-1 4", nullptr},
    {E::kLicencePlate, "lllddd", "1-2 3|2-1 3", nullptr},
    {E::kLicencePlate, "llllddd", "2-2 3|3-1 3", nullptr},
    {E::kCardSecurityCode, "ddd", "3", nullptr},
    {E::kCardSecurityCode, "dddd", "4", nullptr},
    {E::kMedicalRecordNumber, "aaaaaa", "6", HasFourDigits},
    {E::kMedicalRecordNumber, "aaaaaaa", "7", HasFourDigits},
    {E::kMedicalRecordNumber, "aaaaaaaa", "8|3-5|2-6", HasFourDigits},
    {E::kMedicalRecordNumber, "aaaaaaaaa", "9|3-6", HasFourDigits},
    {E::kMedicalRecordNumber, "aaaaaaaaaa", "10|3-7", HasFourDigits},
    {E::kHealthInsuranceId, "dladladlldd", "!4-3-4|11", IsUsMbi},
    {E::kHealthInsuranceId, "aaaaaaaa", "8", HasFourDigits},
    {E::kHealthInsuranceId, "aaaaaaaaa", "9|3-6", HasFourDigits},
    {E::kHealthInsuranceId, "aaaaaaaaaa", "10", HasFourDigits},
    {E::kHealthInsuranceId, "aaaaaaaaaaa", "11", HasFourDigits},
    {E::kHealthInsuranceId, "aaaaaaaaaaaa", "12", HasFourDigits},
    // Western and northern Europe.
    {E::kFrNir, "ddddddadddddddd", "!15|!1_2_2_2_3_3_2|!13_2", IsFrNir},
    {E::kFrTaxNumber, "ddddddddddddd", "13|2_2_3_3_3", IsFrTaxNumber},
    {E::kFrSiren, "ddddddddd", "9|3_3_3", PassesLuhn},
    {E::kFrSiret, "dddddddddddddd", "14|3_3_3_5|9_5", IsFrSiret},
    {E::kFrVat, "FRaaddddddddd", "!13|!2_2_9|!2_11|!2_2_3_3_3|!4_9", IsFrVat},
    {E::kFrVat, "ddddddddddd", "11", IsFrVat},
    {E::kDeTaxId, "ddddddddddd", "11|2_3_3_3", IsDeTaxId},
    {E::kDeVat, "DEddddddddd", "!11|!2_9|!2_3_3_3", IsDeVat},
    {E::kDeVat, "ddddddddd", "9", IsDeVat},
    {E::kDePensionNumber, "ddddddddlddd", "!12|!2_6_1_3|!8_1_3|!2_6_4", IsDePensionNumber},
    {E::kDeIdCard, "laaaaaaaad", "10|9_1", IsDeIdCard},
    {E::kNlBsn, "ddddddddd", "9|4_2_3|3_3_3", IsNlBsn},
    {E::kNlBsn, "dddddddd", "8", IsNlBsn},
    {E::kBeNationalNumber, "ddddddddddd", "!11|!2.2.2-3.2|!2.2.2-3-2|!6_3_2|!6-3.2|!2_2_2_3_2",
     IsBeNationalNumber},
    {E::kIePpsn, "dddddddl", "8|7_1", IsIePpsn},
    {E::kIePpsn, "dddddddll", "9|7_2", IsIePpsn},
    {E::kUkNhs, "dddddddddd", "10|3_3_4", IsUkNhs},
    {E::kUkNino, "llddddddl", "9|!2_2_2_2_1|2_6_1", IsUkNino},
    {E::kUkUtr, "dddddddddd", "10|5_5|3_3_4|4_3_3", IsUkUtr},
    {E::kUkVat, "GBddddddddd", "!11|!2_9|!2_3_4_2", IsUkVat},
    {E::kUkVat, "ddddddddd", "9|3_4_2", IsUkVat},
    {E::kAtSvnr, "dddddddddd", "10|4_6|4_2_2_2", IsAtSvnr},
    {E::kChAhv, "756dddddddddd", "!13|!3_4_4_2", IsChAhv},
    {E::kSePersonnummer, "dddddddddd", "!6-4|!6+4|10", IsSePersonnummer},
    {E::kSePersonnummer, "dddddddddddd", "!8-4|!8+4|12", IsSePersonnummer},
    {E::kNoFodselsnummer, "ddddddddddd", "!11|!6_5", IsNoFodselsnummer},
    {E::kDkCpr, "dddddddddd", "10|6_4", IsDkCpr},
    {E::kFiHetu, "ddddddddda", "!6-4|!6+4", IsFiHetu},
    {E::kFiHetu, "ddddddlddda", "!11", IsFiHetu},
    // Southern and eastern Europe.
    {E::kEsDni, "ddddddddl", "!9|!8_1|!2.3.3-1|!2_3_3_1", IsEsDni},
    {E::kEsNie, "ldddddddl", "!9|!1_7_1|!1-8|!8-1", IsEsNie},
    {E::kEsCif, "lddddddda", "9|1_8|1_7_1", IsEsCif},
    {E::kItFiscalCode, "llllllaalaalaaal", "!16|!3_3_5_5", IsItFiscalCode},
    {E::kItVat, "ITddddddddddd", "!13|!2_11", IsItVat},
    {E::kItVat, "ddddddddddd", "11", IsItVat},
    {E::kPtNif, "PTddddddddd", "!11|!2_9|!2_3_3_3", IsPtNif},
    {E::kPtNif, "ddddddddd", "9|3_3_3", IsPtNif},
    {E::kPlPesel, "ddddddddddd", "11", IsPlPesel},
    {E::kPlNip, "PLdddddddddd", "!12|!2_10", IsPlNip},
    {E::kPlNip, "dddddddddd", "10|3_3_2_2|3_2_2_3", IsPlNip},
    {E::kPlRegon, "ddddddddd", "9|3_3_3", IsPlRegon},
    {E::kRoCnp, "ddddddddddddd", "13|1_6_6|1_2_2_2_6", IsRoCnp},
    {E::kGrAmka, "ddddddddddd", "11|6_5", IsGrAmka},
    {E::kCzBirthNumber, "dddddddddd", "!6/4|10|6_4", IsCzBirthNumber},
    {E::kCzBirthNumber, "ddddddddd", "6/3|9", IsCzBirthNumber},
    {E::kBgEgn, "dddddddddd", "10|6_4", IsBgEgn},
    // The rest of the world.
    {E::kUsItin, "ddddddddd", "!3-2-4|9|3 2 4", IsUsItin},
    {E::kUsAbaRouting, "ddddddddd", "9|4-4-1|3_3_3", IsUsAbaRouting},
    {E::kUsNpi, "dddddddddd", "10|3_3_4", IsUsNpi},
    {E::kCaSin, "ddddddddd", "9|3_3_3", IsCaSin},
    {E::kBrCpf, "ddddddddddd", "!3.3.3-2|11|3_3_3_2|9-2", IsBrCpf},
    {E::kBrCnpj, "dddddddddddddd", "!2.3.3/4-2|14|8/4-2|2_3_3_4_2", IsBrCnpj},
    {E::kInAadhaar, "dddddddddddd", "12|4_4_4", IsInAadhaar},
    {E::kInPan, "lllllddddl", "10|5_4_1", IsInPan},
    {E::kAuTfn, "ddddddddd", "9|3_3_3", IsAuTfn},
    {E::kAuAbn, "ddddddddddd", "11|2_3_3_3", IsAuAbn},
    {E::kZaId, "ddddddddddddd", "13|6_4_3|6_4_2_1|6_4_1_2", IsZaId},
    {E::kTrTckn, "ddddddddddd", "11|3_3_3_2|3_3_5", IsTrTckn},
    {E::kKrRrn, "ddddddddddddd", "!6-7|13|6 7", IsKrRrn},
    {E::kCnResidentId, "ddddddddddddddddda", "!18|!6_8_4|6_4_4_4", IsCnResidentId},
    {E::kJpMyNumber, "dddddddddddd", "12|4_4_4", IsJpMyNumber},
    {E::kSgNric, "ldddddddl", "!9|1_7_1", IsSgNric},
    {E::kMxCurp,
     "lllldddddd"
     "llllllad",
     "!18|4-6-8|4 6 8", IsMxCurp},
};

constexpr ContextWords::Entry kWords[] = {
    {E::kPaymentCard,
     "card|credit|debit|visa|mastercard|maestro|cvv|cvc|karte|kreditkarte|kartennummer|carte|tarjeta|carta|"
     "pan|amex|cc|cartao|kaart|creditcard"},
    {E::kUsSsn, "ssn|ssns|social"},
    {E::kPhone,
     "phone|telephone|tel|mobile|cell|cellphone|call|fax|whatsapp|sms|telefon|telefonnummer|handy|mobil|"
     "rufnummer|anrufen|portable|telefono|movil|cellulare|chiama|llama|appelle|appelez|telefone|celular|"
     "telefoon|mobiel|ligue|bel|gsm|answering|messages|dial|contact|callback|voicemail|hotline|registered"},
    {E::kBic, "bic|swift"},
    {E::kLei, "lei|legal entity"},
    {E::kIsin, "isin"},
    {E::kImei, "imei"},
    {E::kIccid, "iccid|sim|sim card"},
    {E::kVin, "vin|chassis|fahrgestellnummer|fin|telaio|bastidor|chassisnummer"},
    {E::kPassport,
     "passport|reisepass|reisepassnummer|passnummer|passeport|pasaporte|passaporto|passaporte|paspoort|"
     "paspoortnummer|paszport|pass nr|паспорт"},
    {E::kDateOfBirth,
     "dob|born|birth|birthdate|birthday|geboren|geb|geburtsdatum|geburtstag|naissance|ne le|nee "
     "le|nacimiento|"
     "nacido|nacida|nascita|nato|nata|nascimento|nascido|geboortedatum|data urodzenia|birthdate"},
    {E::kGpsPosition,
     "gps|coordinates|coordinate|latitude|longitude|lat|lon|lng|location|koordinaten|coordonnees|coordenadas|"
     "coordinate|position|coordinaten"},
    {E::kLicencePlate,
     "licence plate|license plate|number plate|plate|kennzeichen|immatriculation|matricula|targa|kenteken|"
     "placa|plaque"},
    {E::kCardSecurityCode,
     "cvv|cvc|cvv2|cvc2|cid|security "
     "code|prufziffer|kartenprufnummer|prufnummer|sicherheitscode|cryptogramme|"
     "de seguridad|di sicurezza|de seguranca|codigo seguridad|veiligheidscode"},
    {E::kMedicalRecordNumber,
     "mrn|medical record|patient id|patient number|patient no|patientennummer|krankenakte|fallnummer|"
     "dossier medical|numero patient|historia clinica|cartella clinica|record number|chart number|"
     "patientnummer"},
    {E::kHealthInsuranceId,
     "insurance id|member id|insurance number|policy number|subscriber id|medicare|medicaid|mbi|"
     "versichertennummer|krankenversicherung|krankenversichertennummer|krankenversicherungsnummer|mutuelle|"
     "assurance maladie|tarjeta sanitaria|tessera sanitaria|health insurance|health plan|zorgverzekering"},
    {E::kFrNir,
     "nir|insee|securite sociale|secu|social security|sozialversicherungsnummer|seguridad social|"
     "sicurezza sociale|carte vitale"},
    {E::kFrTaxNumber,
     "numero fiscal|spi|fiscal|reference fiscale|tax number|steuernummer|numero fiscale|identifiant fiscal"},
    {E::kFrSiren, "siren|entreprise"},
    {E::kFrSiret, "siret|etablissement"},
    {E::kFrVat, "tva|vat|intracommunautaire"},
    {E::kDeTaxId,
     "steuer id|idnr|steueridentifikationsnummer|steuer identifikationsnummer|steuerid|steuernummer|tin|"
     "tax id|identifikationsnummer|identification fiscale"},
    {E::kDeVat, "ust|ustid|umsatzsteuer|vat|mwst"},
    {E::kDePensionNumber,
     "rentenversicherung|rentenversicherungsnummer|sozialversicherungsnummer|sv nummer|rvnr|pension "
     "insurance|"
     "versicherungsnummer|svnr"},
    {E::kDeIdCard,
     "personalausweis|ausweis|ausweisnummer|personalausweisnummer|mrz|id card|identity card|carte d|"
     "documento|dokumentennummer"},
    {E::kEsDni, "dni|nif|documento nacional|identidad"},
    {E::kEsNie, "nie|extranjero|nif"},
    {E::kEsCif, "cif|nif|empresa"},
    {E::kItFiscalCode, "codice fiscale|fiscal code|cf|codice"},
    {E::kItVat, "iva|partita iva|piva|p iva|vat"},
    {E::kNlBsn, "bsn|sofi|burgerservicenummer|sofinummer|burger service"},
    {E::kBeNationalNumber,
     "rijksregister|rijksregisternummer|niss|insz|registre national|national number|nationalregister"},
    {E::kPtNif, "nif|contribuinte|nipc|numero fiscal|contribuente"},
    {E::kPlPesel, "pesel"},
    {E::kPlNip, "nip|identyfikacji podatkowej"},
    {E::kPlRegon, "regon"},
    {E::kIePpsn, "pps|ppsn|personal public"},
    {E::kUkNhs, "nhs"},
    {E::kUkNino, "national insurance|nino|ni number|ni no"},
    {E::kUkUtr, "utr|unique taxpayer|tax reference|taxpayer reference"},
    {E::kUkVat, "vat"},
    {E::kAtSvnr,
     "svnr|sozialversicherungsnummer|versicherungsnummer|sv nummer|sozialversicherung|e card|vsnr"},
    {E::kChAhv, "ahv|avs|ahv nummer|ahvn13|sozialversicherungsnummer"},
    {E::kSePersonnummer, "personnummer|samordningsnummer|personal number|pnr"},
    {E::kNoFodselsnummer, "fodselsnummer|fnr|personnummer|d nummer|birth number|fødselsnummer"},
    {E::kDkCpr, "cpr|personnummer|cpr nummer|cpr nr"},
    {E::kFiHetu, "hetu|henkilotunnus|henkilötunnus"},
    {E::kRoCnp, "cnp|cod numeric|numeric personal"},
    {E::kGrAmka, "amka|αμκα"},
    {E::kCzBirthNumber, "rodne cislo|rodne|rc|rodného|birth number|rodneho cisla"},
    {E::kBgEgn, "egn|егн|ЕГН"},
    {E::kUsItin, "itin|taxpayer"},
    {E::kUsAbaRouting, "routing|aba|rtn|transit"},
    {E::kUsNpi, "npi|provider"},
    {E::kCaSin, "sin|social insurance|nas|assurance sociale"},
    {E::kBrCpf, "cpf"},
    {E::kBrCnpj, "cnpj"},
    {E::kInAadhaar, "aadhaar|aadhar|uidai|आधार"},
    {E::kInPan, "pan|permanent account|income tax"},
    {E::kAuTfn, "tfn|tax file"},
    {E::kAuAbn, "abn|australian business"},
    {E::kZaId, "id number|id no|identity number|south african|rsa id|sa id|id nommer|identiteitsnommer"},
    {E::kTrTckn, "tc kimlik|tckn|kimlik|tc no"},
    {E::kKrRrn, "rrn|주민등록|주민번호|resident registration"},
    {E::kCnResidentId, "身份证|身份證|resident identity|identity card"},
    {E::kJpMyNumber, "マイナンバー|個人番号|my number|mynumber"},
    {E::kSgNric, "nric|fin|singapore"},
    {E::kMxCurp, "curp"},
};

}  // namespace

std::span<const IdentifierSpec> IdentifierSpecs() { return kSpecs; }

std::vector<ContextWords::Entry> EntityWords() { return {std::begin(kWords), std::end(kWords)}; }

}  // namespace portcullis::policy
