#include "libs/http/message.h"

#include <algorithm>
#include <ostream>  // the next header needs it and does not include it

#include <boost/beast/http/status.hpp>

namespace portcullis::http {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

}  // namespace

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return Lower(x) == Lower(y); });
}

Headers::Headers(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  for (const auto& [name, value] : fields) Add(name, value);
}

void Headers::Add(std::string_view name, std::string_view value) {
  entries_.push_back({static_cast<uint32_t>(block_.size()), static_cast<uint32_t>(name.size()),
                      static_cast<uint32_t>(value.size())});
  block_.append(name).append(value);
}

void Headers::Reserve(size_t fields, size_t bytes) {
  entries_.reserve(fields);
  block_.reserve(bytes);
}

void Headers::Clear() {
  block_.clear();
  entries_.clear();
}

std::pair<std::string_view, std::string_view> Headers::operator[](size_t index) const {
  const Entry& entry = entries_[index];
  const std::string_view field(block_.data() + entry.offset, entry.name_size + entry.value_size);
  return {field.substr(0, entry.name_size), field.substr(entry.name_size)};
}

std::optional<std::string_view> Headers::Get(std::string_view name) const {
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].name_size != name.size()) continue;
    const auto [field_name, value] = (*this)[i];
    if (EqualsIgnoringCase(field_name, name)) return value;
  }
  return std::nullopt;
}

std::string_view Headers::GetOr(std::string_view name, std::string_view fallback) const {
  return Get(name).value_or(fallback);
}

size_t Headers::Count(std::string_view name) const {
  size_t count = 0;
  for (size_t i = 0; i < entries_.size(); ++i) count += EqualsIgnoringCase((*this)[i].first, name) ? 1 : 0;
  return count;
}

std::string_view ReasonPhrase(int status) {
  namespace beast = boost::beast::http;
  if (status < 100 || status > 999) return "Unknown";
  const beast::status known = beast::int_to_status(static_cast<unsigned>(status));
  if (known == beast::status::unknown) return "Unknown";
  const auto phrase = beast::obsolete_reason(known);
  return {phrase.data(), phrase.size()};
}

}  // namespace portcullis::http
