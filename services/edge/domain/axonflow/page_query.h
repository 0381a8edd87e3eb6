// The query of a URL: "provider=mistral&limit=5".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::edge {

// The text with its percent-encoding undone; '+' is a space with `form`. What is no valid encoding stays.
std::string PercentDecoded(std::string_view text, bool form = true);

class PageQuery {
 public:
  // At most 64 fields; further ones are not seen.
  explicit PageQuery(std::string_view text);

  // "" = not there.
  std::string Text(std::string_view name) const;

  // A whole number from `low` to `high`, `otherwise` when it is not there; nullopt when it is anything else.
  std::optional<uint64_t> Number(std::string_view name, uint64_t low, uint64_t high,
                                 uint64_t otherwise) const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace portcullis::edge
