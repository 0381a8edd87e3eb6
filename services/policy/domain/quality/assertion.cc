#include "services/policy/domain/quality/assertion.h"

#include <algorithm>

#include "libs/base/strings.h"
#include "services/policy/domain/quality/quality_names.h"
#include "services/policy/domain/quality/quality_text.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

std::string Lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += ToLower(c);
  return out;
}

bool IsOneOf(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

bool IsCount(std::string_view type) { return type.substr(0, 4) == "min-" || type.substr(0, 4) == "max-"; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && static_cast<uint8_t>(text.back()) <= ' ') text.remove_suffix(1);
  while (!text.empty() && static_cast<uint8_t>(text.front()) <= ' ') text.remove_prefix(1);
  return text;
}

}  // namespace

absl::StatusOr<Assertion> Assertion::Create(const QualityAssertion& options) {
  if (std::find(kAssertionTypes.begin(), kAssertionTypes.end(), options.type) == kAssertionTypes.end()) {
    return absl::InvalidArgumentError(base::StrCat("type \"", options.type, "\" is not known"));
  }
  Assertion assertion(options);
  const std::string& value = options.value;
  const bool json = IsOneOf(options.type, {"is-json", "contains-json"});
  if (value.empty() && !json) return absl::InvalidArgumentError(base::StrCat(options.type, " needs a value"));
  if (IsCount(options.type)) {
    if (value.size() > 9 || !std::all_of(value.begin(), value.end(), IsDigit)) {
      return absl::InvalidArgumentError(base::StrCat(options.type, " needs a number, not \"", value, "\""));
    }
    assertion.number_ = std::stoul(value);
  }
  if (options.type == "regex") {
    auto pattern = DlpPattern::Parse(options.case_sensitive ? value : base::StrCat("(?i)", value));
    if (!pattern.ok()) return pattern.status();
    assertion.pattern_ = std::make_shared<const DlpPattern>(*std::move(pattern));
  }
  if (json && !value.empty()) {
    auto schema = JsonSchema::Parse(value);
    if (!schema.ok()) return schema.status();
    assertion.schema_ = *std::move(schema);
  }
  return assertion;
}

bool Assertion::Test(std::string_view text) const {
  const std::string& type = options_.type;
  if (IsCount(type)) return TestNumber(text);
  if (type == "regex") return TestPattern(text);
  if (type == "language") return LanguageOf(text) == options_.value;
  if (type == "is-json") return schema_ != nullptr ? schema_->Fits(text) : IsJson(text);
  if (type == "contains-json") {
    const std::string_view json = JsonInside(text);
    return schema_ != nullptr ? schema_->Fits(json) : !json.empty() && IsJson(json);
  }
  const std::string folded = options_.case_sensitive ? std::string() : Lower(text);
  const std::string value = options_.case_sensitive ? options_.value : Lower(options_.value);
  if (!options_.case_sensitive) text = folded;
  if (type == "contains") return text.find(value) != text.npos;
  text = Trimmed(text);
  if (type == "starts-with") return text.substr(0, value.size()) == value;
  if (type == "equals") return text == value;
  return text.size() >= value.size() && text.substr(text.size() - value.size()) == value;
}

bool Assertion::TestNumber(std::string_view text) const {
  const std::string_view what = std::string_view(options_.type).substr(4);
  const size_t count = what == "chars"   ? CountCodePoints(text)
                       : what == "words" ? CountWords(text)
                                         : CountSentences(text);
  return options_.type[1] == 'i' ? count >= number_ : count <= number_;
}

bool Assertion::TestPattern(std::string_view text) const {
  for (size_t at = 0; at < text.size(); ++at) {
    if (pattern_->first()[static_cast<uint8_t>(text[at])] &&
        pattern_->At({text, true, nullptr}, at).matched())
      return true;
  }
  return false;
}

}  // namespace portcullis::policy
