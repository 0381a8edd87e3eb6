#include "services/edge/adapters/axonflow/page.h"

namespace portcullis::edge {

bool TakesMethod(std::string_view methods, std::string_view method) {
  if (method == "HEAD") method = "GET";
  for (;;) {
    const size_t comma = methods.find(", ");
    if (methods.substr(0, comma) == method) return true;
    if (comma == methods.npos) return false;
    methods.remove_prefix(comma + 2);
  }
}

}  // namespace portcullis::edge
