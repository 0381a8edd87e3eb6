#include "apps/process/audited_admin.h"

#include "libs/base/strings.h"

namespace portcullis::app {
namespace {

constexpr size_t kMaxTargetText = 256;

}  // namespace

std::string AuditedAdmin::TargetOf(const router::TargetWeights& weights) {
  std::string text = "weights/";
  for (const auto& [id, weight] : weights) {
    const std::string one = base::StrCat(text.ends_with('/') ? "" : ",", id, "=", weight);
    if (text.size() + one.size() > kMaxTargetText) break;
    text += one;
  }
  return text;
}

}  // namespace portcullis::app
