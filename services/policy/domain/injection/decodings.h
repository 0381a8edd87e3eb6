// Ways to write words so that filters do not read them and models do.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

// The decoded text of a run of hexadecimal digits, or "" if it is no readable text.
std::string DecodeHexText(std::string_view run);

// The text with each ASCII letter moved by 13; same length.
std::string Rot13(std::string_view text);

// The text with digits within words as the letters that they look like; same length.
std::string FromLeet(std::string_view text);

// Of texts in ROT13 that FindRewritten is for, each holds one: "ignore", "instructions", "system prompt"...
inline constexpr std::array<std::string_view, 8> kRot13Signs = {"vtaber", "vafgehpg", "cerivbhf", "qvfertneq",
                                                                "flfgrz", "cebzcg",   "birevq",   "sbetrg"};

// The same for words with digits in place of letters (regular expressions): "1gn0re", "instruct10ns",
// "syst3m".
inline constexpr std::array<std::string_view, 6> kLeetSigns = {
    "(1gn[o0]r[e3]|ign0r[e3]|ignor3)",     "([i1]n[s5]truct[i1][o0]n[s5]|1nstruct)",
    "(pr[e3]v[i1][o0]u[s5]|pr3vi|previ0)", "([s5]y[s5]t[e3]m|syst3)[ _]*pr[o0]",
    "(d[i1][s5]r[e3]g[a4@]rd|d1sreg)",     "(f[o0]rg[e3]t|f0rge|forg3)"};

// The first hit that lies in a comment of HTML, or null.
const Hit* FirstInComment(std::string_view text, const std::vector<Hit>& hits);

}  // namespace portcullis::policy
