#include "libs/rpc/status_map.h"

#include <gtest/gtest.h>

namespace portcullis::rpc {
namespace {

TEST(StatusMap, EveryCodeSurvivesTheRoundTrip) {
  for (int code = 0; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), code == 0 ? "" : "why");
    EXPECT_EQ(static_cast<int>(ToGrpc(status).error_code()), code);
    EXPECT_EQ(FromGrpc(ToGrpc(status)), status);
  }
}

TEST(StatusMap, CodesThatAreNoneBecomeUnknown) {
  EXPECT_EQ(StatusFromCode(99, "x").code(), absl::StatusCode::kUnknown);
  EXPECT_EQ(StatusFromCode(-1, "x").code(), absl::StatusCode::kUnknown);
}

}  // namespace
}  // namespace portcullis::rpc
