// How well pii-detector finds names of persons and postal addresses in presidio-research's synth_dataset_v2.
//
//   portcullis_name_accuracy --data synth_dataset_v2.jsonl [--part tuning|held-back] [--list]
//
// Each line is an object with "text" and "spans" (type, start, end in code points). A text belongs to a part
// by its template, which is what is left of it without its spans: no template is in both. A span is found
// when findings of its kind cover at least half of its letters and digits; a finding is right when at least
// half of its letters and digits lie in spans of its kind (for addresses: of places and postcodes too, and
// one of them must be an address). Prints Markdown.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/accuracy/checker.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

struct Arguments {
  std::string data;
  std::string part;
  bool list = false;
};

// What of a text belongs to spans or findings: one mark for each byte.
using Marks = std::vector<bool>;

struct Range {
  size_t begin = 0;
  size_t end = 0;
};

struct Kind {
  const char* rule;
  std::vector<std::string> types;  // the first is its own
  int spans = 0, found = 0, findings = 0, right = 0;

  double Recall() const { return static_cast<double>(found) / std::max(1, spans); }
  double Precision() const { return static_cast<double>(right) / std::max(1, findings); }
  double F1() const { return 2 * Recall() * Precision() / std::max(1e-9, Recall() + Precision()); }
};

std::vector<Range> CodePoints(const std::string& text) {
  std::vector<Range> out;
  for (size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<uint8_t>(text[at]) & 0xC0) != 0x80) out.push_back({at, at});
    out.back().end = at + 1;
  }
  return out;
}

// Whether at least half of the letters and digits of `range` are marked.
bool IsHalfMarked(const std::string& text, const Range& range, const Marks& marks) {
  int all = 0;
  int marked = 0;
  for (size_t at = range.begin; at < range.end; ++at) {
    if (!IsWordByte(text[at])) continue;
    ++all;
    marked += marks[at] ? 1 : 0;
  }
  return all > 0 && 2 * marked >= all;
}

bool IsTouched(const Range& range, const std::vector<Range>& by) {
  return std::any_of(by.begin(), by.end(),
                     [&](const Range& other) { return other.begin < range.end && other.end > range.begin; });
}

class Run {
 public:
  explicit Run(const Arguments& arguments) : arguments_(arguments), checker_(Options()) {}

  void File(const std::string& path) {
    ReadLines(path, [this](const nlohmann::json& row) { Row(row); });
  }

  void Print() const {
    std::printf("%d texts\n\n| kind | n | recall | precision | F1 |\n|---|---|---|---|---|\n", texts_);
    for (const Kind& kind : kinds_) {
      std::printf("| `%s` | %d | %.3f | %.3f | %.3f |\n", kind.rule, kind.spans, kind.Recall(),
                  kind.Precision(), kind.F1());
    }
  }

 private:
  static ChainOptions Options() {
    ChainOptions options;
    options.chain = {"pii-detector"};
    options.pii_detector.detect_names = options.pii_detector.detect_addresses = true;
    return options;
  }

  void Row(const nlohmann::json& row) {
    const std::string text = row.at("text");
    const std::vector<Range> points = CodePoints(text);
    std::string skeleton = text;
    std::vector<std::pair<std::string, Range>> spans;
    for (const auto& span : row.at("spans")) {
      const Range range{points[span.at("start").get<size_t>()].begin,
                        points[span.at("end").get<size_t>() - 1].end};
      spans.push_back({span.at("type"), range});
      for (size_t at = range.begin; at < range.end; ++at) skeleton[at] = '\0';
    }
    std::erase(skeleton, '\0');
    std::transform(skeleton.begin(), skeleton.end(), skeleton.begin(), ToLower);
    if (!arguments_.part.empty() && IsHeldBack(skeleton, 2) != (arguments_.part == "held-back")) return;
    ++texts_;
    const std::vector<Finding> findings = checker_.Find(text);
    for (Kind& kind : kinds_) Count(text, spans, findings, &kind);
  }

  void Count(const std::string& text, const std::vector<std::pair<std::string, Range>>& spans,
             const std::vector<Finding>& findings, Kind* kind) const {
    Marks found(text.size());
    Marks labelled(text.size());
    std::vector<Range> own;
    for (const auto& [type, range] : spans) {
      if (std::find(kind->types.begin(), kind->types.end(), type) == kind->types.end()) continue;
      if (type == kind->types[0]) own.push_back(range);
      std::fill(labelled.begin() + static_cast<std::ptrdiff_t>(range.begin),
                labelled.begin() + static_cast<std::ptrdiff_t>(range.end), true);
    }
    for (const Finding& finding : findings) {
      if (finding.rule != kind->rule) continue;
      const Range range{finding.begin, finding.end};
      const bool right = IsTouched(range, own) && IsHalfMarked(text, range, labelled);
      ++kind->findings;
      kind->right += right ? 1 : 0;
      if (!right) List(*kind, "wrong", text, range);
      std::fill(found.begin() + finding.begin, found.begin() + finding.end, true);
    }
    for (const Range& range : own) {
      ++kind->spans;
      const bool hit = IsHalfMarked(text, range, found);
      kind->found += hit ? 1 : 0;
      if (!hit) List(*kind, "missed", text, range);
    }
  }

  void List(const Kind& kind, const char* what, const std::string& text, const Range& range) const {
    if (!arguments_.list) return;
    const size_t from = range.begin - std::min<size_t>(range.begin, 40);
    std::cerr << kind.rule << " " << what << ": "
              << nlohmann::json(text.substr(from, range.begin - from))
                     .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
              << " [[" << text.substr(range.begin, range.end - range.begin) << "]] "
              << nlohmann::json(text.substr(range.end, 30))
                     .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
              << "\n";
  }

  const Arguments& arguments_;
  Checker checker_;
  int texts_ = 0;
  std::vector<Kind> kinds_ = {{"person_name", {"PERSON", "TITLE"}},
                              {"street_address", {"STREET_ADDRESS", "GPE", "ZIP_CODE"}}};
};

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Accuracy of pii-detector on names and addresses");
  app.add_option("--data", arguments.data, "JSON lines with text and spans")->required();
  app.add_option("--part", arguments.part, "tuning or held-back")
      ->check(CLI::IsMember({"tuning", "held-back"}));
  app.add_flag("--list", arguments.list, "print what was missed or found wrongly to stderr");
  CLI11_PARSE(app, argc, argv);
  Run run(arguments);
  run.File(arguments.data);
  run.Print();
  return 0;
}

}  // namespace
}  // namespace portcullis::policy

int main(int argc, char** argv) {
  return portcullis::policy::RunProgram(portcullis::policy::Main, argc, argv);
}
