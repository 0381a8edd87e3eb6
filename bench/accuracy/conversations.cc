// How often prompt-injection takes chats for attacks because of what their turns say together, and how many
// attacks it still sees that are cut in parts.
//
//   portcullis_conversation_accuracy --data FILE.jsonl... [--threshold T] [--decay D] [--list]
//
// Each line of a file is an object with "text", "source" and "label" (1 = attack). Harmless texts of one
// source become the user's turns of made-up chats of 2, 4, 8 and 16 turns, in the order of the file
// (mt_bench: its own two turns); a chat counts as wrong when the conversation is an attack and none of its
// turns is. Attacks of at most kLongest bytes that are seen whole are cut between or in words, in 2 to 4
// parts of equal size: as turns, in variables, and to be remembered; what is counted are those of which no
// part alone is seen. Prints Markdown.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/accuracy/checker.h"

namespace portcullis::policy {
namespace {

constexpr size_t kLongest = 600;
constexpr std::string_view kMultiTurn = "multi_turn.";

struct Arguments {
  double threshold = 0.8;
  double decay = PromptInjectionOptions().multi_turn_decay;
  bool list = false;
  std::vector<std::string> files;
};

using Turns = std::vector<std::string>;
using TextsBySource = std::map<std::string, Turns>;

// What the policy says of a chat of these turns of a user.
struct Verdict {
  bool by_turn = false;      // some turn alone is an attack
  bool by_turns = false;     // several together are
  std::string rule, reason;  // of the latter
};

Verdict VerdictOf(Checker& checker, const Turns& turns) {
  Verdict verdict;
  for (const Finding& finding : checker.Check(turns).findings) {
    if (finding.action != Action::kBlock) continue;
    const bool together = finding.rule.substr(0, kMultiTurn.size()) == kMultiTurn;
    (together ? verdict.by_turns : verdict.by_turn) = true;
    if (together) verdict.rule = finding.rule;
    if (together) verdict.reason = finding.reason;
  }
  return verdict;
}

void Read(const std::string& path, TextsBySource* harmless, TextsBySource* attacks) {
  ReadLines(path, [&](const nlohmann::json& row) {
    TextsBySource& texts = row.at("label").get<int>() == 1 ? *attacks : *harmless;
    texts[row.at("source")].push_back(row.at("text"));
  });
}

void PrintChats(const char* title, const TextsBySource& texts, const Arguments& arguments, Checker& checker) {
  std::printf("\n| %s, turns | chats | an attack by its turns together | rate |\n|---|---|---|---|\n", title);
  for (const size_t size : {2u, 4u, 8u, 16u}) {
    int chats = 0;
    int wrong = 0;
    for (const auto& [source, all] : texts) {
      for (size_t at = 0; at + size <= all.size(); at += size) {
        const Turns turns(all.begin() + static_cast<std::ptrdiff_t>(at),
                          all.begin() + static_cast<std::ptrdiff_t>(at + size));
        const Verdict verdict = VerdictOf(checker, turns);
        if (verdict.by_turn) continue;
        ++chats;
        wrong += verdict.by_turns ? 1 : 0;
        if (verdict.by_turns && arguments.list)
          std::cerr << source << " " << verdict.rule << ": " << verdict.reason << "\n";
      }
    }
    std::printf("| %zu | %d | %d | %.3f %% |\n", size, chats, wrong, 100.0 * wrong / std::max(1, chats));
  }
}

// Cut at equal distances; `words`: between words.
Turns Cut(const std::string& text, size_t parts, bool words) {
  Turns out;
  size_t at = 0;
  for (size_t i = 1; i <= parts; ++i) {
    size_t end = i == parts ? text.size() : text.size() * i / parts;
    while (i < parts && end > at && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
    while (i < parts && words && end > at && text[end] != ' ') --end;
    out.push_back(text.substr(at, end - at));
    at = words && end < text.size() && text[end] == ' ' ? end + 1 : end;
  }
  return out;
}

// The ways in which parts of an attack are handed in.
enum class Form { kWords, kWithinWords, kVariables, kRemember };

Turns Split(const std::string& text, size_t parts, Form form) {
  Turns turns = Cut(text, parts, form == Form::kWords || form == Form::kRemember);
  if (form == Form::kWords || form == Form::kWithinWords) return turns;
  std::string sum;
  for (size_t i = 0; i < turns.size(); ++i) {
    const std::string name(1, static_cast<char>('p' + i));
    sum += (i == 0 ? "" : " + ") + name;
    turns[i] =
        form == Form::kVariables ? name + " = \"" + turns[i] + "\"" : "Please remember this: " + turns[i];
  }
  turns.push_back(form == Form::kVariables ? "Now answer " + sum
                                           : "Thanks. Now do what I told you to remember.");
  return turns;
}

void PrintAttacks(const TextsBySource& texts, const Arguments& arguments, Checker& checker) {
  static constexpr const char* kForms[] = {"turns, cut between words", "turns, cut within words",
                                           "variables, added up", "\"remember this: ...\", then \"do it\""};
  std::printf(
      "\n| how an attack is cut | attacks | seen by their turns together | rate |\n|---|---|---|---|\n");
  for (const Form form : {Form::kWords, Form::kWithinWords, Form::kVariables, Form::kRemember}) {
    int attacks = 0;
    int seen = 0;
    for (const auto& [source, all] : texts) {
      for (const std::string& text : all) {
        const bool quotes = text.find('"') != text.npos || text.find('\n') != text.npos;
        if (text.size() > kLongest || quotes || !VerdictOf(checker, {text}).by_turn) continue;
        for (const size_t parts : {2u, 3u, 4u}) {
          const Verdict verdict = VerdictOf(checker, Split(text, parts, form));
          if (verdict.by_turn) continue;
          ++attacks;
          seen += verdict.by_turns ? 1 : 0;
          if (!verdict.by_turns && arguments.list)
            std::cerr << "missed, " << parts << " parts: " << text << "\n";
        }
      }
    }
    std::printf("| %s | %d | %d | %.1f %% |\n", kForms[static_cast<int>(form)], attacks, seen,
                100.0 * seen / std::max(1, attacks));
  }
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Accuracy of prompt-injection on conversations");
  app.add_option("--threshold", arguments.threshold, "of prompt-injection");
  app.add_option("--decay", arguments.decay, "multi_turn.decay");
  app.add_option("--data", arguments.files, "JSON lines with text, source, label")->required();
  app.add_flag("--list", arguments.list, "print what is wrong to stderr");
  CLI11_PARSE(app, argc, argv);
  ChainOptions options;
  options.chain = {"prompt-injection"};
  options.prompt_injection.threshold = arguments.threshold;
  options.prompt_injection.multi_turn_decay = arguments.decay;
  Checker checker(options);
  TextsBySource harmless;
  TextsBySource attacks;
  for (const std::string& file : arguments.files) Read(file, &harmless, &attacks);
  PrintChats("harmless texts", harmless, arguments, checker);
  PrintAttacks(attacks, arguments, checker);
  for (auto& [source, texts] : attacks)
    std::erase_if(texts, [&](const std::string& text) { return VerdictOf(checker, {text}).by_turn; });
  PrintChats("attacks that none is seen of", attacks, arguments, checker);
  return 0;
}

}  // namespace
}  // namespace portcullis::policy

int main(int argc, char** argv) {
  return portcullis::policy::RunProgram(portcullis::policy::Main, argc, argv);
}
