// What reading AxonFlow's variables has in common.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/config/document.h"
#include "libs/config/issues.h"

namespace portcullis::app::axonflow {

// The parts of a list with commas, without blanks around them and without empty ones.
std::vector<std::string> SplitList(std::string_view list);

// Why `word` is not one of `words`; "" = it is.
std::string NotOneOf(const std::string& word, const std::vector<std::string>& words);

// Adds an issue about the variable; the message follows its name.
void TellOfVariable(config::Document& document, config::Issues& issues, config::Severity severity,
                    const char* code, std::string_view variable, std::string message,
                    std::string suggestion = "");

}  // namespace portcullis::app::axonflow
