// A string that does not print itself: API keys, tokens, passwords.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace portcullis::config {

inline constexpr std::string_view kMaskedSecret = "********";

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  bool empty() const { return value_.empty(); }

  // The value itself: for the code that sends it, never for messages.
  const std::string& Reveal() const { return value_; }

  // What people may see: the mask, or "" when there is no secret.
  std::string_view Masked() const { return empty() ? std::string_view() : kMaskedSecret; }

  friend bool operator==(const Secret& a, const Secret& b) { return a.value_ == b.value_; }
  friend std::ostream& operator<<(std::ostream& out, const Secret& secret) { return out << secret.Masked(); }

 private:
  std::string value_;
};

}  // namespace portcullis::config
