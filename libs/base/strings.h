// String helpers on the standard types. Debian 12's Abseil has its own string_view, distinct from
// std::string_view, so that absl::StrCat and absl::Status do not take ours.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/status.h"

namespace portcullis::base {
namespace internal {

inline void AppendPiece(std::string& out, std::string_view piece) { out += piece; }
inline void AppendPiece(std::string& out, const char* piece) { out += piece; }
inline void AppendPiece(std::string& out, char piece) { out += piece; }

template <typename T>
requires(std::is_arithmetic_v<T> && !std::is_same_v<T, char> &&
         !std::is_same_v<T, bool>) void AppendPiece(std::string& out, T number) {
  char buffer[32];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), number).ptr);
}

}  // namespace internal

// The pieces, one after the other. Numbers in their shortest exact form.
template <typename... Pieces>
std::string StrCat(const Pieces&... pieces) {
  std::string out;
  (internal::AppendPiece(out, pieces), ...);
  return out;
}

// The message of a status, as a standard view; valid as long as the status.
inline std::string_view Message(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace portcullis::base
