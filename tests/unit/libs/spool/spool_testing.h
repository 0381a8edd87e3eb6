// Helpers of the spool's tests: a folder of their own, a clock that is set by hand, and short ways to write
// and read a whole spool.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/crypto/sha256.h"
#include "libs/spool/consumer.h"
#include "libs/spool/reader.h"
#include "libs/spool/writer.h"

namespace portcullis::spool {

class TestFolder {
 public:
  TestFolder() : path_(std::filesystem::temp_directory_path() / ("pc_spool_" + crypto::RandomHex(8))) {
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class TestClock final : public base::Clock {
 public:
  base::SystemTime Now() const override { return base::SystemTime(std::chrono::microseconds(1)); }
  base::MonotonicTime Monotonic() const override { return now_; }
  void Advance(base::Duration by) { now_ += by; }

 private:
  base::MonotonicTime now_{};
};

class SpoolTest : public ::testing::Test {
 protected:
  std::unique_ptr<Writer> NewWriter(WriterOptions options = {}, GroupSync* sync = nullptr) {
    auto writer = Writer::Create(root(), options, budget_, sync, clock_);
    EXPECT_TRUE(writer.ok()) << writer.status();
    return *std::move(writer);
  }

  // A closed spool with these leaves; its id.
  std::string WriteSpool(const std::vector<std::string>& leaves, WriterOptions options = {}) {
    const auto writer = NewWriter(options);
    for (const std::string& leaf : leaves) EXPECT_TRUE(writer->Append(leaf).ok());
    return writer->id();
  }

  // Every leaf as "sequence:bytes".
  std::vector<std::string> ReadAll(const std::string& id, Damage* damage = nullptr, uint64_t after = 0) {
    Reader reader = Reader::After(id, root() / id, after);
    std::vector<std::string> leaves;
    for (;;) {
      const auto leaf = reader.Next();
      EXPECT_TRUE(leaf.ok()) << leaf.status();
      if (!leaf.ok() || !*leaf) break;
      leaves.push_back(std::to_string((*leaf)->sequence) + ":" + std::string((*leaf)->bytes));
    }
    if (damage != nullptr) *damage = reader.damage();
    return leaves;
  }

  static std::string ReadFile(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void WriteFile(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  }

  std::filesystem::path root() const { return folder_.path() / "spool"; }

  TestFolder folder_;
  TestClock clock_;
  Budget budget_{uint64_t{1} << 30};
};

}  // namespace portcullis::spool
