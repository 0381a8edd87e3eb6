// The identifiers that pii-detector knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace portcullis::policy {

// In the order of the table in entity.cc.
enum class Entity : uint8_t {
  kPaymentCard,
  kIban,
  kUsSsn,
  kEmail,
  kIpv4,
  kIpv6,
  kPhone,
  kMacAddress,
  kBic,
  kLei,
  kIsin,
  kImei,
  kIccid,
  kVin,
  kBitcoinAddress,
  kEthereumAddress,
  kPassport,
  kDateOfBirth,
  kGpsPosition,
  kLicencePlate,
  kCardSecurityCode,
  kMedicalRecordNumber,
  kHealthInsuranceId,
  kFrNir,
  kFrTaxNumber,
  kFrSiren,
  kFrSiret,
  kFrVat,
  kDeTaxId,
  kDeVat,
  kDePensionNumber,
  kDeIdCard,
  kEsDni,
  kEsNie,
  kEsCif,
  kItFiscalCode,
  kItVat,
  kNlBsn,
  kBeNationalNumber,
  kPtNif,
  kPlPesel,
  kPlNip,
  kPlRegon,
  kIePpsn,
  kUkNhs,
  kUkNino,
  kUkUtr,
  kUkVat,
  kAtSvnr,
  kChAhv,
  kSePersonnummer,
  kNoFodselsnummer,
  kDkCpr,
  kFiHetu,
  kRoCnp,
  kGrAmka,
  kCzBirthNumber,
  kBgEgn,
  kUsItin,
  kUsAbaRouting,
  kUsNpi,
  kCaSin,
  kBrCpf,
  kBrCnpj,
  kInAadhaar,
  kInPan,
  kAuTfn,
  kAuAbn,
  kZaId,
  kTrTckn,
  kKrRrn,
  kCnResidentId,
  kJpMyNumber,
  kSgNric,
  kMxCurp,
  // Found by names_policy.h.
  kPersonName,
  kStreetAddress,
};

inline constexpr size_t kEntityCount = static_cast<size_t>(Entity::kStreetAddress) + 1;

struct EntityInfo {
  Entity entity;
  std::string_view name;    // in the configuration's `entities` and in findings
  std::string_view label;   // the marker "[EMAIL]" without its brackets
  std::string_view pack;    // "global", or the country: ISO 3166 code in lower case ("uk" for GB)
  std::string_view reason;  // for people, what was found
  bool keeps_last_four;     // the partial marker shows the last four characters
  bool on_by_default;
};

// By number of the entity.
std::span<const EntityInfo> Entities();

inline const EntityInfo& InfoOf(Entity entity) { return Entities()[static_cast<size_t>(entity)]; }

std::optional<Entity> EntityByName(std::string_view name);

// Names of packs: "all", "global", "eu" (the members of the EU) and every country that has an identifier.
std::span<const std::string_view> Packs();

// Whether `pack` holds the entity. What is global belongs to every pack.
bool InPack(const EntityInfo& info, std::string_view pack);

}  // namespace portcullis::policy
