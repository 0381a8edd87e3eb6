#include "services/policy/domain/pii/street_address.h"

#include "services/policy/domain/pii/address_words.h"
#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/pii/word_reader.h"
#include "services/policy/domain/scan/common_words.h"
#include "services/policy/domain/scan/context.h"
#include "services/policy/domain/scan/word_list.h"

namespace portcullis::policy {
namespace {

constexpr size_t kMaxStreetWords = 6;
constexpr size_t kMaxParts = 6;  // that follow the street: flat, place, country, postcode
constexpr size_t kMaxGap = 12;   // bytes between them
constexpr size_t kAddressReach = 40;

class AddressReader {
 public:
  AddressReader(const Window& window, size_t position)
      : window_(window), position_(position), reader_(window, position, kMaxStreetAddress) {}

  MatchResult Match() {
    size_t end = Core();
    if (end != 0) end = Following(end);
    if (reader_.open()) return MatchResult::Open();
    if (end == 0) return MatchResult::None();
    return MatchResult::Match(static_cast<uint16_t>(Entity::kStreetAddress), end - position_);
  }

 private:
  using Word = WordReader::Word;

  // The end of the first part of an address, or 0.
  size_t Core() {
    if (IsDigit(window_.text[position_])) return NumberFirst();
    const Word first = reader_.ReadWord(position_);
    if (first.empty()) return 0;
    const bool lead = IsLead(first);
    if (!first.capital) return lead ? NamedByLead(first) : 0;
    if (const size_t end = Unit(position_, true); end != 0) return end;
    if (first.upper && IsOneOf(reader_.lower(first).view(), kShips)) return Ship(first);
    return lead ? NamedByLead(first) : StreetThenNumber(position_, false);
  }

  // "6750 ..."; the number of a house may follow one of a plot.
  size_t NumberFirst() {
    Word number = reader_.ReadNumber(position_, 6);
    if (number.empty()) return 0;
    size_t at = AfterGap(number.end);
    const Word second = reader_.ReadNumber(at, 5);
    if (!second.empty()) at = AfterGap((number = second).end);
    const Word first = reader_.ReadWord(at);
    if (first.empty()) return 0;
    if (IsLead(first)) return StreetName(first.end, true);
    if (!first.capital || IsOneOf(reader_.lower(first).view(), kMonths)) return 0;
    if (const size_t end = NameThenStreetWord(at); end != 0) return end;
    if (const size_t end = StreetThenNumber(at, number.end - position_ >= 3); end != 0) return end;
    const size_t end = CapitalWords(at, kMaxStreetWords);
    if (IsAnnounced() || Unit(SkipGap(end), false) != 0) return end;
    return 0;
  }

  // "Oak Street": the end of the first street word behind one to four others.
  size_t NameThenStreetWord(size_t at) {
    for (size_t words = 0; words < kMaxStreetWords; ++words) {
      const Word word = reader_.ReadWord(at);
      if (word.empty() || (!word.capital && words == 0)) return 0;
      const LowerWord lower = reader_.lower(word);
      if (words > 0 && IsOneOf(lower.view(), kStreetWords)) {
        const bool stop = reader_.At(word.end) == '.' && IsOneOf(lower.view(), kShortStreetWords);
        return word.end + (stop ? 1 : 0);
      }
      if (!word.capital) return 0;
      at = AfterGap(word.end);
    }
    return 0;
  }

