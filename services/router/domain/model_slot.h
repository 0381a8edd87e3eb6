// The place of the model's name in a request body: the one thing that a target changes in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace portcullis::router {

// Belongs to one body; survives the body's moves, not other edits of it.
class ModelSlot {
 public:
  // `begin`..`end` are the bytes of the value of the top-level "model" key of the JSON object `body`, quotes
  // included; both 0 when it has none. An error when they cannot be: outside the body, or the body is no
  // object.
  static absl::StatusOr<ModelSlot> Find(std::string_view body, uint32_t begin, uint32_t end);

  // Makes `literal` (a JSON string, with its quotes) the model of `body`. The key is inserted first when
  // absent.
  void Set(std::string_view literal, std::string& body);

  // Makes the body what it was at Find.
  void Restore(std::string& body);

 private:
  ModelSlot(size_t begin, size_t end, std::string original)
      : begin_(begin), end_(end), original_(std::move(original)) {}

  size_t begin_;  // what Set wrote last, or the original
  size_t end_;
  std::string original_;
};

}  // namespace portcullis::router
