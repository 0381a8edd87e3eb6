#include "apps/config/axonflow/words.h"

#include <algorithm>
#include <utility>

#include "libs/base/strings.h"
#include "libs/config/redact.h"
#include "libs/config/suggest.h"

namespace portcullis::app::axonflow {

std::vector<std::string> SplitList(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    std::string_view part = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    const size_t begin = part.find_first_not_of(" \t");
    if (begin == part.npos) continue;
    parts.emplace_back(part.substr(begin, part.find_last_not_of(" \t") - begin + 1));
  }
  return parts;
}

std::string NotOneOf(const std::string& word, const std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), word) != words.end()) return "";
  std::string list;
  for (const std::string& known : words) list += (list.empty() ? "" : ", ") + known;
  const std::string near = config::Nearest(word, words);
  return base::StrCat("must be one of ", list, ", not ", config::Quote(word),
                      near.empty() ? "" : base::StrCat("; did you mean ", config::Quote(near), "?"));
}

void TellOfVariable(config::Document& document, config::Issues& issues, config::Severity severity,
                    const char* code, std::string_view variable, std::string message,
                    std::string suggestion) {
  config::Position position;
  position.source = document.AddSource(std::string(variable));
  document.Report(issues, severity, code, "", position, base::StrCat(variable, " ", message),
                  std::move(suggestion));
}

}  // namespace portcullis::app::axonflow
