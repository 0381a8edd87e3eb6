#include "samples.h"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "libs/base/strings.h"
#include "services/policy/domain/pii/checksums.h"
#include "services/policy/domain/pii/iban.h"
#include "services/policy/domain/pii/identifier_specs.h"
#include "services/policy/domain/pii/payment_card.h"
#include "services/policy/domain/pii/us_ssn.h"
#include "services/policy/domain/pii/wallet.h"

namespace portcullis::policy {
namespace {

using base::Rng;
using Check = std::function<bool(std::string_view)>;

constexpr int kMaxTries = 5'000'000;
constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

size_t Below(Rng& rng, size_t limit) { return rng.Next() % limit; }
char Of(Rng& rng, std::string_view set) { return set[Below(rng, set.size())]; }
char Digit(Rng& rng) { return Of(rng, "0123456789"); }
char Letter(Rng& rng) { return Of(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"); }

std::string Digits(Rng& rng, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += Digit(rng);
  return out;
}

std::string Hex(Rng& rng, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += Of(rng, "0123456789abcdef");
  return out;
}

template <typename T>
const T& Pick(Rng& rng, const std::vector<T>& from) {
  return from[Below(rng, from.size())];
}

std::string Shaped(Rng& rng, std::string_view shape) {
  std::string out;
  for (const char c : shape) {
    if (c == 'd' || (c == 'a' && Below(rng, 4) != 0)) {
      out += Digit(rng);
    } else if (c == 'l' || c == 'a') {
      out += Letter(rng);
    } else {
      out += c;
    }
  }
  return out;
}

// `compact` in a layout such as "3-2-4".
std::string Laid(Rng& rng, const std::string& compact, std::string_view layout) {
  const char any = Of(rng, " -.");
  std::string out;
  size_t at = 0;
  size_t size = 0;
  for (const char c : std::string(layout) + "|") {
    if (c >= '0' && c <= '9') {
      size = size * 10 + static_cast<size_t>(c - '0');
      continue;
    }
    out += compact.substr(at, size);
    at += size;
    size = 0;
    if (c != '|') out += c == '_' ? any : c;
  }
  return out;
}

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '|') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// Another last character for which the check fails.
std::optional<std::string> Broken(Rng& rng, std::string compact, const Check& check) {
  for (int i = 0; i < 100; ++i) {
    char& last = compact.back();
    last = last <= '9' ? Digit(rng) : last >= 'a' ? Of(rng, kBase58.substr(33)) : Letter(rng);
    if (!check(compact)) return compact;
  }
  return std::nullopt;
}

std::string UntilValid(const std::function<std::string()>& make, const Check& check) {
  for (int i = 0; i < kMaxTries; ++i) {
    std::string made = make();
    if (check(made)) return made;
  }
  throw std::runtime_error("no valid sample found");
}

Sample FromSpecs(Entity entity, Rng& rng) {
  std::vector<const IdentifierSpec*> specs;
  for (const IdentifierSpec& spec : IdentifierSpecs()) {
    if (spec.entity == entity) specs.push_back(&spec);
  }
  if (specs.empty()) throw std::runtime_error("no specification");
  const IdentifierSpec& spec = *Pick(rng, specs);
  const Check check = [&](std::string_view id) { return spec.valid == nullptr || spec.valid(id); };
  const std::string compact = UntilValid([&] { return Shaped(rng, spec.shape); }, check);
  std::string layout = Pick(rng, Split(spec.layouts));
  if (layout[0] == '!') layout.erase(0, 1);
  Rng* same = &rng;
  Sample sample{Laid(*same, compact, layout), std::nullopt};
  const auto broken = Broken(rng, compact, check);
  if (!broken.has_value()) return sample;
  std::string twin = sample.valid;
  twin.back() = broken->back();
  sample.broken = twin;
  return sample;
}

Sample Card(Rng& rng) {
  static const std::vector<std::string> kStarts = {"4", "51", "55", "34", "37", "6011", "3528", "2223", "62"};
  const std::string start = Pick(rng, kStarts);
  const size_t size = start[0] == '3' && start.size() == 2 ? 15 : 16;
  const Check check = [](std::string_view id) { return IsPaymentCard(id, false); };
  const std::string compact = UntilValid([&] { return start + Digits(rng, size - start.size()); }, check);
  const char* layout = size == 15 ? "4_6_5" : "4_4_4_4";
  Sample sample{Below(rng, 2) == 0 ? compact : Laid(rng, compact, layout), std::nullopt};
  sample.broken = sample.valid;
  sample.broken->back() = sample.valid.back() == '9' ? '0' : static_cast<char>(sample.valid.back() + 1);
  return sample;
}

Sample Iban(Rng& rng) {
  static const std::vector<std::string> kShapes = {"DEdddddddddddddddddddd",
                                                   "GBddlllldddddddddddddd",
                                                   "FRddddddddddddaaaaaaaaaaadd",
                                                   "ESdddddddddddddddddddddd",
                                                   "NLddlllldddddddddd",
                                                   "ITddldddddddddd"
                                                   "aaaaaaaaaaaa"};
  const std::string shape = Pick(rng, kShapes);
  const std::string compact =
      UntilValid([&] { return Shaped(rng, shape); }, [](std::string_view s) { return IsIban(s); });
  std::string written;
  const bool grouped = Below(rng, 2) == 0;
  for (size_t i = 0; i < compact.size(); ++i) {
    if (grouped && i > 0 && i % 4 == 0) written += ' ';
    written += compact[i];
  }
  Sample sample{written, written};
  char& last = sample.broken->back();
  last = last == '9' ? '0' : last == 'Z' ? 'A' : static_cast<char>(last + 1);
  return sample;
}

std::string Phone(Rng& rng) {
  switch (Below(rng, 8)) {
    case 0:
      return base::StrCat("+49 30 ", Digits(rng, 8));
    case 1:
      return base::StrCat("+33 6 ", Digits(rng, 2), " ", Digits(rng, 2), " ", Digits(rng, 2), " ",
                          Digits(rng, 2));
    case 2:
      return base::StrCat("(", Of(rng, "23456789"), Digits(rng, 2), ") ", Of(rng, "23456789"), Digits(rng, 2),
                          "-", Digits(rng, 4));
    case 3:
      return base::StrCat(Of(rng, "23456789"), Digits(rng, 2), "-", Of(rng, "23456789"), Digits(rng, 2), "-",
                          Digits(rng, 4));
    case 4:
      return base::StrCat("0", Of(rng, "123456789"), " ", Digits(rng, 2), " ", Digits(rng, 2), " ",
                          Digits(rng, 2), " ", Digits(rng, 2));
    case 5:
      return base::StrCat("+44 20 ", Of(rng, "378"), Digits(rng, 3), " ", Digits(rng, 4));
    case 6:
      return base::StrCat("+1", Of(rng, "23456789"), Digits(rng, 2), Of(rng, "23456789"), Digits(rng, 6));
    default:
      return base::StrCat("0", Of(rng, "1234"), Digits(rng, 2), "/", Of(rng, "123456789"), Digits(rng, 6));
  }
}

std::string Octet(Rng& rng, size_t low, size_t high) { return std::to_string(low + Below(rng, high - low)); }

Sample Bitcoin(Rng& rng) {
  // A random body almost never passes: the check is computed by trying what the body could be.
  static const std::vector<std::string> kKnown = {
      "1NEDqZPvTWRaoho48qXuLLsrYomMXPABfD", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
      "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
      "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"};
  const std::string known = Pick(rng, kKnown);
  std::string twin = known;
  const size_t at = 5 + Below(rng, twin.size() - 6);
  twin[at] = twin[at] == 'q' ? 'p' : 'q';
  return {known, twin};
}

}  // namespace

Sample MakeSample(Entity entity, Rng& rng) {
  switch (entity) {
    case Entity::kPaymentCard:
      return Card(rng);
    case Entity::kIban:
      return Iban(rng);
    case Entity::kUsSsn: {
      const std::string id =
          UntilValid([&] { return Digits(rng, 9); }, [](std::string_view s) { return IsUsSsn(s); });
      return {Laid(rng, id, Below(rng, 3) == 0 ? "9" : "3-2-4"), Laid(rng, "666" + id.substr(3), "3-2-4")};
    }
    case Entity::kEmail:
      return {base::StrCat(static_cast<char>(Letter(rng) + 32), Hex(rng, 5), ".", Hex(rng, 4), "@",
                           static_cast<char>(Letter(rng) + 32), Hex(rng, 6),
                           Pick<std::string>(rng, {".com", ".co.uk", ".de", ".io", ".fr"})),
              std::nullopt};
    case Entity::kIpv4:
      return {base::StrCat(Octet(rng, 1, 126), ".", Octet(rng, 0, 256), ".", Octet(rng, 0, 256), ".",
                           Octet(rng, 0, 256)),
              base::StrCat(Octet(rng, 256, 999), ".", Octet(rng, 0, 256), ".", Octet(rng, 0, 256), ".",
                           Octet(rng, 0, 256))};
    case Entity::kIpv6:
      return {base::StrCat("2001:db8:", Hex(rng, 4), "::", Hex(rng, 3), ":", Hex(rng, 4)), std::nullopt};
    case Entity::kPhone:
      return {Phone(rng), std::nullopt};
    case Entity::kMacAddress: {
      const char sign = Of(rng, ":-");
      std::string mac = "0" + std::string(1, Of(rng, "2468ace"));
      for (int i = 0; i < 5; ++i) mac += sign + Hex(rng, 2);
      return {mac, std::nullopt};
    }
    case Entity::kBitcoinAddress:
      return Bitcoin(rng);
    case Entity::kEthereumAddress:
      return {"0x" + Hex(rng, 40), std::nullopt};
    case Entity::kGpsPosition:
      return {
          base::StrCat(Octet(rng, 1, 89), ".", Digits(rng, 4), ", ", Octet(rng, 1, 179), ".", Digits(rng, 4)),
          std::nullopt};
    default:
      return FromSpecs(entity, rng);
  }
}

std::string WordFor(Entity entity, Rng& rng) {
  for (const ContextWords::Entry& entry : EntityWords()) {
    if (entry.entity == entity) return Pick(rng, Split(entry.words));
  }
  return "value";
}

std::string Carry(size_t carrier, const std::string& word, const std::string& value, size_t* begin,
                  size_t* end) {
  static const char* const kTexts[kCarriers] = {"My {W} is {V}.",
                                                "{W}: {V}",
                                                "Please update the {W} {V} in my file, thanks.",
                                                "Customer record - {W} = {V}; status active",
                                                "Voici mon {W} : {V}.",
                                                "Le dossier porte le {W} {V}, merci de vérifier.",
                                                "Meine {W} lautet {V}.",
                                                "Bitte {W} {V} im Vertrag ändern.",
                                                "Mi {W} es {V}.",
                                                "El cliente indicó {W} {V} ayer.",
                                                "Il mio {W} è {V}.",
                                                "Si prega di controllare {W} {V}.",
                                                "O meu {W} é {V}.",
                                                "Segue {W} {V} para cadastro.",
                                                "{\"{W}\": \"{V}\", \"ok\": true}",
                                                "name,{W}\nanna,{V},x",
                                                "{W}: '{V}'\nnext: 1",
                                                "<{W}>{V}</{W}>",
                                                "({W} \"{V}\")",
                                                "The {W} was given as {V} (checked)"};
  std::string text = kTexts[carrier];
  for (size_t at = text.find("{W}"); at != std::string::npos; at = text.find("{W}", at))
    text.replace(at, 3, word);
  *begin = text.find("{V}");
  *end = *begin + value.size();
  return text.replace(*begin, 3, value);
}

const std::vector<Distractor>& Distractors() {
  static const std::vector<Distractor> kAll = {
      {"random digits (1 to 20)", [](Rng& rng) { return Digits(rng, 1 + Below(rng, 20)); }},
      {"UUID",
       [](Rng& rng) {
         return base::StrCat(Hex(rng, 8), "-", Hex(rng, 4), "-4", Hex(rng, 3), "-a", Hex(rng, 3), "-",
                             Hex(rng, 12));
       }},
      {"hash (MD5, SHA-1, SHA-256)",
       [](Rng& rng) {
         return Hex(rng, Pick<size_t>(rng, {32, 40, 64}));
       }},
      {"price",
       [](Rng& rng) {
         return base::StrCat(Pick<std::string>(rng, {"$", "EUR ", ""}), Octet(rng, 1, 999), ",",
                             Digits(rng, 3), ".", Digits(rng, 2));
       }},
      {"log line",
       [](Rng& rng) {
         return base::StrCat("2024-0", Octet(rng, 1, 10), "-", Octet(rng, 10, 29), " ", Octet(rng, 10, 24),
                             ":", Octet(rng, 10, 60), ":", Octet(rng, 10, 60), ".", Digits(rng, 3),
                             " INFO order ", Digits(rng, 7), " took ", Octet(rng, 1, 900), " ms, build ",
                             Octet(rng, 1, 20), ".", Octet(rng, 1, 40), ".", Octet(rng, 1, 9), " trace ",
                             Hex(rng, 16));
       }},
      {"epoch (s, ms, ns)",
       [](Rng& rng) {
         return "17" + Digits(rng, Pick<size_t>(rng, {8, 11, 17}));
       }},
      {"code",
       [](Rng& rng) {
         return base::StrCat("x[", Octet(rng, 0, 99), "] = 0x", Hex(rng, 8), " + ", Digits(rng, 3), ".",
                             Digits(rng, 5), "f;");
       }},
      {"serial number",
       [](Rng& rng) {
         return base::StrCat(Letter(rng), Letter(rng), "-", Digits(rng, 4), "-", Digits(rng, 5));
       }},
  };
  return kAll;
}

}  // namespace portcullis::policy
