// A reloader over a text that the test changes.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apps/process/reloader.h"
#include "libs/telemetry/api/logger.h"
#include "libs/testing/recording_metrics.h"

namespace portcullis::app {

class ReloaderTest : public ::testing::Test {
 protected:
  static std::string Yaml(const std::string& policies, const std::string& rest = "") {
    return "pack: {name: p, version: 1.0.0, enabled: true}\n" + policies +
           "providers: {targets: [{id: a, provider: simulator, provider_type: mistral, model: m, "
           "base_url: 'http://localhost/v1'}]}\n" +
           rest;
  }

  static LoadedConfig Parse(const std::string& text) {
    return LoadConfigText("f.yaml", text, config::MapEnvironment());
  }

  ReloadResult Reload(const std::string& text) {
    text_ = text;
    return reloader_.Reload("file");
  }

  double Count(const std::string& result) const {
    return metrics_.Value("portcullis_config_reloads_total", {{"result", result}});
  }

  const std::string first_ = Yaml("policies: {chain: [secrets]}\npolicy: {secrets: {action: block}}\n");
  std::string text_ = first_;
  absl::Status apply_status_;
  std::vector<LoadedConfig> applied_;
  portcullis::testing::RecordingMetrics metrics_;
  telemetry::NullLogger logger_;
  Reloader reloader_{Parse(first_),
                     {[this] { return Parse(text_); },
                      [this](const LoadedConfig& config) {
                        if (apply_status_.ok()) applied_.push_back(config);
                        return apply_status_;
                      }},
                     metrics_,
                     logger_};
};

}  // namespace portcullis::app
