// How many texts of labelled data sets a policy flags, per source.
//
//   portcullis_accuracy --policy prompt-injection|safety-filter|pii-detector|sql-injection [--threshold T]
//                       [--list 0|1 [--missed]] [--part tuning|held-back] [--like WORD] --data FILE.jsonl...
//
// Each line of a file is an object with "text", "source" and "label" (1 = should be flagged, 0 = harmless).
// A label that is a word is the source too; it should be flagged if it is "sqli". Flagged means blocked (for
// pii-detector: redacted). Intervals are Wilson's, 95 %. --list prints the flagged texts with that label and
// the rules that matched. --part takes two thirds of the texts or the last third: texts that differ in
// nothing but numbers, letters within quotes and case are in the same part. --like takes texts that hold the
// word.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/accuracy/checker.h"

namespace portcullis::policy {
namespace {

struct Arguments {
  std::string policy;
  double threshold = 0.8;
  int list = -1;
  bool missed = false;
  std::string part;
  std::string like;
  std::vector<std::string> files;
};

struct Count {
  int total = 0;
  int flagged = 0;
};

// Wilson's score interval for `count`, 95 %.
std::pair<double, double> Interval(const Count& count) {
  constexpr double kZ = 1.96;
  const double n = count.total;
  const double p = count.flagged / n;
  const double center = p + kZ * kZ / (2 * n);
  const double spread = kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
  const double scale = 1 + kZ * kZ / n;
  return {(center - spread) / scale, (center + spread) / scale};
}

void PrintRow(int label, const std::string& source, const Count& count) {
  const auto [low, high] = Interval(count);
  std::printf("%d      %-26s %6d %8d %7.2f %%  %6.2f .. %6.2f\n", label, source.c_str(), count.total,
              count.flagged, 100.0 * count.flagged / count.total, 100 * low, 100 * high);
}

// What is left of a text without what changes from one attack of a kind to the next.
std::string Skeleton(const std::string& text) {
  std::string out;
  char quote = 0;
  for (const char c : text) {
    const bool is_quote = c == '\'' || c == '"';
    if (is_quote) quote = quote == c ? '\0' : c;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const char kept = c >= '0' && c <= '9'   ? '0'
                      : letter && quote != 0 ? 'a'
                                             : static_cast<char>(c | (letter ? 32 : 0));
    const bool repeats = !out.empty() && out.back() == kept && (kept == '0' || kept == 'a');
    if (!repeats) out += kept;
  }
  return out;
}

class Run {
 public:
  Run(const Arguments& arguments, const ChainOptions& options) : arguments_(arguments), checker_(options) {}

  void File(const std::string& path) {
    ReadLines(path, [this](const nlohmann::json& row) { Row(row); });
  }

  void Print() const {
    std::printf("label  source                          n  flagged      rate   95 %%\n");
    std::map<int, Count> all;
    for (const auto& [key, count] : counts_) {
      PrintRow(key.first, key.second, count);
      all[key.first].total += count.total;
      all[key.first].flagged += count.flagged;
    }
    for (const auto& [label, count] : all) PrintRow(label, "all", count);
  }

 private:
  void Row(const nlohmann::json& row) {
    const bool named = row.at("label").is_string();
    const std::string source = named ? row.at("label") : row.at("source");
    const int label = named ? (source == "sqli" ? 1 : 0) : row.at("label").get<int>();
    const std::string text = row.at("text");
    if (!arguments_.part.empty() && IsHeldBack(Skeleton(text), 3) != (arguments_.part == "held-back")) return;
    if (text.find(arguments_.like) == text.npos) return;
    const Decision decision = checker_.Check({text});
    const bool flagged = decision.action >= Action::kRedact;
    if (flagged != arguments_.missed && label == arguments_.list) List(text, decision);
    Count& count = counts_[{label, source}];
    ++count.total;
    count.flagged += flagged ? 1 : 0;
  }

  static void List(const std::string& text, const Decision& decision) {
    for (const Finding& finding : decision.findings) {
      std::cout << finding.rule << " [" << text.substr(finding.begin, finding.end - finding.begin) << "]  ";
    }
    std::cout << "\n    " << text.substr(0, 300) << "\n";
  }

  const Arguments& arguments_;
  Checker checker_;
  std::map<std::pair<int, std::string>, Count> counts_;
};

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Flagged texts of labelled data sets, per source");
  app.add_option("--policy", arguments.policy, "kind of the policy")->required();
  app.add_option("--threshold", arguments.threshold, "of prompt-injection");
  app.add_option("--list", arguments.list, "print the flagged texts with this label");
  app.add_flag("--missed", arguments.missed, "with --list: those that were not flagged");
  app.add_option("--part", arguments.part, "tuning or held-back")
      ->check(CLI::IsMember({"tuning", "held-back"}));
  app.add_option("--like", arguments.like, "only texts that hold this");
  app.add_option("--data", arguments.files, "JSON lines with text, source, label")->required();
  CLI11_PARSE(app, argc, argv);
  ChainOptions options;
  options.chain = {arguments.policy};
  options.prompt_injection.threshold = arguments.threshold;
  options.sql_injection.prose = true;
  Run run(arguments, options);
  for (const std::string& file : arguments.files) run.File(file);
  run.Print();
  return 0;
}

}  // namespace
}  // namespace portcullis::policy

int main(int argc, char** argv) {
  return portcullis::policy::RunProgram(portcullis::policy::Main, argc, argv);
}
