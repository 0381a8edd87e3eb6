#include "apps/config/axonflow/interpolation.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/codes.h"
#include "libs/config/redact.h"

namespace portcullis::app::axonflow {
namespace {

using config::Node;

struct Reference {
  size_t length = 0;  // of the reference in the text; 0 = there is none
  std::string_view name;
  std::string_view fallback;
  std::string problem;
};

bool IsNameChar(char c, bool first) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  return letter || (!first && c >= '0' && c <= '9');
}

// The reference with which `text`, which begins with "$", begins.
Reference ReadReference(std::string_view text) {
  Reference reference;
  if (text.size() > 1 && text[1] == '{') {
    const size_t end = text.find('}');
    if (end == text.npos) return {text.size(), {}, {}, "has a ${ without its }"};
    const std::string_view inner = text.substr(2, end - 2);
    const size_t minus = inner.find(":-");
    reference = {end + 1, inner.substr(0, minus), minus == inner.npos ? "" : inner.substr(minus + 2), {}};
    if (!config::CheckVariableName(reference.name).empty()) {
      reference.problem =
          base::StrCat("names ", config::Quote(reference.name), ", which cannot be an environment variable");
    }
    return reference;
  }
  size_t end = 1;
  while (end < text.size() && IsNameChar(text[end], end == 1)) ++end;
  if (end > 1) reference = {end, text.substr(1, end - 1), {}, {}};
  return reference;
}

std::string ValueOf(const Reference& reference, const config::Environment& environment) {
  std::string value = environment.Get(reference.name).value_or("");
  return value.empty() ? std::string(reference.fallback) : value;
}

std::string Replace(std::string_view text, const config::Environment& environment, std::string* problem) {
  std::string result;
  while (!text.empty()) {
    const size_t dollar = std::min(text.find('$'), text.size());
    result += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.empty()) break;
    const Reference reference = ReadReference(text);
    if (!reference.problem.empty()) {
      *problem = reference.problem;
      return result;
    }
    result += reference.length == 0 ? "$" : ValueOf(reference, environment);
    text.remove_prefix(std::max<size_t>(reference.length, 1));
  }
  return result;
}

}  // namespace

void Interpolate(const config::Document& document, const config::Environment& environment, Node& node,
                 config::Issues& issues) {
  if (node.is_scalar() && node.scalar.find('$') != node.scalar.npos) {
    std::string problem;
    node.scalar = Replace(node.scalar, environment, &problem);
    if (node.scalar.empty()) node.kind = Node::Kind::kNull;
    if (!problem.empty()) {
      document.Report(issues, config::Severity::kError, config::code::kNotAllowed, "", node.position,
                      base::StrCat("this value ", problem), "write ${NAME} or ${NAME:-default}");
    }
  }
  for (Node& item : node.items) Interpolate(document, environment, item, issues);
  std::erase_if(node.entries, [&](config::Entry& entry) {
    const bool was_null = entry.value.is_null();
    Interpolate(document, environment, entry.value, issues);
    return entry.value.is_null() && !was_null;
  });
}

std::string OnlyVariable(std::string_view text, const config::Environment& environment) {
  if (text.empty() || text[0] != '$') return "";
  const Reference reference = ReadReference(text);
  if (reference.length != text.size() || !reference.problem.empty()) return "";
  const bool has_value = !environment.Get(reference.name).value_or("").empty();
  return has_value || reference.fallback.empty() ? std::string(reference.name) : "";
}

}  // namespace portcullis::app::axonflow
