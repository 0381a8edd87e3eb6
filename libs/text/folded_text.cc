#include "libs/text/folded_text.h"

#include <algorithm>

namespace portcullis::text {

void FoldedText::AppendUnit(std::string_view bytes, uint32_t raw_length) {
  const uint32_t at = end();
  const bool empty_after_empty = bytes.empty() && !units_.empty() && units_.back().begin == at &&
                                 units_.back().end == at && units_.back().raw_end == raw_end_;
  if (empty_after_empty) {
    units_.back().raw_end += raw_length;
  } else {
    units_.push_back({at, at + static_cast<uint32_t>(bytes.size()), raw_end_, raw_end_ + raw_length});
  }
  bytes_ += bytes;
  raw_end_ += raw_length;
}

void FoldedText::AppendNumberByte(char byte) {
  const uint32_t at = end();
  if (!numbers_.empty() && numbers_.back().end == at) {
    ++numbers_.back().end;
  } else {
    numbers_.push_back({at, at + 1});
  }
  AppendSame({&byte, 1});
}

const FoldedText::Unit* FoldedText::UnitAt(uint32_t offset) const {
  const auto after = std::upper_bound(units_.begin(), units_.end(), offset,
                                      [](uint32_t at, const Unit& unit) { return at < unit.begin; });
  return after == units_.begin() ? nullptr : &*std::prev(after);
}

uint32_t FoldedText::RawBegin(uint32_t offset) const {
  const Unit* unit = UnitAt(offset);
  if (unit == nullptr) return offset;
  if (offset < unit->end) return unit->raw_begin;
  return unit->raw_end + (offset - unit->end);
}

uint32_t FoldedText::RawEnd(uint32_t offset) const {
  const Unit* unit = UnitAt(offset - 1);
  if (unit == nullptr) return offset;
  if (offset - 1 < unit->end) return unit->raw_end;
  return unit->raw_end + (offset - unit->end);
}

bool FoldedText::InNumber(uint32_t offset) const {
  const auto after = std::upper_bound(numbers_.begin(), numbers_.end(), offset,
                                      [](uint32_t at, const Range& number) { return at < number.begin; });
  return after != numbers_.begin() && offset < std::prev(after)->end;
}

void FoldedText::TrimTo(uint32_t offset) {
  if (offset <= begin_) return;
  bytes_.erase(0, offset - begin_);
  begin_ = offset;
  const Unit* anchor = UnitAt(offset);  // stays: what follows it is counted from it
  if (anchor != nullptr) units_.erase(units_.begin(), units_.begin() + (anchor - units_.data()));
  while (!numbers_.empty() && numbers_.front().end < offset) numbers_.erase(numbers_.begin());
}

void FoldedText::Clear() {
  bytes_.clear();
  units_.clear();
  numbers_.clear();
  begin_ = raw_end_ = 0;
}

}  // namespace portcullis::text
