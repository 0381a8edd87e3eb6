// The identifiers that are groups of letters and digits, as data: identifier_matcher.h interprets it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/pii/pii_context.h"

namespace portcullis::policy {

// An entity may have several.
//
// shape    a character per letter or digit: "d" a digit, "l" a letter, "a" either, anything else itself.
// layouts  the ways to write it, "|" between them: sizes of the groups with the sign that stands between
//          ("3-2-4"); "_" is a space, a dash or a dot, the same one throughout. After "!" it counts wherever
//          it stands; without, only after a word that names it. Written with lower-case letters it always
//          needs the word.
// valid    null: the shape is all there is to check.
struct IdentifierSpec {
  Entity entity;
  std::string_view shape;
  std::string_view layouts;
  bool (*valid)(std::string_view compact);
};

std::span<const IdentifierSpec> IdentifierSpecs();

// The words that name each entity, also those whose matchers are written by hand.
std::vector<ContextWords::Entry> EntityWords();

}  // namespace portcullis::policy
