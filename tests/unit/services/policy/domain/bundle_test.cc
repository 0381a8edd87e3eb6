#include "services/policy/domain/bundle.h"

#include <gtest/gtest.h>

#include "policy_harness.h"

namespace portcullis::policy {
namespace {

TEST(Bundle, TheHashNamesWhatDecides) {
  const ChainOptions options = DefaultChain();
  const std::string hash = CompileOrDie(options)->hash();
  EXPECT_EQ(hash.size(), 64u);
  EXPECT_EQ(CompileOrDie(options)->hash(), hash);
  ChainOptions other = options;
  other.prompt_injection.threshold = 0.81;
  EXPECT_NE(CompileOrDie(other)->hash(), hash);
  other = options;
  std::swap(other.chain[0], other.chain[1]);
  EXPECT_NE(CompileOrDie(other)->hash(), hash);
  other = options;
  other.safety_filter.block_if = {"x"};
  EXPECT_NE(CompileOrDie(other)->hash(), hash);
}

TEST(Bundle, RefusesWhatItDoesNotKnow) {
  ChainOptions options;
  options.chain = {"pii-detektor"};
  EXPECT_EQ(Bundle::Compile(options).status().code(), absl::StatusCode::kInvalidArgument);
  options.chain = {"pii-detector", "pii-detector"};
  EXPECT_EQ(Bundle::Compile(options).status().code(), absl::StatusCode::kInvalidArgument);
  options.chain = {"prompt-injection"};
  options.prompt_injection.threshold = 1.5;
  EXPECT_EQ(Bundle::Compile(options).status().code(), absl::StatusCode::kInvalidArgument);
  options.prompt_injection.threshold = 0.5;
  options.prompt_injection.attack_patterns = {" "};
  EXPECT_EQ(Bundle::Compile(options).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace portcullis::policy
