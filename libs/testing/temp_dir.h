// A new empty folder, removed with all in it at the end of the test.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace portcullis::testing {

class TempDir {
 public:
  TempDir();  // aborts if the system gives none
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string File(std::string_view name) const { return (path_ / name).string(); }

  // Writes a file in the folder and returns its path.
  std::string Write(std::string_view name, std::string_view content) const;
  // The content of a file in the folder; aborts if it cannot be read.
  std::string Read(std::string_view name) const;

 private:
  std::filesystem::path path_;
};

}  // namespace portcullis::testing