  // "Ringvej 144". `bare`: the words may be any that begin with capitals.
  size_t StreetThenNumber(size_t at, bool bare) {
    bool street = false;
    for (size_t words = 0; words < kMaxStreetWords; ++words) {
      const Word word = reader_.ReadWord(at);
      if (word.empty()) break;
      const LowerWord lower = reader_.lower(word);
      street = EndsLikeStreet(lower.view());
      if (!word.capital && !street && words == 0) return 0;
      if (!word.capital && !street && !IsOneOf(lower.view(), kSmallWords)) return 0;
      if (IsOneOf(lower.view(), kMonths) || (words == 0 && !bare && !street && IsCommon(lower.view())))
        return 0;
      const size_t after = reader_.At(word.end) == '.' ? word.end + 1 : word.end;
      at = AfterGap(after);
      const Word number = reader_.ReadNumber(at, 5);
      if (number.empty()) continue;
      if (street || bare || IsAnnounced() || Unit(SkipGap(number.end), false) != 0) return number.end;
      return 0;
    }
    return 0;
  }

  // "Via Roma 131", "rue de la Paix" after a number or where an address is announced.
  size_t NamedByLead(const Word& lead) {
    const size_t after = reader_.At(lead.end) == '.' ? lead.end + 1 : lead.end;
    return StreetName(after, IsAnnounced() && lead.capital);
  }

  size_t StreetName(size_t at, bool complete) {
    size_t end = 0;
    for (size_t words = 0; words < kMaxStreetWords; ++words) {
      at = AfterGap(reader_.At(at) == '.' ? at + 1 : at);
      const Word number = reader_.ReadNumber(at, 5);
      if (!number.empty()) return words == 0 ? 0 : number.end;
      const Word word = reader_.ReadWord(at);
      if (word.empty() || (!word.capital && !IsSmall(word))) break;
      at = word.end;
      if (word.capital) end = word.end;
    }
    return complete ? end : 0;
  }

  // A flat or a box; `alone`: nothing of an address stands before it.
  size_t Unit(size_t at, bool alone) {
    const Word word = reader_.ReadWord(at);
    if (word.empty()) return PostOfficeBox(at);
    const LowerWord lower = reader_.lower(word);
    const std::string_view kind = lower.view();
    if (IsOneOf(kind, kMilitary)) return Military(word);
    const bool flat = IsOneOf(kind, kFlats);
    const bool pair = kind == "unit" || kind == "psc";
    if (!flat && !pair && !IsOneOf(kind, kBoxes)) return PostOfficeBox(at);
    const size_t after = reader_.At(word.end) == '.' ? word.end + 1 : word.end;
    const Word number = reader_.ReadNumber(AfterGap(reader_.At(after) == '#' ? after + 1 : after), 6);
    if (number.empty()) return 0;
    if (!pair) return number.end;
    const Word box = reader_.ReadWord(SkipGap(number.end));
    if (box.empty() || reader_.lower(box).view() != "box") return alone ? 0 : number.end;
    const Word second = reader_.ReadNumber(AfterGap(box.end), 6);
    return second.empty() ? 0 : second.end;
  }

  // "P.O. Box 211", "PO Box 211".
  size_t PostOfficeBox(size_t at) {
    if (ToLower(reader_.At(at)) != 'p') return 0;
    size_t next = reader_.At(at + 1) == '.' ? at + 2 : at + 1;
    if (ToLower(reader_.At(next)) != 'o') return 0;
    next = reader_.At(next + 1) == '.' ? next + 2 : next + 1;
    const Word box = reader_.ReadWord(AfterGap(next));
    if (box.empty() || reader_.lower(box).view() != "box") return 0;
    const Word number = reader_.ReadNumber(AfterGap(box.end), 7);
    return number.empty() ? 0 : number.end;
  }

  // "FPO AA 70489".
  size_t Military(const Word& office) {
    const Word region = reader_.ReadWord(AfterGap(office.end));
    const LowerWord lower = reader_.lower(region);
    if (lower.view() != "aa" && lower.view() != "ae" && lower.view() != "ap") return 0;
    const Word number = reader_.ReadNumber(AfterGap(region.end), 5);
    return number.empty() ? region.end : number.end;
  }

