#include "services/policy/domain/scan/prefilter.h"

#include <hs/hs.h>

#include <algorithm>
#include <limits>
#include <map>

#include "libs/base/strings.h"
#include "services/policy/domain/scan/char_class.h"
#include "services/policy/domain/scan/phrase_set.h"

namespace portcullis::policy {
namespace {

std::string Escape(std::string_view literal) {
  std::string out;
  for (const char c : literal) {
    if (IsAlnum(c)) {
      out += c;
      continue;
    }
    static constexpr char kHex[] = "0123456789abcdef";
    const auto byte = static_cast<uint8_t>(c);
    out += "\\x";
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

// Regions arrive by their trigger's end, so that only the last ones can overlap a new one. One that follows
// its trigger may reach beyond later ones.
void AddRegion(size_t begin, size_t end, std::vector<Region>* regions) {
  while (!regions->empty() && begin <= regions->back().end) {
    begin = std::min(begin, regions->back().begin);
    end = std::max(end, regions->back().end);
    regions->pop_back();
  }
  regions->push_back({begin, end});
}

}  // namespace

struct Prefilter::Pass {
  const Prefilter* prefilter;
  std::string_view text;
  PrefilterResult* result;
};

void PrefilterResult::Clear() {
  for (auto& lane : regions) lane.clear();
  reported.clear();
}

PrefilterScratch::~PrefilterScratch() { hs_free_scratch(scratch_); }

Prefilter::~Prefilter() { hs_free_database(database_); }

absl::StatusOr<std::unique_ptr<const Prefilter>> Prefilter::Compile(const std::vector<Trigger>& triggers) {
  std::unique_ptr<Prefilter> prefilter(new Prefilter());
  std::map<std::string, unsigned> ids;
  std::vector<std::string> patterns;
  for (const Trigger& trigger : triggers) {
    const std::string pattern = trigger.literal ? Escape(trigger.pattern) : trigger.pattern;
    const auto [id, is_new] = ids.try_emplace(pattern, static_cast<unsigned>(patterns.size()));
    if (is_new) {
      patterns.push_back(pattern);
      prefilter->targets_.emplace_back();
    }
    prefilter->targets_[id->second].push_back(
        {trigger.lane, trigger.kind, trigger.reach, static_cast<uint32_t>(trigger.pattern.size())});
  }
  if (patterns.empty()) return prefilter;
  std::vector<const char*> expressions;
  std::vector<unsigned> numbers;
  for (const std::string& pattern : patterns) {
    numbers.push_back(static_cast<unsigned>(expressions.size()));
    expressions.push_back(pattern.c_str());
  }
  const std::vector<unsigned> flags(patterns.size(), HS_FLAG_CASELESS | HS_FLAG_DOTALL);
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(expressions.data(), flags.data(), numbers.data(),
                       static_cast<unsigned>(patterns.size()), HS_MODE_BLOCK, nullptr, &prefilter->database_,
                       &error) != HS_SUCCESS) {
    const std::string where = error->expression >= 0 ? patterns[static_cast<size_t>(error->expression)] : "";
    const std::string message =
        base::StrCat("the scanner refuses the trigger \"", where, "\": ", error->message);
    hs_free_compile_error(error);
    return absl::InternalError(message);
  }
  return prefilter;
}

absl::Status Prefilter::Prepare(PrefilterScratch* scratch) const {
  if (database_ == nullptr || hs_alloc_scratch(database_, &scratch->scratch_) == HS_SUCCESS)
    return absl::OkStatus();
  return absl::InternalError("no memory for the scanner's scratch space");
}

bool Prefilter::Run(std::string_view text, PrefilterScratch* scratch, PrefilterResult* result) const {
  result->Clear();
  return Add(text, scratch, result);
}

bool Prefilter::Add(std::string_view text, PrefilterScratch* scratch, PrefilterResult* result) const {
  if (database_ == nullptr) return true;
  if (text.size() > std::numeric_limits<unsigned>::max()) return false;
  Pass pass{this, text, result};
  return hs_scan(database_, text.data(), static_cast<unsigned>(text.size()), 0, scratch->scratch_, OnMatch,
                 &pass) == HS_SUCCESS;
}

bool Prefilter::IsWordAt(std::string_view text, size_t end, const Target& target) {
  const size_t begin = end - target.length;
  if (begin > 0 && IsWordByte(text[begin - 1])) return false;
  return target.kind == Trigger::Reach::kWordPrefix || end == text.size() || !IsWordByte(text[end]);
}

int Prefilter::OnMatch(unsigned id, unsigned long long, unsigned long long to, unsigned, void* context) {
  const Pass& pass = *static_cast<const Pass*>(context);
  const auto end = static_cast<size_t>(to);
  for (const Target& target : pass.prefilter->targets_[id]) {
    if (target.kind == Trigger::Reach::kReport) {
      std::vector<uint32_t>& reported = pass.result->reported;
      if (std::find(reported.begin(), reported.end(), target.reach) == reported.end())
        reported.push_back(target.reach);
      continue;
    }
    if (target.kind == Trigger::Reach::kFollows) {
      AddRegion(end, std::min(pass.text.size(), end + target.reach), &pass.result->regions[target.lane]);
      continue;
    }
    const bool by_words = target.kind != Trigger::Reach::kBytes;
    if (by_words && !IsWordAt(pass.text, end, target)) continue;
    const size_t begin =
        by_words ? WordsBack(pass.text, end, target.reach) : end - std::min<size_t>(end, target.reach);
    AddRegion(begin, end, &pass.result->regions[target.lane]);
  }
  return 0;
}

}  // namespace portcullis::policy
