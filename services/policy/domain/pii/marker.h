// What stands in place of an identifier.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "services/policy/domain/chain_options.h"
#include "services/policy/domain/pii/entity.h"

namespace portcullis::policy {

// Renders the marker of an identifier:
//   label      [EMAIL]
//   asterisks  **********
//   partial    ****1111 for cards, IBANs and phone numbers, asterisks for the rest
// A custom marker goes before the format. With preserve_length the marker is as long as the identifier:
// asterisks one for each character, labels cut or filled up with asterisks.
class Marker {
 public:
  explicit Marker(const PiiDetectorOptions& options);

  std::string Render(Entity entity, std::string_view matched) const;

 private:
  std::string Partial(std::string_view matched) const;

  MarkerFormat format_;
  bool preserve_length_;
  std::array<std::string, kEntityCount> labels_;
  std::array<bool, kEntityCount> custom_{};
};

}  // namespace portcullis::policy
