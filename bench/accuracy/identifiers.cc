// How well pii-detector and secrets find what is there, and what they find where nothing is.
//
//   portcullis_identifier_accuracy [--count 1000] [--digits 10000000] [--presidio FILE.jsonl]
//                                  [--clean FOLDER...] [--list] > docs/accuracy.md
//
// Per identifier: made-up true ones in 20 carriers and six languages, each with a twin whose check is wrong;
// then texts full of numbers that are none; with --presidio the structured types of that data set; with
// --clean source code in which no secret is expected. Prints Markdown.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "bench/accuracy/checker.h"
#include "samples.h"

namespace portcullis::policy {
namespace {

constexpr uint64_t kSeed = 20260711;
constexpr uintmax_t kMaxFile = 1 << 20;

struct Arguments {
  int count = 1000;
  uint64_t digits = 10'000'000;
  std::string presidio;
  std::vector<std::string> clean;
  bool list = false;
};

struct Score {
  int positives = 0, found = 0, twins = 0, twins_found = 0;

  double Recall() const { return static_cast<double>(found) / std::max(1, positives); }
  double Precision() const { return static_cast<double>(found) / std::max(1, found + twins_found); }
  double F1() const { return 2.0 * found / std::max(1, positives + found + twins_found); }
};

bool Covers(const std::vector<Finding>& findings, std::string_view entity, size_t begin, size_t end) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.rule == entity && finding.begin <= begin && finding.end >= end;
  });
}

Score ScoreOf(Checker& checker, const EntityInfo& info, const Arguments& arguments, base::Rng& rng) {
  Score score;
  for (int i = 0; i < arguments.count; ++i) {
    const Sample sample = MakeSample(info.entity, rng);
    const std::string word = WordFor(info.entity, rng);
    size_t begin = 0;
    size_t end = 0;
    const std::string text = Carry(static_cast<size_t>(i) % kCarriers, word, sample.valid, &begin, &end);
    ++score.positives;
    const bool found = Covers(checker.Find(text), info.name, begin, end);
    score.found += found ? 1 : 0;
    if (!found && arguments.list) std::cerr << info.name << " missed: " << text << "\n";
    if (!sample.broken.has_value()) continue;
    const std::string twin = Carry(static_cast<size_t>(i) % kCarriers, word, *sample.broken, &begin, &end);
    ++score.twins;
    const bool wrong = Covers(checker.Find(twin), info.name, begin, end);
    score.twins_found += wrong ? 1 : 0;
    if (wrong && arguments.list) std::cerr << info.name << " wrong: " << twin << "\n";
  }
  return score;
}

void PrintIdentifiers(Checker& checker, const Arguments& arguments, base::Rng& rng) {
  std::printf(
      "## Identifiers\n\n%d made-up true ones each, in 20 carriers and six languages, after a word that "
      "names "
      "them; as many twins with a wrong\ncheck (\"–\": the identifier has none).\n\n"
      "| identifier | recall | twins found | precision | F1 |\n|---|---|---|---|---|\n",
      arguments.count);
  for (const EntityInfo& info : Entities()) {
    if (info.entity == Entity::kPersonName || info.entity == Entity::kStreetAddress) continue;  // names.cc
    const Score score = ScoreOf(checker, info, arguments, rng);
    const std::string twins = score.twins == 0 ? "–" : std::to_string(score.twins_found);
    std::printf("| `%s` | %.4f | %s | %.4f | %.4f |\n", std::string(info.name).c_str(), score.Recall(),
                twins.c_str(), score.Precision(), score.F1());
  }
}

void PrintDistractors(Checker& checker, const Arguments& arguments, base::Rng& rng) {
  std::printf(
      "\n## Numbers that are none\n\n| text | items | digits | findings | per item | what |\n"
      "|---|---|---|---|---|---|\n");
  uint64_t all_items = 0;
  uint64_t all_findings = 0;
  const uint64_t share = arguments.digits / Distractors().size();
  for (const Distractor& distractor : Distractors()) {
    uint64_t items = 0;
    uint64_t digits = 0;
    uint64_t findings = 0;
    std::map<std::string, int> rules;
    while (digits < share) {
      std::string text;
      for (int i = 0; i < 100; ++i, ++items) text += distractor.make(rng) + "\n";
      digits += static_cast<uint64_t>(
          std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
      for (const Finding& finding : checker.Find(text)) {
        ++findings;
        ++rules[finding.rule];
      }
    }
    all_items += items;
    all_findings += findings;
    std::string what;
    for (const auto& [rule, count] : rules)
      what += (what.empty() ? "" : ", ") + rule + " " + std::to_string(count);
    std::printf("| %s | %llu | %llu | %llu | %.6f | %s |\n", distractor.name,
                static_cast<unsigned long long>(items), static_cast<unsigned long long>(digits),
                static_cast<unsigned long long>(findings),
                static_cast<double>(findings) / static_cast<double>(items), what.c_str());
  }
  std::printf(
      "\nOf all items %.6f were rightly left alone.\n",
      1.0 - static_cast<double>(all_findings) / static_cast<double>(std::max<uint64_t>(1, all_items)));
}

// Offsets of that data count code points.
size_t ByteOffset(const std::string& text, size_t code_points) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    if ((static_cast<uint8_t>(text[at]) & 0xC0) != 0x80 && code_points-- == 0) break;
  }
  return at;
}

