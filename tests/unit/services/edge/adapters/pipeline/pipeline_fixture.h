// A pipeline between fakes that runs one request at a time.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "libs/testing/fake_clock.h"
#include "libs/testing/recording_metrics.h"
#include "libs/testing/recording_tracer.h"
#include "tests/unit/services/edge/adapters/pipeline/fakes.h"

namespace portcullis::edge {

class PipelineTest : public ::testing::Test {
 protected:
  // Runs one request to its end.
  void Run(const std::string& text, bool stream = false) {
    const LiveSource live(std::make_shared<const LiveSettings>(live_));
    Pipeline pipeline(options_, {io_.get_executor(), policy_, router_, journal_, live, clock_, rng_, metrics_,
                                 logger_, telemetry::Tracing{&tracer_, telemetry::SpanKind::kServer}});
    const nlohmann::json body = {
        {"model", "m"},
        {"stream", stream},
        {"messages", nlohmann::json::array({nlohmann::json{{"role", "user"}, {"content", text}}})}};
    RunBody(pipeline, body.dump());
  }

  void RunBody(Pipeline& pipeline, std::string body) {
    Inbound inbound;
    inbound.endpoint = "/v1/chat/completions";
    inbound.method = "POST";
    inbound.body = std::move(body);
    inbound.arrived = clock_.Monotonic();
    inbound.headers = {{"x-team", "legal"}, {"x-other", "o"}};
    bool finished = false;
    boost::asio::co_spawn(
        io_,
        [&]() -> boost::asio::awaitable<void> {
          co_await pipeline.Run(std::move(inbound), sink_);
          finished = true;
        },
        boost::asio::detached);
    io_.restart();
    io_.run();
    EXPECT_TRUE(finished);
  }

  std::string ErrorCode() const { return nlohmann::json::parse(sink_.body)["error"]["code"]; }
  const audit::Record& Last() const { return journal_.records.back(); }

  boost::asio::io_context io_;
  Events events_;
  FakePolicy policy_{events_};
  FakeRouter router_{io_, events_};
  FakeJournal journal_{events_};
  FakeSink sink_{events_};
  portcullis::testing::FakeClock clock_;
  base::SystemRng rng_{1};
  portcullis::testing::RecordingMetrics metrics_;
  telemetry::NullLogger logger_;
  portcullis::testing::RecordingTracer tracer_;
  PipelineOptions options_;
  LiveSettings live_;
};

}  // namespace portcullis::edge
