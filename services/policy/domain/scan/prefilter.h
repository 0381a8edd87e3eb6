// Finds in one pass where matches may begin, so that matchers run only there.
//
// A trigger is a short pattern of which every match of a matcher holds at least one; a match begins at most
// the trigger's reach before the trigger's end. All triggers of all matchers form one Vectorscan database,
// compiled once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

struct hs_database;
struct hs_scratch;

namespace portcullis::policy {

// Lanes of the configured chain, and after them those of a tenant's own policies.
inline constexpr size_t kChainLanes = 16;
inline constexpr size_t kMaxLanes = 64;

struct Trigger {
  enum class Reach : uint8_t {
    kBytes,       // a match begins at most `reach` bytes before the trigger's end
    kWords,       // the literal is a whole word; a match begins at most `reach` words before it
    kWordPrefix,  // the same for the beginning of a word
    kFollows,     // a match begins at most `reach` bytes after the trigger's end
    kReport,      // the trigger is itself the match: it is reported by its number `reach`
  };

  std::string pattern;  // regular expression, or literal text
  bool literal = false;
  uint8_t lane = 0;  // which matcher
  Reach kind = Reach::kBytes;
  uint32_t reach = 0;
};

// Start positions [begin, end) to try. Sorted, not overlapping.
struct Region {
  size_t begin = 0;
  size_t end = 0;
};

struct PrefilterResult {
  std::vector<Region> regions[kMaxLanes];
  std::vector<uint32_t> reported;  // numbers of kReport triggers, each at most once

  void Clear();
};

// Vectorscan's working memory: one per worker, for all bundles.
class PrefilterScratch {
 public:
  PrefilterScratch() = default;
  ~PrefilterScratch();
  PrefilterScratch(const PrefilterScratch&) = delete;
  PrefilterScratch& operator=(const PrefilterScratch&) = delete;

 private:
  friend class Prefilter;
  hs_scratch* scratch_ = nullptr;
};

// Immutable, shared by all threads.
class Prefilter {
 public:
  // INTERNAL: names the trigger that Vectorscan refuses.
  static absl::StatusOr<std::unique_ptr<const Prefilter>> Compile(const std::vector<Trigger>& triggers);
  ~Prefilter();

  // Makes the scratch large enough. Call once per worker and bundle. INTERNAL when memory is short.
  absl::Status Prepare(PrefilterScratch* scratch) const;

  // Fills `result` (cleared first). False if the pass failed: then every position must be tried.
  bool Run(std::string_view text, PrefilterScratch* scratch, PrefilterResult* result) const;

  // The same without clearing: for a second prefilter, with other lanes.
  bool Add(std::string_view text, PrefilterScratch* scratch, PrefilterResult* result) const;

 private:
  struct Target {
    uint8_t lane;
    Trigger::Reach kind;
    uint32_t reach;
    uint32_t length;  // of a literal
  };
  struct Pass;

  Prefilter() = default;
  static bool IsWordAt(std::string_view text, size_t end, const Target& target);
  static int OnMatch(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                     void* context);

  hs_database* database_ = nullptr;
  std::vector<std::vector<Target>> targets_;  // by expression
};

}  // namespace portcullis::policy
