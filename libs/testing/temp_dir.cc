#include "libs/testing/temp_dir.h"

#include <stdlib.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <system_error>

namespace portcullis::testing {
namespace {

[[noreturn]] void Die(const char* what, const std::filesystem::path& path) {
  std::fprintf(stderr, "%s: %s\n", what, path.c_str());
  std::abort();
}

}  // namespace

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "portcullis-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) Die("cannot make a temporary folder", name);
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::Write(std::string_view name, std::string_view content) const {
  const std::filesystem::path file = path_ / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(content.data(), static_cast<std::streamsize>(content.size()));
  stream.close();
  if (!stream) Die("cannot write", file);
  return file.string();
}

std::string TempDir::Read(std::string_view name) const {
  const std::filesystem::path file = path_ / name;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) Die("cannot read", file);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

}  // namespace portcullis::testing
