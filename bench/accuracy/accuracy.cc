// How many texts of labelled data sets a policy flags, per source.
//
//   portcullis_accuracy --policy prompt-injection|safety-filter|pii-detector [--threshold T] [--list 0|1
//   [--missed]]
//                       --data FILE.jsonl...
//
// Each line of a file is an object with "text", "source" and "label" (1 = should be flagged, 0 = harmless).
// Flagged means blocked (for pii-detector: redacted). Intervals are Wilson's, 95 %. --list prints the flagged
// texts with that label and the rules that matched.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "services/policy/domain/engine.h"

namespace portcullis::policy {
namespace {

struct Arguments {
  std::string policy;
  double threshold = 0.8;
  int list = -1;
  bool missed = false;
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

class Run {
 public:
  Run(const Arguments& arguments, std::shared_ptr<const Bundle> bundle)
      : arguments_(arguments), bundles_(std::move(bundle)), engine_(&bundles_, &clock_, &probe_) {}

  void File(const std::string& path) {
    std::ifstream in(path);
    if (!in) throw std::runtime_error("cannot read " + path);
    for (std::string line; std::getline(in, line);) Row(nlohmann::json::parse(line));
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
    const int label = row.at("label");
    const std::string text = row.at("text");
    OpenRequest request;
    request.input.push_back({text, SegmentKind::kText, Role::kUser, "text"});
    bool flagged = false;
    engine_.Open(request, [&](absl::StatusOr<OpenResult> result) {
      if (!result.ok()) throw std::runtime_error(std::string(result.status().message()));
      flagged = result->decision.action >= Action::kRedact;
      if (flagged != arguments_.missed && label == arguments_.list) List(text, result->decision);
    });
    Count& count = counts_[{label, row.at("source")}];
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
  base::SystemClock clock_;
  NullProbe probe_;
  BundleSource bundles_;
  Engine engine_;
  std::map<std::pair<int, std::string>, Count> counts_;
};

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Flagged texts of labelled data sets, per source");
  app.add_option("--policy", arguments.policy, "kind of the policy")->required();
  app.add_option("--threshold", arguments.threshold, "of prompt-injection");
  app.add_option("--list", arguments.list, "print the flagged texts with this label");
  app.add_flag("--missed", arguments.missed, "with --list: those that were not flagged");
  app.add_option("--data", arguments.files, "JSON lines with text, source, label")->required();
  CLI11_PARSE(app, argc, argv);
  ChainOptions options;
  options.chain = {arguments.policy};
  options.prompt_injection.threshold = arguments.threshold;
  auto bundle = Bundle::Compile(options);
  if (!bundle.ok()) {
    std::cerr << bundle.status() << "\n";
    return 2;
  }
  Run run(arguments, *std::move(bundle));
  for (const std::string& file : arguments.files) run.File(file);
  run.Print();
  return 0;
}

}  // namespace
}  // namespace portcullis::policy

int main(int argc, char** argv) {
  try {
    return portcullis::policy::Main(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
