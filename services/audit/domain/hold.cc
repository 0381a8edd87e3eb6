#include "services/audit/domain/hold.h"

#include <algorithm>

#include "libs/base/strings.h"

namespace portcullis::audit {

absl::Status CheckReason(const char* what, const std::string& text) {
  const bool one_line =
      std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; });
  if (!text.empty() && text.size() <= kMaxReason && one_line) return absl::OkStatus();
  return absl::InvalidArgumentError(base::StrCat(what, " must be one line of 1 to ", kMaxReason, " bytes"));
}

}  // namespace portcullis::audit
