// Bounded matchers and the scan that drives them.
//
// A matcher looks at one start position and says that nothing begins there, that a match of some length does,
// or that the text so far ends before this is decided. Its answer depends only on kContextBytes before the
// position and on at most max_length() bytes after it: that is what makes a stream release the same text as
// the whole. Matchers are immutable and shared by all threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace portcullis::policy {

// How far a matcher may look back before a start position, in bytes.
inline constexpr size_t kContextBytes = 128;

// The text as far as it is known. Matchers count the bytes they look at in `steps`, for tests of linear time.
struct Window {
  std::string_view text;
  bool final = true;  // no more text will come
  uint64_t* steps = nullptr;
};

struct MatchResult {
  enum class Outcome : uint8_t { kNone, kMatch, kOpen };

  Outcome outcome = Outcome::kNone;
  uint16_t rule = 0;    // number of the rule within its matcher
  uint32_t length = 0;  // bytes

  static MatchResult None() { return {}; }
  static MatchResult Open() { return {Outcome::kOpen, 0, 0}; }
  static MatchResult Match(uint16_t rule, size_t length) {
    return {Outcome::kMatch, rule, static_cast<uint32_t>(length)};
  }
  bool matched() const { return outcome == Outcome::kMatch; }
  bool open() const { return outcome == Outcome::kOpen; }
};

// What several rules say of one position: the longest match, the first of equals, and open as long as one is.
class BestMatch {
 public:
  void Add(const MatchResult& result) {
    if (result.open()) open_ = true;
    if (result.matched() && (!best_.matched() || result.length > best_.length)) best_ = result;
  }
  MatchResult result() const { return open_ ? MatchResult::Open() : best_; }

 private:
  MatchResult best_;
  bool open_ = false;
};

class Matcher {
 public:
  virtual ~Matcher() = default;

  virtual MatchResult At(const Window& window, size_t position) const = 0;

  // Whether a match can begin with this byte after that one: a cheap test before At. At the start of the text
  // `before` is a space.
  virtual bool MayStart(char before, char first) const = 0;

  // The first position in [from, until) at which a match can begin; `until` if there is none. Depends on at
  // most kContextBytes before the position.
  virtual size_t NextStart(std::string_view text, size_t from, size_t until) const;

  // The most bytes of folded text that a match can have.
  virtual size_t max_length() const = 0;
};

// A match in folded text.
struct Hit {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint16_t rule = 0;
};

// Looks for matches that begin in [*at, until), leftmost first and then longest; what a match covers is not
// looked at again. Appends them and moves *at on. Returns false if it stopped at a position that is still
// open.
bool Scan(const Matcher& matcher, const Window& window, size_t until, size_t* at, std::vector<Hit>* hits);

}  // namespace portcullis::policy
