#include "services/policy/domain/injection/decodings.h"

#include <algorithm>

#include "libs/text/utf8.h"
#include "services/policy/domain/injection/base64.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

constexpr int kMaxComments = 64;

int HexValue(char c) { return IsDigit(c) ? c - '0' : ToLower(c) - 'a' + 10; }

}  // namespace

std::string DecodeHexText(std::string_view run) {
  run = run.substr(0, std::min(run.size() / 2 * 2, kMaxBase64Run));
  if (!std::all_of(run.begin(), run.end(), IsHex)) return {};
  std::string out;
  for (size_t i = 0; i + 1 < run.size(); i += 2)
    out += static_cast<char>(HexValue(run[i]) * 16 + HexValue(run[i + 1]));
  const bool readable =
      std::all_of(out.begin(), out.end(), [](char c) { return (c >= ' ' && c < 0x7F) || c == '\n'; });
  return readable ? out : std::string();
}

std::string Rot13(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (!IsLetter(c)) continue;
    const char first = c >= 'a' ? 'a' : 'A';
    c = static_cast<char>(first + (c - first + 13) % 26);
  }
  return out;
}

std::string FromLeet(std::string_view text) {
  static constexpr std::string_view kDigits = "0134578@$";
  static constexpr std::string_view kLetters = "oieastbas";
  std::string out(text);
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t found = kDigits.find(out[i]);
    if (found == kDigits.npos) continue;
    const bool beside_letter =
        (i > 0 && IsLetter(out[i - 1])) || (i + 1 < out.size() && IsLetter(text[i + 1]));
    if (beside_letter) out[i] = kLetters[found];
  }
  return out;
}

const Hit* FirstInComment(std::string_view text, const std::vector<Hit>& hits) {
  if (hits.empty()) return nullptr;
  size_t open = text.find("<!--");
  for (int comments = 0; open != text.npos && comments < kMaxComments;
       open = text.find("<!--", open), ++comments) {
    const size_t close = std::min(text.find("-->", open), text.size());
    const auto inside = std::find_if(hits.begin(), hits.end(), [&](const Hit& hit) {
      return hit.begin > open && hit.end <= close && hit.end > hit.begin;
    });
    if (inside != hits.end()) return &*inside;
    open = close;
  }
  return nullptr;
}

}  // namespace portcullis::policy
