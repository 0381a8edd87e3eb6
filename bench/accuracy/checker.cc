#include "bench/accuracy/checker.h"

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace portcullis::policy {
namespace {

std::shared_ptr<const Bundle> Compile(const ChainOptions& options) {
  auto bundle = Bundle::Compile(options);
  if (!bundle.ok()) throw std::runtime_error(std::string(bundle.status().message()));
  return *std::move(bundle);
}

}  // namespace

Checker::Checker(const ChainOptions& options)
    : bundles_(Compile(options)), engine_(&bundles_, &clock_, &probe_) {}

Decision Checker::Check(const std::vector<std::string>& texts) {
  OpenRequest request;
  for (const std::string& text : texts) request.input.push_back({text, SegmentKind::kText, Role::kUser, ""});
  Decision decision;
  engine_.Open(request, [&](absl::StatusOr<OpenResult> result) {
    if (!result.ok()) throw std::runtime_error(std::string(result.status().message()));
    decision = std::move(result->decision);
  });
  return decision;
}

void ReadLines(const std::string& path, const std::function<void(const nlohmann::json&)>& take) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  for (std::string line; std::getline(in, line);) take(nlohmann::json::parse(line));
}

bool IsHeldBack(std::string_view likeness, uint32_t parts) {
  uint32_t hash = 2166136261u;
  for (const char c : likeness) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619u;
  return (hash >> 8) % parts == 0;
}

int RunProgram(int (*program)(int, char**), int argc, char** argv) {
  try {
    return program(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}

}  // namespace portcullis::policy
