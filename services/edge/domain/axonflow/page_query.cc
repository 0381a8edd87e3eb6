#include "services/edge/domain/axonflow/page_query.h"

#include <algorithm>
#include <charconv>

namespace portcullis::edge {
namespace {

constexpr size_t kMaxFields = 64;

}  // namespace

std::string PercentDecoded(std::string_view text, bool form) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += form && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

PageQuery::PageQuery(std::string_view text) {
  while (!text.empty() && fields_.size() < kMaxFields) {
    const std::string_view field = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), field.size() + 1));
    const size_t equals = field.find('=');
    if (equals == field.npos) continue;
    fields_.emplace_back(PercentDecoded(field.substr(0, equals)), PercentDecoded(field.substr(equals + 1)));
  }
}

std::string PageQuery::Text(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (key == name) return value;
  }
  return "";
}

std::optional<uint64_t> PageQuery::Number(std::string_view name, uint64_t low, uint64_t high,
                                          uint64_t otherwise) const {
  const std::string text = Text(name);
  if (text.empty()) return otherwise;
  uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value < low || value > high) {
    return std::nullopt;
  }
  return value;
}

}  // namespace portcullis::edge
