#include "libs/config/yaml_wording.h"

#include <string_view>

#include "libs/base/strings.h"
#include "libs/config/codes.h"

namespace portcullis::config {
namespace {

constexpr char kCloseBracket[] = "add the missing \"]\" or \"}\"";

// yaml-cpp's words, and ours for them.
struct Wording {
  std::string_view theirs;
  const char* message;
  const char* suggestion;
};

constexpr Wording kWordings[] = {
    // the first is the one about colons
    {"illegal map value", "a \":\" cannot stand here",
     "put text that contains \": \" in quotes, and align this line with its neighbours"},
    {"illegal map key", "a key cannot stand here", "check the indentation of this line"},
    {"illegal block entry", "a \"- \" list entry cannot stand here", "check the indentation of this line"},
    {"end of map not found", "this line does not line up with the lines above it",
     "give the keys of one mapping the same indentation"},
    {"end of sequence not found", "this line does not line up with the list above it",
     "give the \"- \" entries of one list the same indentation"},
    {"end of map flow not found", kUnclosedBracket, kCloseBracket},
    {"end of sequence flow not found", kUnclosedBracket, kCloseBracket},
    {"illegal tab when looking for indentation", "a tab indents this line; YAML indents with spaces only",
     "replace the tab by spaces"},
    {"the referenced anchor is not defined", "this alias (*name) has no anchor (&name) before it",
     "text that begins with \"*\" needs quotes"},
    {"unknown token", "this character cannot begin a value", "put the text in quotes"},
    {"illegal EOF in scalar", "this quoted string is never closed", "add the closing quote"},
    {"unknown escape character: ", "this backslash escape is not known in double quotes",
     "double the backslash, or use single quotes"},
};

}  // namespace

YamlProblem Translate(const std::string& said, const Position& position) {
  for (const Wording& wording : kWordings) {
    if (std::string_view(said).substr(0, wording.theirs.size()) == wording.theirs) {
      return {code::kSyntax, position, wording.message, wording.suggestion, &wording == kWordings};
    }
  }
  return {code::kSyntax, position, base::StrCat("this is not YAML: ", said), ""};
}

}  // namespace portcullis::config
