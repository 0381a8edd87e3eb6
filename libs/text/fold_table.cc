#include "libs/text/fold_table.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uspoof.h>

#include <unordered_map>

#include "libs/base/strings.h"
#include "libs/text/look_alikes.h"
#include "libs/text/utf8.h"

namespace portcullis::text {
namespace {

bool IsInvisible(UChar32 c) {
  if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return true;
  const int8_t category = u_charType(c);
  return category == U_NON_SPACING_MARK || category == U_ENCLOSING_MARK || category == U_FORMAT_CHAR;
}

// Signs that have one plain spelling, or 0.
char PlainSign(UChar32 c) {
  switch (c) {
    case 0x2018:
    case 0x2019:
    case 0x201A:
    case 0x201B:
    case 0x2032:
    case 0x02B9:
    case 0x02BB:
    case 0x02BC:
    case 0x00B4:
    case 0x055A:
      return '\'';
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2033:
    case 0x00AB:
    case 0x00BB:
      return '"';
    case 0x2212:
      return '-';
    case 0x2044:
    case 0x2215:
      return '/';
    case 0x3002:
    case 0x2024:
      return '.';
    case 0x0085:
    case 0x2028:
    case 0x2029:
      return '\n';
    default:
      break;
  }
  if (u_charType(c) == U_DASH_PUNCTUATION) return '-';
  if (u_charType(c) == U_SPACE_SEPARATOR) return ' ';
  return 0;
}

// What separates words but has no plain spelling: one sign for all currencies, a space for the rest.
char Separator(UChar32 c) {
  if (u_charType(c) == U_CURRENCY_SYMBOL) return '$';
  const uint32_t mask = U_GET_GC_MASK(c);
  return (mask & (U_GC_P_MASK | U_GC_S_MASK)) != 0 ? ' ' : 0;
}

std::string Utf8Of(const UChar* text, int32_t length) {
  std::string out;
  for (int32_t i = 0; i < length;) {
    UChar32 c;
    U16_NEXT(text, i, length, c);
    AppendUtf8(static_cast<char32_t>(c), &out);
  }
  return out;
}

}  // namespace

class FoldTableBuilder {
 public:
  explicit FoldTableBuilder(const FoldOptions& options) : options_(options) {}
  ~FoldTableBuilder() { uspoof_close(spoof_); }

  absl::Status Prepare() {
    UErrorCode error = U_ZERO_ERROR;
    nfkd_ = unorm2_getNFKDInstance(&error);
    spoof_ = uspoof_open(&error);
    if (U_SUCCESS(error)) return absl::OkStatus();
    return absl::InternalError(base::StrCat("Unicode data of ICU is not available: ", u_errorName(error)));
  }

  std::shared_ptr<const FoldTable> Build() {
    auto table = std::make_shared<FoldTable>();
    for (UChar32 c = 0x80; c < 0x30000; ++c) AddTo(*table, c);
    for (UChar32 c = 0xE0000; c < 0xE1000; ++c) AddTo(*table, c);
    return table;
  }

 private:
  void AddTo(FoldTable& table, UChar32 c) {
    if (U_IS_SURROGATE(c) || (c >= 0x3400 && c < 0xA000) || (c >= 0xAC00 && c < 0xD7B0)) return;
    if (options_.normalize && IsInvisible(c)) return table.Set(static_cast<char32_t>(c), table.kDroppedEntry);
    if (c < 0xE0000 && u_isdefined(c)) Add(table, static_cast<char32_t>(c), Fold(c));
  }

  void Add(FoldTable& table, char32_t c, const std::string& folded) {
    std::string same;
    AppendUtf8(c, &same);
    if (folded == same || folded.size() > kMaxFoldedBytes) return;
    const auto [known, is_new] = offsets_.try_emplace(folded, static_cast<uint32_t>(table.texts_.size()));
    if (is_new) table.texts_ += folded;
    table.Set(c, known->second << 8 | static_cast<uint32_t>(folded.size()));
  }

  std::string Fold(UChar32 c) {
    if (!options_.normalize) return FoldOne(c);
    if (const char sign = PlainSign(c); sign != 0) return {sign};
    UErrorCode error = U_ZERO_ERROR;
    UChar decomposed[64];
    const int32_t length = unorm2_getDecomposition(nfkd_, c, decomposed, 64, &error);
    if (U_FAILURE(error) || length <= 0) return FoldOne(c);
    std::string out;
    for (int32_t i = 0; i < length;) {
      UChar32 part;
      U16_NEXT(decomposed, i, length, part);
      if (part >= 0x80 && IsInvisible(part)) continue;
      out += FoldOne(part);
    }
    return out.empty() ? std::string(" ") : out;
  }

  // A code point that has no decomposition.
  std::string FoldOne(UChar32 c) {
    if (c < 0x80) return {static_cast<char>(c)};
    if (options_.normalize) {
      if (const char sign = PlainSign(c); sign != 0) return {sign};
      if (const auto plain = PlainLatin(static_cast<char32_t>(c)); !plain.empty()) return std::string(plain);
      if (const char separator = Separator(c); separator != 0) return {separator};
      if (const int32_t digit = u_charDigitValue(c); digit >= 0) return {static_cast<char>('0' + digit)};
    }
    if (options_.look_alikes) {
      if (const std::string latin = Latin(c); !latin.empty()) return latin;
    }
    std::string out;
    AppendUtf8(static_cast<char32_t>(options_.normalize ? u_foldCase(c, U_FOLD_CASE_DEFAULT) : c), &out);
    return out;
  }

  std::string Latin(UChar32 c) {
    if (const auto found = LookAlike(static_cast<char32_t>(c)); !found.empty()) return std::string(found);
    if (!u_isalpha(c) || (c >= 0x3000 && c < 0xA000)) return {};
    UChar source[2];
    int32_t source_length = 0;
    U16_APPEND_UNSAFE(source, source_length, c);
    UChar skeleton[16];
    UErrorCode error = U_ZERO_ERROR;
    const int32_t length = uspoof_getSkeleton(spoof_, 0, source, source_length, skeleton, 16, &error);
    if (U_FAILURE(error) || length != 1 || skeleton[0] >= 0x80 || !u_isalpha(skeleton[0])) return {};
    return Utf8Of(skeleton, length);
  }

  FoldOptions options_;
  const UNormalizer2* nfkd_ = nullptr;
  USpoofChecker* spoof_ = nullptr;
  std::unordered_map<std::string, uint32_t> offsets_;  // of each replacement in the table's texts
};

absl::StatusOr<std::shared_ptr<const FoldTable>> FoldTable::Build(const FoldOptions& options) {
  FoldTableBuilder builder(options);
  if (absl::Status status = builder.Prepare(); !status.ok()) return status;
  return builder.Build();
}

void FoldTable::Set(char32_t code_point, uint32_t entry) {
  uint16_t& page = pages_[code_point >> 8];
  if (page == 0) {
    page = static_cast<uint16_t>(entries_.size() / 256);
    entries_.resize(entries_.size() + 256, kSameEntry);
  }
  entries_[page * 256u + (code_point & 0xFF)] = entry;
}

}  // namespace portcullis::text
