// From an admin port's JSON to lines for people.
#pragma once

#include <string>
#include <vector>

namespace portcullis::targets {

// The member `key` of a JSON object of nlohmann's: "", 0 or false when there is none of that type.
template <typename Json>
std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->template get<std::string>() : "";
}

template <typename Json>
double Number(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->template get<double>() : 0;
}

template <typename Json>
bool Flag(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->template get<bool>();
}

// A number as printf's `format` for one double writes it, in up to 63 characters.
std::string Fixed(double value, const char* format);

// Columns two blanks apart, no blanks at the ends of lines. The first row is the header; all have its length.
using Row = std::vector<std::string>;
std::string Table(const std::vector<Row>& rows);

}  // namespace portcullis::targets
