#include "services/router/adapters/weights/weights_file.h"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "libs/base/strings.h"
#include "libs/spool/files.h"

namespace portcullis::router {
namespace {

using nlohmann::json;

// A weight that is not above 0 makes the file one that cannot be understood.
bool Take(const json& from, TargetWeights* out) {
  if (!from.is_object()) return false;
  for (const auto& [id, weight] : from.items()) {
    if (!weight.is_number() || !(weight.get<double>() > 0) || !(weight.get<double>() <= kMaxTargetWeight))
      return false;
    out->emplace(id, weight.get<double>());
  }
  return true;
}

}  // namespace

absl::StatusOr<KeptWeights> WeightsFile::Read() const {
  std::ifstream in(path_, std::ios::binary);
  if (!in) return absl::NotFoundError(base::StrCat("there is no ", path_.native()));
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const json document = json::parse(text, nullptr, false);
  KeptWeights kept;
  const bool whole = document.is_object() && document.contains("configured") &&
                     document.contains("weights") && Take(document["configured"], &kept.configured) &&
                     Take(document["weights"], &kept.weights);
  if (!whole) return absl::DataLossError(base::StrCat(path_.native(), " holds no weights"));
  return kept;
}

absl::Status WeightsFile::Write(const KeptWeights& kept) const {
  const std::string text = json{{"configured", kept.configured}, {"weights", kept.weights}}.dump(2) + "\n";
  return spool::ReplaceFileForGood(path_, text);
}

}  // namespace portcullis::router
