// Who runs the program.
#pragma once

#include <string>

namespace portcullis::app {

// "" when the system does not know.
std::string LoginName();

}  // namespace portcullis::app