void PrintPresidio(Checker& checker, const Arguments& arguments) {
  static const std::map<std::string, std::string> kTypes = {
      {"CREDIT_CARD", "payment_card"}, {"PHONE_NUMBER", "phone"}, {"EMAIL_ADDRESS", "email"},
      {"IBAN_CODE", "iban"},           {"US_SSN", "us_ssn"},      {"IP_ADDRESS", "ip"}};
  std::map<std::string, Score> scores;
  ReadLines(arguments.presidio, [&](const nlohmann::json& row) {
    const std::string text = row.at("text");
    std::vector<Finding> findings = checker.Find(text);
    for (Finding& finding : findings) finding.rule = finding.rule.substr(0, 2) == "ip" ? "ip" : finding.rule;
    for (const auto& span : row.at("spans")) {
      const auto type = kTypes.find(span.at("type"));
      if (type == kTypes.end()) continue;
      Score& score = scores[type->second];
      ++score.positives;
      const size_t begin = ByteOffset(text, span.at("start"));
      const size_t end = ByteOffset(text, span.at("end"));
      const auto found = std::find_if(findings.begin(), findings.end(), [&](const Finding& finding) {
        return finding.rule == type->second && finding.begin < end && finding.end > begin;
      });
      if (found != findings.end()) {
        ++score.found;
        findings.erase(found);
      } else if (arguments.list) {
        std::cerr << type->second << " missed: " << text.substr(begin, end - begin) << " in: " << text
                  << "\n";
      }
    }
    for (const Finding& finding : findings) {
      const bool scored =
          std::any_of(kTypes.begin(), kTypes.end(), [&](const auto& t) { return t.second == finding.rule; });
      if (scored) ++scores[finding.rule].twins_found;
      if (scored && arguments.list)
        std::cerr << finding.rule << " wrong: " << text.substr(finding.begin, finding.end - finding.begin)
                  << " in: " << text << "\n";
    }
  });
  std::printf(
      "\n## presidio-research synth_dataset_v2, structured types\n\n| type | n | recall | precision | F1 "
      "|\n|---|---|---|---|---|\n");
  Score all;
  for (const auto& [type, score] : scores) {
    std::printf("| %s | %d | %.4f | %.4f | %.4f |\n", type.c_str(), score.positives, score.Recall(),
                score.Precision(), score.F1());
    all.positives += score.positives;
    all.found += score.found;
    all.twins_found += score.twins_found;
  }
  std::printf("| all | %d | %.4f | %.4f | %.4f |\n", all.positives, all.Recall(), all.Precision(), all.F1());
}

void PrintClean(const Arguments& arguments) {
  ChainOptions options;
  options.chain = {"secrets"};
  Checker checker(options);
  uint64_t bytes = 0;
  uint64_t files = 0;
  std::map<std::string, int> rules;
  for (const std::string& folder : arguments.clean) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file() || entry.file_size() > kMaxFile) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      if (text.find('\0') != std::string::npos) continue;
      bytes += text.size();
      ++files;
      for (const Finding& finding : checker.Find(text)) {
        ++rules[finding.rule];
        if (arguments.list) {
          std::cerr << finding.rule << " " << entry.path().string() << ": "
                    << text.substr(finding.begin > 40 ? finding.begin - 40 : 0, std::min(finding.begin, 40u))
                    << " [[ " << text.substr(finding.begin, std::min<size_t>(80, finding.end - finding.begin))
                    << " ]]\n";
        }
      }
    }
  }
  int alerts = 0;
  std::string what;
  for (const auto& [rule, count] : rules) {
    alerts += count;
    what += (what.empty() ? "" : ", ") + rule + " " + std::to_string(count);
  }
  std::printf("\n## Secrets in clean source code\n\n%llu files, %.1f MB: %d alerts (%s), %.2f per 10 MB.\n",
              static_cast<unsigned long long>(files), static_cast<double>(bytes) / 1e6, alerts, what.c_str(),
              alerts / (static_cast<double>(bytes) / 1e7));
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Accuracy of pii-detector and secrets");
  app.add_option("--count", arguments.count, "made-up samples per identifier");
  app.add_option("--digits", arguments.digits, "digits of texts without identifiers");
  app.add_option("--presidio", arguments.presidio, "synth_dataset_v2 as JSON lines with text and spans");
  app.add_option("--clean", arguments.clean, "folders of source code");
  app.add_flag("--list", arguments.list, "print what was missed or found wrongly to stderr");
  CLI11_PARSE(app, argc, argv);
  ChainOptions defaults;
  defaults.chain = {"pii-detector"};
  ChainOptions everything = defaults;
  for (const EntityInfo& info : Entities()) everything.pii_detector.entities[std::string(info.name)] = true;
  everything.pii_detector.entities["person_name"] = everything.pii_detector.entities["street_address"] =
      false;
  base::SystemRng rng(kSeed);
  std::printf(
      "# Accuracy of pii-detector and secrets\n\nWritten by `portcullis_identifier_accuracy` "
      "(bench/accuracy); what each section means stands there. The samples are made by the rules "
      "and with the words that\nthe policy knows: they show that those hold, not what people write. The "
      "data set and the source code are others'.\n\n");
  Checker all(everything);
  PrintIdentifiers(all, arguments, rng);
  Checker as_shipped(defaults);
  PrintDistractors(as_shipped, arguments, rng);
  if (!arguments.presidio.empty()) PrintPresidio(as_shipped, arguments);
  if (!arguments.clean.empty()) PrintClean(arguments);
  return 0;
}

}  // namespace
}  // namespace portcullis::policy

int main(int argc, char** argv) {
  return portcullis::policy::RunProgram(portcullis::policy::Main, argc, argv);
}
