// JSON values of AxonFlow's answers as text.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace portcullis::edge {

// On one line. Bytes that are no UTF-8 become U+FFFD.
std::string Text(const nlohmann::ordered_json& json);

}  // namespace portcullis::edge
