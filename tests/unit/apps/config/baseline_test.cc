// What people read when a configuration is wrong, compared with texts under tests/data/config: x.yaml and
// x.baseline. PORTCULLIS_UPDATE_BASELINES=1 in the environment writes the baselines anew.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "apps/config/load_config.h"

namespace portcullis::app {
namespace {

std::string ReadAll(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(Baseline, ErrorsReadAsCommitted) {
  const bool update = config::SystemEnvironment().Get("PORTCULLIS_UPDATE_BASELINES").has_value();
  const config::MapEnvironment environment(std::map<std::string, std::string, std::less<>>{
      {"MISTRAL_API_KEY", "m-key"}, {"OPENAI_API_KEY", "o-key"}});
  size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(PORTCULLIS_TEST_DATA) + "/config")) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string name = entry.path().filename();
    const std::string text = LoadConfigText(name, ReadAll(entry.path()), environment).issues.Text();
    auto baseline = entry.path();
    baseline.replace_extension(".baseline");
    if (update) std::ofstream(baseline, std::ios::binary) << text;
    EXPECT_EQ(text, ReadAll(baseline)) << name;
    ++count;
  }
  EXPECT_GE(count, 13u);
}

}  // namespace
}  // namespace portcullis::app
