#include "libs/runtime/memory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace portcullis::runtime {
namespace {

long ResidentFilePages() {
  std::ifstream statm("/proc/self/statm");
  long size = 0, resident = 0, shared = 0;
  statm >> size >> resident >> shared;
  return shared;
}

// Constants that only this test reads: 64 pages of the program's read-only segment.
constexpr size_t kTableBytes = 64 * 4096;
constexpr char kTable[kTableBytes] = {1, 2, 3};

long SumOfTable() {
  long sum = 0;
  for (size_t i = 0; i < kTableBytes; i += 64) sum += static_cast<const volatile char&>(kTable[i]);
  return sum;
}

TEST(ReleaseStartMemoryTest, GivesBackPagesThatComeBackWithTheSameBytes) {
  const long sum = SumOfTable();
  const long before = ResidentFilePages();
  ReleaseStartMemory();
  EXPECT_LT(ResidentFilePages() + 64, before);
  EXPECT_EQ(SumOfTable(), sum);
  EXPECT_EQ(std::to_string(kTable[1]), "2");
}

TEST(ReleaseStartMemoryTest, CanBeCalledAgain) {
  ReleaseStartMemory();
  ReleaseStartMemory();
  EXPECT_EQ(SumOfTable(), 1);
}

}  // namespace
}  // namespace portcullis::runtime
