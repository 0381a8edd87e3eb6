#include "libs/text/look_alikes.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace portcullis::text {
namespace {

struct Pair {
  char32_t code_point;
  std::string_view latin;
};

// Lower-case where both cases look alike only in upper case: text is matched without regard to case.
constexpr Pair kLookAlikes[] = {
    // Greek
    {U'Α', "a"},
    {U'Β', "b"},
    {U'Ε', "e"},
    {U'Ζ', "z"},
    {U'Η', "h"},
    {U'Ι', "i"},
    {U'Κ', "k"},
    {U'Μ', "m"},
    {U'Ν', "n"},
    {U'Ο', "o"},
    {U'Ρ', "p"},
    {U'Τ', "t"},
    {U'Υ', "y"},
    {U'Χ', "x"},
    {U'α', "a"},
    {U'γ', "y"},
    {U'ε', "e"},
    {U'η', "n"},
    {U'ι', "i"},
    {U'κ', "k"},
    {U'ν', "v"},
    {U'ο', "o"},
    {U'ρ', "p"},
    {U'ς', "c"},
    {U'τ', "t"},
    {U'υ', "u"},
    {U'χ', "x"},
    {U'ω', "w"},
    {U'ϲ', "c"},
    {U'ϳ', "j"},
    // Cyrillic
    {U'Ѕ', "s"},
    {U'І', "i"},
    {U'Ј', "j"},
    {U'А', "a"},
    {U'В', "b"},
    {U'Е', "e"},
    {U'К', "k"},
    {U'М', "m"},
    {U'Н', "h"},
    {U'О', "o"},
    {U'Р', "p"},
    {U'С', "c"},
    {U'Т', "t"},
    {U'У', "y"},
    {U'Х', "x"},
    {U'а', "a"},
    {U'в', "b"},
    {U'г', "r"},
    {U'е', "e"},
    {U'к', "k"},
    {U'м', "m"},
    {U'н', "h"},
    {U'о', "o"},
    {U'п', "n"},
    {U'р', "p"},
    {U'с', "c"},
    {U'т', "t"},
    {U'у', "y"},
    {U'х', "x"},
    {U'ѕ', "s"},
    {U'і', "i"},
    {U'ј', "j"},
    {U'ѵ', "v"},
    {U'ғ', "f"},
    {U'ү', "y"},
    {U'һ', "h"},
    {U'Ӏ', "l"},
    {U'ӏ', "l"},
    {U'ԁ', "d"},
    {U'ԍ', "g"},
    {U'ԛ', "q"},
    {U'Ԝ', "w"},
    {U'ԝ', "w"},
    // Armenian
    {U'Լ', "l"},
    {U'Տ', "s"},
    {U'Ս', "u"},
    {U'Օ', "o"},
    {U'զ', "q"},
    {U'հ', "h"},
    {U'յ', "j"},
    {U'ո', "n"},
    {U'ս', "u"},
    {U'ց', "g"},
    {U'ք', "p"},
    {U'օ', "o"},
};

constexpr Pair kPlainLatin[] = {
    {U'Æ', "AE"}, {U'Ð', "D"}, {U'×', "x"},  {U'Ø', "O"}, {U'Þ', "Th"}, {U'ß', "ss"}, {U'æ', "ae"},
    {U'ð', "d"},  {U'ø', "o"}, {U'þ', "th"}, {U'Đ', "D"}, {U'đ', "d"},  {U'Ħ', "H"},  {U'ħ', "h"},
    {U'ı', "i"},  {U'ĸ', "k"}, {U'Ł', "L"},  {U'ł', "l"}, {U'Ŋ', "N"},  {U'ŋ', "n"},  {U'Œ', "OE"},
    {U'œ', "oe"}, {U'Ŧ', "T"}, {U'ŧ', "t"},  {U'ƀ', "b"}, {U'Ɓ', "B"},  {U'Ɗ', "D"},  {U'ƒ', "f"},
    {U'Ɨ', "I"},  {U'ƙ', "k"}, {U'ƚ', "l"},  {U'ƞ', "n"}, {U'ƥ', "p"},  {U'ƭ', "t"},  {U'Ʋ', "V"},
    {U'ƴ', "y"},  {U'ƶ', "z"}, {U'ȷ', "j"},  {U'ɑ', "a"}, {U'ɓ', "b"},  {U'ɖ', "d"},  {U'ɗ', "d"},
    {U'ɡ', "g"},  {U'ɢ', "g"}, {U'ɦ', "h"},  {U'ɨ', "i"}, {U'ɩ', "i"},  {U'ɪ', "i"},  {U'ɫ', "l"},
    {U'ɱ', "m"},  {U'ɲ', "n"}, {U'ɴ', "n"},  {U'ʀ', "r"}, {U'ʂ', "s"},  {U'ʈ', "t"},  {U'ʋ', "v"},
    {U'ʏ', "y"},  {U'ʐ', "z"}, {U'ʙ', "b"},  {U'ʜ', "h"}, {U'ʟ', "l"},  {U'ᴀ', "a"},  {U'ᴄ', "c"},
    {U'ᴅ', "d"},  {U'ᴇ', "e"}, {U'ᴊ', "j"},  {U'ᴋ', "k"}, {U'ᴍ', "m"},  {U'ᴏ', "o"},  {U'ᴘ', "p"},
    {U'ᴛ', "t"},  {U'ᴜ', "u"}, {U'ᴠ', "v"},  {U'ᴡ', "w"}, {U'ᴢ', "z"},  {U'ꜰ', "f"},  {U'ꜱ', "s"},
};

template <size_t N>
std::string_view Find(const Pair (&pairs)[N], char32_t code_point) {
  const auto* found = std::find_if(std::begin(pairs), std::end(pairs),
                                   [&](const Pair& p) { return p.code_point == code_point; });
  return found == std::end(pairs) ? std::string_view() : found->latin;
}

}  // namespace

std::string_view LookAlike(char32_t code_point) { return Find(kLookAlikes, code_point); }
std::string_view PlainLatin(char32_t code_point) { return Find(kPlainLatin, code_point); }

}  // namespace portcullis::text
