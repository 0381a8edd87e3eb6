// Made-up identifiers, true ones and ones with a wrong check, texts that carry them, and texts full of
// numbers that are none. Everything follows from the generator's seed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/rng.h"
#include "services/policy/domain/pii/entity.h"

namespace portcullis::policy {

struct Sample {
  std::string valid;
  std::optional<std::string> broken;  // the same with a wrong check, where there is one
};

Sample MakeSample(Entity entity, base::Rng& rng);

// A word that names the entity, in one of its languages.
std::string WordFor(Entity entity, base::Rng& rng);

inline constexpr size_t kCarriers = 20;

// `value` in carrier number `carrier`; *begin and *end: where it stands.
std::string Carry(size_t carrier, const std::string& word, const std::string& value, size_t* begin,
                  size_t* end);

struct Distractor {
  const char* name;
  std::string (*make)(base::Rng& rng);
};
const std::vector<Distractor>& Distractors();

}  // namespace portcullis::policy
