#include "libs/config/redact.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "libs/config/suggest.h"

namespace portcullis::config {
namespace {

constexpr size_t kMaxQuoted = 60;
constexpr size_t kLongWord = 20;

// The beginnings of keys that providers and code hosts hand out.
constexpr std::array<std::string_view, 12> kPrefixes = {"sk-",  "sk_",    "pk_",  "gsk_", "xai-", "hf_",
                                                        "ghp_", "glpat-", "AKIA", "AIza", "eyJ",  "r8_"};
constexpr std::array<std::string_view, 4> kSecretKeys = {"api_key", "token", "password", "secret"};

bool IsWordChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '+' || c == '=';
}

bool IsSecretKey(std::string_view key) {
  // Names of variables and headers and token counts are not secrets.
  if (key.find("header") != key.npos || key.find("prefix") != key.npos || key.find("tokens") != key.npos ||
      key.find("ref") != key.npos) {
    return false;
  }
  return std::any_of(kSecretKeys.begin(), kSecretKeys.end(), [&](std::string_view secret) {
    return key.find(secret) != key.npos || EditDistance(key, secret) <= 2;
  });
}

void Mask(std::string& line, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) {
    if (!std::isspace(static_cast<unsigned char>(line[i]))) line[i] = '*';
  }
}

// The end of the value that begins at `begin`: of the flow entry, or of the line.
size_t ValueEnd(std::string_view line, size_t begin) {
  if (begin < line.size() && (line[begin] == '"' || line[begin] == '\'')) {
    const size_t close = line.find(line[begin], begin + 1);
    return close == line.npos ? line.size() : close + 1;
  }
  const size_t end = line.find_first_of(",}#", begin);
  return end == line.npos ? line.size() : end;
}

void MaskAfterSecretKeys(std::string& line) {
  for (size_t colon = line.find(':'); colon != line.npos; colon = line.find(':', colon + 1)) {
    size_t key_end = colon;
    while (key_end > 0 &&
           (line[key_end - 1] == '"' || line[key_end - 1] == '\'' || line[key_end - 1] == ' ')) {
      --key_end;
    }
    size_t key_begin = key_end;
    while (key_begin > 0 && IsWordChar(line[key_begin - 1])) --key_begin;
    if (!IsSecretKey(std::string_view(line).substr(key_begin, key_end - key_begin))) continue;
    const size_t value = line.find_first_not_of(" \t", colon + 1);
    if (value != line.npos && line[value] != '{') Mask(line, value, ValueEnd(line, value));
  }
}

// A password inside a value: "password=..." of a connection string (and what follows it: it may be quoted in
// many ways), "scheme://user:...@host" of a URI.
void MaskWithinValues(std::string& line) {
  constexpr std::string_view kParameter = "password";
  for (size_t at = line.find(kParameter); at != line.npos; at = line.find(kParameter, at)) {
    at = line.find_first_not_of(" \t", at + kParameter.size());
    if (at != line.npos && line[at] == '=') Mask(line, at + 1, line.size());
  }
  for (size_t at = line.find("://"); at != line.npos; at = line.find("://", at + 1)) {
    const size_t host = line.find('@', at);
    const size_t colon = line.find(':', at + 3);
    const bool within = host != line.npos && line.find_first_of(" \t\"", at) >= host;
    if (within && colon < host) Mask(line, colon + 1, host);
  }
}

}  // namespace

bool LooksLikeSecret(std::string_view word) {
  for (std::string_view prefix : kPrefixes) {
    if (word.size() >= prefix.size() + 8 && word.substr(0, prefix.size()) == prefix) return true;
  }
  size_t run = 0, digits = 0, letters = 0;
  for (char c : word) {
    if (!std::isalnum(static_cast<unsigned char>(c))) {
      run = digits = letters = 0;
      continue;
    }
    ++run;
    (std::isdigit(static_cast<unsigned char>(c)) ? digits : letters)++;
    if (run >= kLongWord && digits >= 2 && letters >= 2) return true;
  }
  return false;
}

std::string MaskLine(std::string_view text) {
  std::string line(text);
  MaskAfterSecretKeys(line);
  MaskWithinValues(line);
  for (size_t begin = 0; begin < line.size();) {
    if (!IsWordChar(line[begin])) {
      ++begin;
      continue;
    }
    size_t end = begin;
    while (end < line.size() && IsWordChar(line[end])) ++end;
    if (LooksLikeSecret(std::string_view(line).substr(begin, end - begin))) Mask(line, begin, end);
    begin = end;
  }
  return line;
}

std::string Quote(std::string_view value) {
  std::string shown = MaskLine(value);
  if (shown.size() > kMaxQuoted) {
    size_t end = kMaxQuoted;
    while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xC0) == 0x80) --end;
    shown = shown.substr(0, end) + "...";
  }
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return "\"" + shown + "\"";
}

}  // namespace portcullis::config
