// An engine with its surroundings, and what tests do with it: whole checks and guarded streams as plain text.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/testing/fake_clock.h"
#include "services/policy/domain/engine.h"

namespace portcullis::policy {

inline std::shared_ptr<const Bundle> CompileOrDie(const ChainOptions& options) {
  auto bundle = Bundle::Compile(options);
  EXPECT_TRUE(bundle.ok()) << bundle.status();
  return *std::move(bundle);
}

inline ChainOptions DefaultChain() {
  ChainOptions options;
  options.chain = {"prompt-injection", "pii-detector", "safety-filter", "audit-logger"};
  return options;
}

// `text` with `edits` applied; positions count from `from`.
inline std::string ApplyEdits(std::string_view text, const std::vector<Edit>& edits, uint32_t from = 0) {
  std::string out;
  uint32_t at = from;
  for (const Edit& edit : edits) {
    EXPECT_LE(at, edit.begin);
    EXPECT_LE(edit.begin, edit.end);
    out += text.substr(at - from, edit.begin - at);
    out += edit.replacement;
    at = edit.end;
  }
  out += text.substr(at - from);
  return out;
}

// What a guarded stream gave.
struct Streamed {
  std::string released;
  bool blocked = false;
  Action action = Action::kAllow;
  uint64_t most_held = 0;
  std::vector<Finding> findings;
};

class Harness {
 public:
  explicit Harness(const ChainOptions& options = DefaultChain())
      : bundles_(CompileOrDie(options)), engine_(&bundles_, &clock_, &probe_) {}

  Engine& engine() { return engine_; }
  BundleSource& bundles() { return bundles_; }
  testing::FakeClock& clock() { return clock_; }

  absl::StatusOr<OpenResult> OpenAs(const OpenRequest& request) {
    absl::StatusOr<OpenResult> out = absl::UnknownError("no callback");
    engine_.Open(request, [&](absl::StatusOr<OpenResult> result) { out = std::move(result); });
    return out;
  }

  absl::StatusOr<OpenResult> Open(std::vector<Segment> input) {
    OpenRequest request;
    request.input = std::move(input);
    return OpenAs(request);
  }

  Decision CheckInput(std::string_view text, Role role = Role::kUser, SegmentKind kind = SegmentKind::kText) {
    auto result = Open({{text, kind, role, "messages[0].content"}});
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? result->decision : Decision();
  }

  std::unique_ptr<Exchange> NewExchange() { return std::move(Open({})->exchange); }

  Decision CheckOutput(std::string_view text, SegmentKind kind = SegmentKind::kText) {
    Decision out;
    NewExchange()->CheckOutput({{text, kind, Role::kAssistant, "choices[0]"}},
                               [&](absl::StatusOr<Decision> decision) { out = *std::move(decision); });
    return out;
  }

  std::string RedactOutput(std::string_view text, SegmentKind kind = SegmentKind::kText) {
    return ApplyEdits(text, CheckOutput(text, kind).edits);
  }

  // Streams `text` cut at `cuts` (ascending byte offsets).
  Streamed Stream(std::string_view text, const std::vector<size_t>& cuts,
                  SegmentKind kind = SegmentKind::kText) {
    Streamed out;
    auto exchange = NewExchange();
    uint32_t released = 0;
    size_t at = 0;
    for (size_t i = 0; i <= cuts.size() && !out.blocked; ++i) {
      const bool last = i == cuts.size();
      const size_t end = last ? text.size() : cuts[i];
      const std::vector<Piece> pieces = {{7, kind, text.substr(at, end - at), last}};
      at = end;
      exchange->Guard(pieces, [&](absl::StatusOr<GuardResult> result) {
        ASSERT_TRUE(result.ok()) << result.status();
        for (const Release& release : result->releases) {
          EXPECT_EQ(release.channel, 7u);
          EXPECT_GT(release.end, released);
          EXPECT_LE(release.end, at);
          out.released += ApplyEdits(text.substr(released, release.end - released), release.edits, released);
          released = release.end;
        }
        EXPECT_EQ(result->held_bytes, at - released);
        out.most_held = std::max(out.most_held, result->held_bytes);
        out.blocked = result->action >= Action::kEscalate;
        out.action = result->action;
        for (Finding& finding : result->findings) out.findings.push_back(std::move(finding));
      });
    }
    return out;
  }

 private:
  testing::FakeClock clock_;
  NullProbe probe_;
  BundleSource bundles_;
  Engine engine_;
};

}  // namespace portcullis::policy
