// Whether a compact text (digits and upper-case letters, of the shape that identifier_specs.cc gives) is a
// valid identifier: check digits, dates, prefixes. Rules by the issuers' publications, as summarised beside
// each.
#pragma once

#include <string_view>

namespace portcullis::policy {

// Western and northern Europe.
bool IsFrNir(std::string_view id);
bool IsFrTaxNumber(std::string_view id);
bool IsFrSiret(std::string_view id);
bool IsFrVat(std::string_view id);
bool IsDeTaxId(std::string_view id);
bool IsDeVat(std::string_view id);
bool IsDePensionNumber(std::string_view id);
bool IsDeIdCard(std::string_view id);
bool IsNlBsn(std::string_view id);
bool IsBeNationalNumber(std::string_view id);
bool IsIePpsn(std::string_view id);
bool IsUkNhs(std::string_view id);
bool IsUkNino(std::string_view id);
bool IsUkUtr(std::string_view id);
bool IsUkVat(std::string_view id);
bool IsAtSvnr(std::string_view id);
bool IsChAhv(std::string_view id);
bool IsSePersonnummer(std::string_view id);
bool IsNoFodselsnummer(std::string_view id);
bool IsDkCpr(std::string_view id);
bool IsFiHetu(std::string_view id);

// Southern and eastern Europe.
bool IsEsDni(std::string_view id);
bool IsEsNie(std::string_view id);
bool IsEsCif(std::string_view id);
bool IsItFiscalCode(std::string_view id);
bool IsItVat(std::string_view id);
bool IsPtNif(std::string_view id);
bool IsPlPesel(std::string_view id);
bool IsPlNip(std::string_view id);
bool IsPlRegon(std::string_view id);
bool IsRoCnp(std::string_view id);
bool IsGrAmka(std::string_view id);
bool IsCzBirthNumber(std::string_view id);
bool IsBgEgn(std::string_view id);

// The rest of the world.
bool IsUsItin(std::string_view id);
bool IsUsAbaRouting(std::string_view id);
bool IsUsNpi(std::string_view id);
bool IsCaSin(std::string_view id);
bool IsBrCpf(std::string_view id);
bool IsBrCnpj(std::string_view id);
bool IsInAadhaar(std::string_view id);
bool IsInPan(std::string_view id);
bool IsAuTfn(std::string_view id);
bool IsAuAbn(std::string_view id);
bool IsZaId(std::string_view id);
bool IsTrTckn(std::string_view id);
bool IsKrRrn(std::string_view id);
bool IsCnResidentId(std::string_view id);
bool IsJpMyNumber(std::string_view id);
bool IsSgNric(std::string_view id);
bool IsMxCurp(std::string_view id);
bool IsUsMbi(std::string_view id);  // Medicare beneficiary identifier

// No country's.
bool IsBic(std::string_view id);
bool IsLei(std::string_view id);
bool IsIsin(std::string_view id);
bool IsImei(std::string_view id);
bool IsIccid(std::string_view id);
bool IsVin(std::string_view id);

}  // namespace portcullis::policy
