#include "libs/tracing/otlp_tracer.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <mutex>
#include <thread>

#include "libs/base/strings.h"
#include "libs/testing/recording_metrics.h"
#include "libs/testing/wait.h"

namespace portcullis::tracing {
namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using portcullis::testing::WaitUntil;

// A collector: answers each request with the next status of a script (0: not at all), then with 200.
class Collector {
 public:
  explicit Collector(std::vector<int> script = {})
      : script_(std::move(script)), acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
    Accept();
    thread_ = std::thread([this] { io_.run(); });
  }

  ~Collector() {
    io_.stop();
    thread_.join();
  }

  std::string url() const {
    return base::StrCat("http://127.0.0.1:", acceptor_.local_endpoint().port(), "/v1/traces");
  }

  // How often `text` stands in the bodies that were answered with 200.
  size_t Count(std::string_view text) const {
    const std::lock_guard lock(mutex_);
    size_t count = 0;
    for (const std::string& body : taken_) {
      for (size_t at = body.find(text); at != std::string::npos; at = body.find(text, at + 1)) ++count;
    }
    return count;
  }

  size_t requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  std::string header(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    return std::string(last_[name]);
  }

 private:
  struct Session {
    explicit Session(tcp::socket its_socket) : socket(std::move(its_socket)) {}
    tcp::socket socket;
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> request;
    http::response<http::empty_body> response;
  };

  void Accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
      if (error) return;
      Read(std::make_shared<Session>(std::move(socket)));
      Accept();
    });
  }

  void Read(const std::shared_ptr<Session>& session) {
    session->request = {};
    http::async_read(session->socket, session->buffer, session->request,
                     [this, session](const boost::system::error_code& error, size_t) {
                       if (!error) Answer(session);
                     });
  }

  void Answer(const std::shared_ptr<Session>& session) {
    int status = 200;
    {
      const std::lock_guard lock(mutex_);
      if (requests_ < script_.size()) status = script_[requests_];
      ++requests_;
      last_ = session->request.base();
      if (status == 200) taken_.push_back(session->request.body());
    }
    if (status == 0) return silent_.push_back(session);  // stays open
    session->response = {http::status(status), 11};
    session->response.prepare_payload();
    http::async_write(session->socket, session->response,
                      [this, session](const boost::system::error_code& error, size_t) {
                        if (!error) Read(session);
                      });
  }

  const std::vector<int> script_;
  boost::asio::io_context io_;
  tcp::acceptor acceptor_;
  std::vector<std::shared_ptr<Session>> silent_;
  mutable std::mutex mutex_;
  std::vector<std::string> taken_;
  size_t requests_ = 0;
  http::fields last_;
  std::thread thread_;
};

class OtlpTracerTest : public ::testing::Test {
 protected:
  static OtlpOptions Options(const std::string& url) {
    OtlpOptions options;
    options.url = url;
    options.interval = std::chrono::milliseconds(10);
    options.first_backoff = std::chrono::milliseconds(1);
    return options;
  }

  void Make(OtlpOptions options) {
    tracer_ = std::make_unique<OtlpTracer>(std::move(options), clock_, metrics_, logger_);
  }

  void Record(int count) {
    for (int i = 0; i < count; ++i) {
      telemetry::Span span;
      span.name = "a-span";
      tracer_->Record(std::move(span));
    }
  }

  double Spans(const std::string& result) const {
    return metrics_.Value("portcullis_trace_spans_total", {{"result", result}});
  }

  base::SystemClock clock_;
  portcullis::testing::RecordingMetrics metrics_;
  telemetry::NullLogger logger_;
  std::unique_ptr<OtlpTracer> tracer_;
};

TEST_F(OtlpTracerTest, ExportsInBatches) {
  Collector collector;
  OtlpOptions options = Options(collector.url());
  options.max_batch_spans = 10;
  options.headers = {"authorization: Bearer k"};
  Make(options);
  Record(25);
  EXPECT_TRUE(WaitUntil([&] { return Spans("exported") == 25; }));
  EXPECT_EQ(collector.Count("a-span"), 25u);
  EXPECT_GE(collector.requests(), 3u);
  EXPECT_EQ(collector.header("content-type"), "application/x-protobuf");
  EXPECT_EQ(collector.header("authorization"), "Bearer k");
  EXPECT_EQ(Spans("dropped"), 0);
  EXPECT_TRUE(WaitUntil([&] { return metrics_.Value("portcullis_trace_queue_spans") == 0; }));
}

