#include "libs/config/checks.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "libs/base/strings.h"
#include "libs/config/redact.h"
#include "libs/config/suggest.h"

namespace portcullis::config {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsAlnum(char c) { return IsDigit(c) || IsAlpha(c); }

template <typename F>
bool All(std::string_view text, F accept) {
  return std::all_of(text.begin(), text.end(), accept);
}

bool IsPort(std::string_view text) {
  unsigned port = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
  return !text.empty() && parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() &&
         port <= 65535;
}

bool IsHost(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return All(host.substr(1, host.size() - 2),
               [](char c) { return IsAlnum(c) || c == ':' || c == '.' || c == '%'; });
  }
  return !host.empty() && host.size() <= 253 &&
         All(host, [](char c) { return IsAlnum(c) || c == '-' || c == '.' || c == '_'; });
}

// SemVer's dot-separated identifiers; numeric ones have no leading zero where `strict`.
bool AreIdentifiers(std::string_view text, bool strict) {
  while (true) {
    const std::string_view part = text.substr(0, text.find('.'));
    if (part.empty() || !All(part, [](char c) { return IsAlnum(c) || c == '-'; })) return false;
    if (strict && part.size() > 1 && part.front() == '0' && All(part, IsDigit)) return false;
    if (part.size() == text.size()) return true;
    text.remove_prefix(part.size() + 1);
  }
}

}  // namespace

std::string CheckAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos)
    return base::StrCat("must be host:port, for example 127.0.0.1:41002, not ", Quote(text));
  if (!IsPort(text.substr(colon + 1))) {
    return base::StrCat("must end with a port of 0 to 65535, not ", Quote(text.substr(colon + 1)));
  }
  if (IsHost(text.substr(0, colon))) return "";
  return base::StrCat("must be host:port with a host name or address (IPv6 in brackets), not ", Quote(text));
}

std::string CheckUrl(std::string_view text) {
  std::string_view rest = text;
  if (rest.substr(0, 8) == "https://") {
    rest.remove_prefix(8);
  } else if (rest.substr(0, 7) == "http://") {
    rest.remove_prefix(7);
  } else {
    return base::StrCat("must begin with https:// or http://, not ", Quote(text));
  }
  if (!All(text, [](char c) { return c > ' ' && c < 0x7F; }))
    return "must not hold spaces or non-ASCII characters";
  const std::string_view authority = rest.substr(0, rest.find('/'));
  if (authority.find('@') != authority.npos)
    return "must not hold a user name or password; use secret_key_ref";
  if (rest.find_first_of("?#") != rest.npos) return "must not hold a query or a fragment";
  const bool bracketed = !authority.empty() && authority.front() == '[';
  const size_t colon = bracketed ? authority.find("]:") : authority.find(':');
  const size_t host_end = colon == authority.npos ? authority.size() : colon + (bracketed ? 1 : 0);
  const std::string_view port = authority.substr(std::min(authority.size(), host_end + 1));
  if (!IsHost(authority.substr(0, host_end))) return base::StrCat("must name a host, not ", Quote(text));
  if (host_end < authority.size() && !IsPort(port))
    return base::StrCat("must have a port of 0 to 65535, not ", Quote(port));
  return "";
}

std::string CheckVariableName(std::string_view text) {
  const bool form =
      !text.empty() && !IsDigit(text.front()) && All(text, [](char c) { return IsAlnum(c) || c == '_'; });
  if (form) return "";
  return base::StrCat("must be the name of an environment variable, not ", Quote(text),
                      LooksLikeSecret(text) ? " (which looks like the key itself)" : "");
}

std::string CheckHeaderName(std::string_view text) {
  const bool form = !text.empty() && All(text, [](char c) {
    return IsAlnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
  return form ? "" : base::StrCat("must be the name of an HTTP header, not ", Quote(text));
}

std::string CheckOneLine(std::string_view text) {
  const bool form = All(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
  return form ? "" : "must be one line without control characters";
}

std::string CheckIdentifier(std::string_view text) {
  const bool form = !text.empty() && IsAlnum(text.front()) && All(text, [](char c) {
    return IsAlnum(c) || std::string_view("._:/-").find(c) != std::string_view::npos;
  });
  return form ? "" : base::StrCat("must be made of letters, digits and \"._:/-\", not ", Quote(text));
}

std::string CheckSemVer(std::string_view text) {
  const std::string wrong = base::StrCat("must be a semantic version such as 1.0.0, not ", Quote(text));
  const size_t plus = text.find('+');
  const std::string_view build = plus == text.npos ? "0" : text.substr(plus + 1);
  const std::string_view before = text.substr(0, plus);
  const size_t dash = before.find('-');
  const std::string_view pre = dash == before.npos ? "0" : before.substr(dash + 1);
  const std::string_view core = before.substr(0, dash);
  const bool three = std::count(core.begin(), core.end(), '.') == 2 &&
                     All(core, [](char c) { return IsDigit(c) || c == '.'; }) && AreIdentifiers(core, true);
  return three && AreIdentifiers(pre, true) && AreIdentifiers(build, false) ? "" : wrong;
}

Check OneOf(std::vector<std::string> names, std::string what) {
  return [names = std::move(names), what = std::move(what)](std::string_view text) -> std::string {
    if (std::find(names.begin(), names.end(), text) != names.end()) return "";
    const std::string near = Nearest(text, names);
    return base::StrCat("knows no ", what, " ", Quote(text),
                        near.empty() ? "" : base::StrCat("; did you mean ", Quote(near), "?"));
  };
}

}  // namespace portcullis::config
