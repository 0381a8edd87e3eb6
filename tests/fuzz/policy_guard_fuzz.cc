// The guard against any bytes in any chunks: what a stream releases is what the whole text's check releases,
// or, where that blocks, a prefix of it. The first byte picks chain, kind and chunk sizes, the rest is the
// text.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "services/policy/domain/engine.h"

namespace portcullis::policy {
namespace {

struct Fixture {
  explicit Fixture(std::vector<std::string> chain)
      : bundles(Compile(std::move(chain))), engine(&bundles, &clock, &probe) {}

  static std::shared_ptr<const Bundle> Compile(std::vector<std::string> chain) {
    ChainOptions options;
    options.chain = std::move(chain);
    options.safety_filter.action = OnDetect::kRedact;
    options.sql_injection.action = OnDetect::kRedact;
    options.sql_injection.prose = true;
    options.dlp_filter.blocked_terms = {"union", "project nightingale", "\xC3\xA9tat"};
    options.dlp_filter.detect_patterns = {"\\bPRJ-\\d{2,6}\\b", "[a-f]{3,40}x", "a(b|c)*d"};
    options.dlp_filter.fuzzy_matching = true;
    options.dlp_filter.sensitivity_level = Sensitivity::kRestricted;
    auto bundle = Bundle::Compile(options);
    if (!bundle.ok()) std::abort();
    return *std::move(bundle);
  }

  std::unique_ptr<Exchange> Open() {
    std::unique_ptr<Exchange> exchange;
    engine.Open({}, [&](absl::StatusOr<OpenResult> result) { exchange = std::move(result->exchange); });
    return exchange;
  }

  base::SystemClock clock;
  NullProbe probe;
  BundleSource bundles;
  Engine engine;
};

std::string Apply(std::string_view text, const std::vector<Edit>& edits, uint32_t from) {
  std::string out;
  uint32_t at = from;
  for (const Edit& edit : edits) {
    if (edit.begin < at || edit.end < edit.begin || edit.end > from + text.size()) std::abort();
    out += text.substr(at - from, edit.begin - at);
    out += edit.replacement;
    at = edit.end;
  }
  out += text.substr(at - from);
  return out;
}

void Check(Fixture& fixture, std::string_view text, SegmentKind kind, size_t step) {
  auto exchange = fixture.Open();
  std::string whole;
  exchange->CheckOutput({{text, kind, Role::kAssistant, ""}},
                        [&](absl::StatusOr<Decision> decision) { whole = Apply(text, decision->edits, 0); });
  std::string released;
  uint32_t end = 0;
  for (size_t at = 0, round = 0; at < text.size() || round == 0; ++round) {
    const size_t size = std::min(text.size() - at, 1 + (step * (round + 1)) % 17);
    const std::vector<Piece> pieces = {{0, kind, text.substr(at, size), at + size == text.size()}};
    at += size;
    exchange->Guard(pieces, [&](absl::StatusOr<GuardResult> result) {
      for (const Release& release : result->releases) {
        if (release.end <= end || release.end > at) std::abort();
        released += Apply(text.substr(end, release.end - end), release.edits, end);
        end = release.end;
      }
    });
  }
  if (released != whole) std::abort();
}

}  // namespace
}  // namespace portcullis::policy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using portcullis::policy::SegmentKind;
  static portcullis::policy::Fixture built_in({"pii-detector", "safety-filter", "secrets"});
  static portcullis::policy::Fixture own({"sql-injection", "dlp-filter"});
  if (size < 1 || size > 4096) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  portcullis::policy::Check((data[0] & 2) != 0 ? own : built_in, text,
                            (data[0] & 1) != 0 ? SegmentKind::kJson : SegmentKind::kText, data[0] >> 2);
  return 0;
}