TEST_F(OtlpTracerTest, TriesAgainWhatMayBeTriedAgain) {
  Collector collector({503, 429, 502});
  Make(Options(collector.url()));
  Record(1);
  EXPECT_TRUE(WaitUntil([&] { return Spans("exported") == 1; }));
  EXPECT_EQ(collector.requests(), 4u);
  EXPECT_EQ(Spans("failed"), 0);
}

TEST_F(OtlpTracerTest, GivesUpWhatIsRefused) {
  Collector collector({400});
  Make(Options(collector.url()));
  Record(1);
  EXPECT_TRUE(WaitUntil([&] { return Spans("failed") == 1; }));
  Record(1);
  EXPECT_TRUE(WaitUntil([&] { return Spans("exported") == 1; }));
  EXPECT_EQ(collector.requests(), 2u);
}

TEST_F(OtlpTracerTest, GivesUpABatchThatIsTooOld) {
  OtlpOptions options = Options("http://127.0.0.1:1/v1/traces");
  options.retry_for = std::chrono::milliseconds(30);
  Make(options);
  Record(3);
  EXPECT_TRUE(WaitUntil([&] { return Spans("failed") == 3; }));
}

TEST_F(OtlpTracerTest, DropsWhatDoesNotFitAndNeverWaits) {
  Collector collector(std::vector<int>(100, 0));
  OtlpOptions options = Options(collector.url());
  options.max_queue_spans = 20;
  options.max_batch_spans = 5;
  Make(options);
  Record(50);
  EXPECT_EQ(Spans("dropped"), 30);
  EXPECT_EQ(Spans("exported"), 0);
}

TEST_F(OtlpTracerTest, FlushSendsWhatWaitsForItsInterval) {
  Collector collector;
  OtlpOptions options = Options(collector.url());
  options.interval = std::chrono::minutes(1);
  options.max_batch_spans = 2;
  Make(options);
  Record(5);
  EXPECT_TRUE(tracer_->Flush(portcullis::testing::kPatience).ok());
  EXPECT_EQ(collector.Count("a-span"), 5u);
  EXPECT_EQ(Spans("exported"), 5);
}

TEST_F(OtlpTracerTest, FlushDoesNotWaitForABackOff) {
  Collector collector({503});
  OtlpOptions options = Options(collector.url());
  options.first_backoff = std::chrono::minutes(1);
  options.retry_for = std::chrono::minutes(10);
  Make(options);
  Record(1);
  ASSERT_TRUE(WaitUntil([&] { return collector.requests() == 1; }));
  EXPECT_TRUE(tracer_->Flush(portcullis::testing::kPatience).ok());
  EXPECT_EQ(Spans("exported"), 1);
}

TEST_F(OtlpTracerTest, FlushEndsInTime) {
  Collector silent({0});
  Make(Options(silent.url()));
  Record(1);
  EXPECT_TRUE(absl::IsDeadlineExceeded(tracer_->Flush(std::chrono::milliseconds(20))));
}

TEST_F(OtlpTracerTest, FlushGivesTheRestUpWhenTheCollectorIsAway) {
  OtlpOptions options = Options("http://127.0.0.1:1/v1/traces");
  options.interval = std::chrono::minutes(1);
  options.max_batch_spans = 2;
  options.max_queue_spans = 5;
  Make(options);
  Record(5);
  EXPECT_TRUE(absl::IsUnavailable(tracer_->Flush(portcullis::testing::kPatience)));
  EXPECT_EQ(Spans("failed"), 5);
}

TEST_F(OtlpTracerTest, SamplesItsShareByTheTraceId) {
  OtlpOptions options = Options("http://127.0.0.1:1/v1/traces");
  options.sample_ratio = 0.25;
  Make(options);
  const std::string half(16, '0');
  EXPECT_TRUE(tracer_->Samples(half + "3ffffffff0000000"));
  EXPECT_FALSE(tracer_->Samples(half + "4000000000000000"));
  options.sample_ratio = 0;
  Make(options);
  EXPECT_FALSE(tracer_->Samples(std::string(32, '0')));
  options.sample_ratio = 1;
  Make(options);
  EXPECT_TRUE(tracer_->Samples(std::string(32, 'f')));
}

}  // namespace
}  // namespace portcullis::tracing
