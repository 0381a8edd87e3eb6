#include "services/policy/domain/pii/marker.h"

#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

constexpr size_t kAsterisks = 10;
constexpr size_t kPartialAsterisks = 4;
constexpr size_t kShown = 4;

// The last four letters or digits.
std::string LastFour(std::string_view matched) {
  std::string shown;
  for (size_t i = matched.size(); i-- > 0 && shown.size() < kShown;) {
    if (IsAlnum(matched[i])) shown.insert(shown.begin(), matched[i]);
  }
  return shown;
}

}  // namespace

Marker::Marker(const PiiDetectorOptions& options)
    : format_(options.marker_format), preserve_length_(options.preserve_length) {
  for (const EntityInfo& info : Entities()) {
    const auto index = static_cast<size_t>(info.entity);
    const auto custom = options.custom_markers.find(std::string(info.name));
    custom_[index] = custom != options.custom_markers.end();
    labels_[index] = custom_[index] ? custom->second : "[" + std::string(info.label) + "]";
  }
}

std::string Marker::Render(Entity entity, std::string_view matched) const {
  const auto index = static_cast<size_t>(entity);
  if (format_ == MarkerFormat::kLabel || custom_[index]) {
    std::string label = labels_[index];
    if (preserve_length_) label.resize(matched.size(), '*');
    return label;
  }
  if (format_ == MarkerFormat::kPartial && InfoOf(entity).keeps_last_four) return Partial(matched);
  return std::string(preserve_length_ ? matched.size() : kAsterisks, '*');
}

std::string Marker::Partial(std::string_view matched) const {
  const std::string shown = LastFour(matched);
  const size_t hidden = preserve_length_ ? matched.size() - shown.size() : kPartialAsterisks;
  return std::string(hidden, '*') + shown;
}

}  // namespace portcullis::policy
