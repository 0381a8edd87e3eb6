#include "libs/curl/http_post.h"

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

#include "libs/base/strings.h"
#include "libs/curl/easy.h"

namespace portcullis::curl {
namespace {

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

void Append(const char* line, HeaderList* list) {
  curl_slist* const longer = curl_slist_append(list->get(), line);
  if (longer == nullptr) throw std::bad_alloc();
  list->release();
  list->reset(longer);
}

// "https://host:port" of a URL.
std::string_view Origin(std::string_view url) {
  const size_t host = url.find("://");
  return host == std::string_view::npos ? std::string_view() : url.substr(0, url.find('/', host + 3));
}

}  // namespace

class HttpPoster::Transfer final : public CurlTask {
 public:
  Transfer(HttpPoster& poster, PostRequest request, Callback done)
      : poster_(poster), request_(std::move(request)), done_(std::move(done)), easy_(curl_easy_init()) {
    if (easy_ == nullptr) throw std::bad_alloc();
    SetUp();
  }

  CURL* easy() override { return easy_.get(); }
  void OnRemoved() override {}

  void OnEnd(CURLcode code) override {
    absl::StatusOr<PostAnswer> answer = AnswerOf(code);
    Callback done = std::move(done_);
    poster_.running_.erase(this);  // destroys this
    std::move(done)(std::move(answer));
  }

 private:
  static size_t OnWrite(char* bytes, size_t size, size_t count, void* self) {
    return static_cast<Transfer*>(self)->Write({bytes, size * count});
  }

  void SetUp() {
    CURL* const easy = easy_.get();
    poster_.loop_.Attach(easy);
    SetCommonOptions(easy, request_.timeout, true);
    Append("Content-Type: application/json", &headers_);
    Append("Accept: application/json", &headers_);
    Append("Expect:", &headers_);  // libcurl would wait for "100 Continue" before a large body
    for (const std::string& line : request_.headers) Append(line.c_str(), &headers_);
    const auto millis = std::max<int64_t>(request_.timeout.count(), 1);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, static_cast<CurlTask*>(this));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::OnWrite);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(millis));
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  }

  size_t Write(std::string_view bytes) {
    too_large_ = answer_.body.size() + bytes.size() > request_.max_answer_bytes;
    if (too_large_) return 0;  // ends the transfer
    answer_.body.append(bytes);
    return bytes.size();
  }

  absl::StatusOr<PostAnswer> AnswerOf(CURLcode code) {
    if (too_large_) {
      return absl::ResourceExhaustedError(
          base::StrCat(Origin(request_.url), ": the answer is over ", request_.max_answer_bytes, " bytes"));
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
      return absl::DeadlineExceededError(base::StrCat(Origin(request_.url), ": no answer in time"));
    }
    if (code != CURLE_OK) {
      return absl::UnavailableError(base::StrCat(Origin(request_.url), ": ", curl_easy_strerror(code)));
    }
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    answer_.http_status = static_cast<int>(status);
    return std::move(answer_);
  }

  HttpPoster& poster_;
  const PostRequest request_;
  Callback done_;
  HeaderList headers_;
  std::unique_ptr<CURL, EasyDeleter> easy_;
  PostAnswer answer_;
  bool too_large_ = false;
};

HttpPoster::HttpPoster(boost::asio::io_context& io, const base::Clock& clock) : loop_(io, clock) {}

HttpPoster::~HttpPoster() {
  for (const auto& [transfer, owned] : running_) loop_.Remove(*transfer);
  running_.clear();
}

void HttpPoster::Start(PostRequest request, Callback done) {
  auto transfer = std::make_unique<Transfer>(*this, std::move(request), std::move(done));
  Transfer& started = *transfer;
  running_.emplace(&started, std::move(transfer));
  loop_.Add(started);
}

}  // namespace portcullis::curl
