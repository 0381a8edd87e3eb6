// What can be counted in an answer without a model.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace portcullis::policy {

// What the request says that an answer can be held against: collected once per exchange, bounded.
struct QualityContext {
  std::string language;           // of the last user message; "" = not known
  std::set<std::string> numbers;  // "1299", "3.5"
  std::set<std::string> links;    // addresses of the web
  std::set<std::string> sources;  // numbers in brackets: "[3]"

  // Adds one text of the request.
  void Add(std::string_view text);
};

inline constexpr size_t kMaxQualityFacts = 10'000;  // of each kind

// "en", "de", "fr", "es", "it", "pt", "nl" by common words, "ru", "el", "zh", "ja", "ko", "ar", "he", "hi",
// "th" by script; "" if the text is too short or mixed.
std::string LanguageOf(std::string_view text);

size_t CountCodePoints(std::string_view text);
size_t CountWords(std::string_view text);
size_t CountSentences(std::string_view text);

// Each gives 1 for good and 0 for bad.
double WholenessOf(std::string_view text);  // open code fences and brackets, an end within a sentence
double VarietyOf(std::string_view text);    // how few runs of three words come twice; texts under 20 words: 1
double PlaceholdersIn(std::string_view text);  // "[your name]", "lorem ipsum", "{{name}}"

// The share of what the answer cites (or of its numbers) that the request holds; -1 if it cites nothing, or
// the request holds nothing of the kind.
double CitationsIn(std::string_view text, const QualityContext& context);
double NumbersIn(std::string_view text, const QualityContext& context);

}  // namespace portcullis::policy
