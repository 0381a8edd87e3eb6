#include "libs/curl/http_client.h"

#include <utility>

namespace portcullis::curl {

class HttpClient::Transfer final : public CurlTask {
 public:
  Transfer(HttpClient& client, HttpRequest request, Callback done)
      : client_(client), exchange_(std::move(request)), done_(std::move(done)) {
    client_.loop_.Attach(easy());
    curl_easy_setopt(easy(), CURLOPT_PRIVATE, static_cast<CurlTask*>(this));
  }

  CURL* easy() override { return exchange_.easy(); }
  void OnRemoved() override {}

  void OnEnd(CURLcode code) override {
    absl::StatusOr<HttpAnswer> answer = exchange_.Answer(code);
    Callback done = std::move(done_);
    client_.running_.erase(this);  // destroys this
    std::move(done)(std::move(answer));
  }

 private:
  HttpClient& client_;
  HttpExchange exchange_;
  Callback done_;
};

HttpClient::HttpClient(boost::asio::io_context& io, const base::Clock& clock) : loop_(io, clock) {}

HttpClient::~HttpClient() {
  for (const auto& [transfer, owned] : running_) loop_.Remove(*transfer);
  running_.clear();
}

void HttpClient::Start(HttpRequest request, Callback done) {
  auto transfer = std::make_unique<Transfer>(*this, std::move(request), std::move(done));
  Transfer& started = *transfer;
  running_.emplace(&started, std::move(transfer));
  loop_.Add(started);
}

}  // namespace portcullis::curl
