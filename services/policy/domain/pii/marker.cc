#include "services/policy/domain/pii/marker.h"

#include <algorithm>

#include "libs/base/strings.h"
#include "services/policy/domain/pii/fake.h"
#include "services/policy/domain/pii/pseudonyms.h"
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

absl::StatusOr<Marker> Marker::Create(const PiiDetectorOptions& options) {
  Marker marker;
  marker.preserve_length_ = options.preserve_length;
  marker.formats_.fill(options.marker_format);
  for (const EntityInfo& info : Entities()) {
    const auto index = static_cast<size_t>(info.entity);
    const auto custom = options.custom_markers.find(std::string(info.name));
    marker.custom_[index] = custom != options.custom_markers.end();
    marker.labels_[index] = marker.custom_[index] ? custom->second : "[" + std::string(info.label) + "]";
  }
  for (const auto& [name, format] : options.formats) {
    const auto entity = EntityByName(name);
    const auto known = std::find(kMarkerFormatNames.begin(), kMarkerFormatNames.end(), format);
    if (!entity.has_value() || known == kMarkerFormatNames.end()) {
      return absl::InvalidArgumentError(base::StrCat(
          "pii-detector: redaction.formats: \"", name, ": ", format,
          "\": the name must be an identifier's, the format one of label, asterisks, partial, fake, token"));
    }
    marker.formats_[static_cast<size_t>(*entity)] =
        static_cast<MarkerFormat>(known - kMarkerFormatNames.begin());
  }
  return marker;
}

Replaced Marker::Render(Entity entity, const Matched& matched) const {
  const auto index = static_cast<size_t>(entity);
  const MarkerFormat format = formats_[index];
  if (format == MarkerFormat::kFake) return {FakeOf(entity, matched.folded, matched.pseudonyms->Key())};
  if (format == MarkerFormat::kToken && matched.direction == Direction::kInput && !matched.in_number) {
    std::string token = matched.pseudonyms->TokenFor(InfoOf(entity).label, matched.folded, matched.raw);
    if (!token.empty()) return {std::move(token), true};
  }
  const bool label = format == MarkerFormat::kLabel || format == MarkerFormat::kToken;
  if (label || custom_[index]) return {Label(index, matched.folded.size())};
  if (format == MarkerFormat::kPartial && InfoOf(entity).keeps_last_four) return {Partial(matched.folded)};
  return {std::string(preserve_length_ ? matched.folded.size() : kAsterisks, '*')};
}

std::string Marker::Label(size_t entity, size_t length) const {
  std::string label = labels_[entity];
  if (preserve_length_) label.resize(length, '*');
  return label;
}

std::string Marker::Partial(std::string_view matched) const {
  const std::string shown = LastFour(matched);
  const size_t hidden = preserve_length_ ? matched.size() - shown.size() : kPartialAsterisks;
  return std::string(hidden, '*') + shown;
}

}  // namespace portcullis::policy