  // "USS Mahler", a line, "FPO AA 70489".
  size_t Ship(const Word& kind) {
    const Word office = reader_.ReadWord(SkipGap(CapitalWords(AfterGap(kind.end), 3)));
    return !office.empty() && IsOneOf(reader_.lower(office).view(), kMilitary) ? Military(office) : 0;
  }

  // Flat, place, country and postcode, in any order, while they go on.
  size_t Following(size_t end) {
    bool after_code = false;
    for (size_t part = 0; part < kMaxParts; ++part) {
      const size_t at = SkipGap(end);
      const bool apart = at > end + 1 || after_code;  // by a comma, a line or a postcode
      const size_t code = Postcode(at);
      size_t next = code != 0 ? code : Unit(at, false);
      if (next == 0) next = Place(at, apart);
      after_code = code != 0;
      if (next == 0) break;
      end = next;
    }
    return end;
  }

  size_t Postcode(size_t at) {
    const Word number = reader_.ReadNumber(at, 6);
    return number.size() >= 4 ? number.end : 0;
  }

  // Up to four words with capitals, if the line, the part or the address ends with them.
  size_t Place(size_t at, bool apart) {
    const size_t end = CapitalWords(at, 4);
    if (end == at || end == 0) return 0;
    const char after = reader_.At(end);
    if (after == ' ' && !reader_.ReadNumber(AfterGap(end), 6).empty()) return end;
    return apart && (after == '\0' || after == '\n' || after == ',' || after == '.' || after == '?') ? end
                                                                                                     : 0;
  }

  // The end of up to `most` words with capitals, `at` if there is none.
  size_t CapitalWords(size_t at, size_t most) {
    size_t end = at;
    for (size_t words = 0; words < most; ++words) {
      const Word word = reader_.ReadWord(at);
      const bool small = words > 0 && IsSmall(word);
      if (word.empty() || (!word.capital && !small)) break;
      if (word.capital) end = word.end;
      at = AfterGap(word.end);
    }
    return end;
  }

  size_t AfterGap(size_t at) { return reader_.At(at) == ' ' ? at + 1 : at; }

  // Over what may stand between the parts of an address: spaces, a comma, one line feed, marks of quotation.
  size_t SkipGap(size_t at) {
    const size_t begin = at;
    for (size_t lines = 0; at - begin < kMaxGap; ++at) {
      const char c = reader_.At(at);
      if (c == '\n' && ++lines > 2) return begin;
      if (c != ' ' && c != ',' && c != '\n' && c != '\r' && c != '>' && c != '?') return at;
    }
    return begin;
  }

  bool IsSmall(const Word& word) {
    return !word.empty() && !word.capital && IsOneOf(reader_.lower(word).view(), kSmallWords);
  }

  bool IsLead(const Word& word) {
    const LowerWord lower = reader_.lower(word);
    const bool short_lead =
        lower.view() == "am" || lower.view() == "an" || lower.view() == "auf" || lower.view() == "os";
    return IsOneOf(lower.view(), kStreetLeads) && (!short_lead || word.capital);
  }

  static bool EndsLikeStreet(std::string_view lower) {
    return std::any_of(std::begin(kStreetEndings), std::end(kStreetEndings), [&](std::string_view ending) {
      return lower == ending ? ending.size() > 3
                             : lower.size() >= ending.size() + 3 && lower.ends_with(ending);
    });
  }

  static bool IsCommon(std::string_view lower) { return CommonnessOf(lower) != Commonness::kRare; }

  bool IsAnnounced() { return HasContextWord(window_, position_, kAddressReach, kAddressWords); }

  const Window& window_;
  size_t position_;
  WordReader reader_;
};

}  // namespace

MatchResult MatchStreetAddress(const Window& window, size_t position) {
  const char before = position == 0 ? ' ' : window.text[position - 1];
  if (IsWordByte(before) || before == '@' || before == '/' || before == '_' || before == '.' || before == '-')
    return MatchResult::None();
  return AddressReader(window, position).Match();
}

}  // namespace portcullis::policy
