// What stands in place of an identifier.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/policy/domain/chain_options.h"
#include "services/policy/domain/match_policy.h"
#include "services/policy/domain/pii/entity.h"

namespace portcullis::policy {

// Renders the marker of an identifier:
//   label      [EMAIL]
//   asterisks  **********
//   partial    ****1111 for cards, IBANs and phone numbers, asterisks for the rest
//   fake       a value of the same form that is nobody's (fake.h)
//   token      <EMAIL_1> in requests, and back in answers (pseudonyms.h); a label in answers
// A custom marker goes before the first three. With preserve_length the marker is as long as the identifier:
// asterisks one for each character, labels cut or filled up with asterisks.
class Marker {
 public:
  // INVALID_ARGUMENT: a format that is not known.
  static absl::StatusOr<Marker> Create(const PiiDetectorOptions& options);

  Replaced Render(Entity entity, const Matched& matched) const;

 private:
  Marker() = default;
  std::string Label(size_t entity, size_t length) const;
  std::string Partial(std::string_view matched) const;

  bool preserve_length_ = false;
  std::array<MarkerFormat, kEntityCount> formats_{};
  std::array<std::string, kEntityCount> labels_;
  std::array<bool, kEntityCount> custom_{};
};

}  // namespace portcullis::policy
