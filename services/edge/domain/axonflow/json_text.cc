#include "services/edge/domain/axonflow/json_text.h"

#include <nlohmann/json.hpp>

namespace portcullis::edge {

std::string Text(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace portcullis::edge
