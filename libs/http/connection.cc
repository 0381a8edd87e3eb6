#include "libs/http/connection.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <utility>

namespace portcullis::http {
namespace {

namespace asio = boost::asio;

constexpr size_t kReadSize = 8 * 1024;
constexpr size_t kBodyReadSize = 64 * 1024;
// What an idle connection may keep of the memory its last request needed.
constexpr size_t kKeptBytes = 64 * 1024;
constexpr std::chrono::milliseconds kDeparturePoll{25};

constexpr ParseError kSlow{408, "request_timeout", "The request did not arrive whole in time."};
constexpr ParseError kLeft{499, "client_closed_request", "The client left before its request was complete."};
constexpr ParseError kTooMany{503, "too_many_connections",
                              "Too many connections are open. Try again shortly."};
constexpr ParseError kFailed{500, "internal_error", "The request failed inside the server."};

// True if the client's FIN or RST has arrived, even behind bytes that nobody has read yet.
bool PeerHasLeft(int fd) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || info.tcpi_state != TCP_ESTABLISHED;
}

}  // namespace

Connection::Connection(std::shared_ptr<ServerCore> core, Socket socket, std::string remote_address,
                       bool surplus)
    : core_(std::move(core)),
      socket_(std::move(socket)),
      parser_({core_->options().max_header_bytes, core_->options().max_body_bytes}),
      surplus_(surplus) {
  request_.remote_address = std::move(remote_address);
}

Connection::~Connection() = default;

void Connection::Start() {
  link_ = core_->Add(*this);
  SetDeadline(surplus_ ? core_->options().linger_timeout : core_->options().idle_timeout);
  Read();
}

// --- reading ---

void Connection::Read() {
  if (read_pending_ || input_ended_ || !socket_.is_open()) return;
  read_pending_ = true;
  const bool in_body = phase_ == Phase::kReading && parser_.header_complete();
  socket_.async_read_some(input_.prepare(in_body ? kBodyReadSize : kReadSize),
                          [self = shared_from_this()](const boost::system::error_code& error, size_t size) {
                            self->OnRead(error, size);
                          });
}

void Connection::OnRead(const boost::system::error_code& error, size_t size) {
  read_pending_ = false;
  if (phase_ == Phase::kClosed) return;
  if (error) return OnInputEnd(error != asio::error::eof);
  input_.commit(size);
  OnInput();
}

void Connection::OnInput() {
  switch (phase_) {
    case Phase::kIdle:
    case Phase::kReading:
      return Advance();
    case Phase::kHandling:
      return input_.size() < core_->options().max_read_ahead ? Read() : PollForDeparture();
    case Phase::kRefusing:
    case Phase::kLingering:
      input_.consume(input_.size());
      return Read();
    case Phase::kClosed:
      return;
  }
}

void Connection::OnInputEnd(bool reset) {
  input_ended_ = true;
  switch (phase_) {
    case Phase::kReading:
      return Refuse(kLeft, /*answerable=*/false);
    case Phase::kHandling:
      return Depart();
    case Phase::kRefusing:
      if (!reset) return;  // the answer is still being written
      break;
    default:
      break;
  }
  Close();
}

void Connection::Advance() {
  if (phase_ == Phase::kIdle) {
    if (!SkipEmptyLines()) {
      if (input_ended_) return Close();
      if (core_->draining()) EndSoon();
      return Read();
    }
    phase_ = Phase::kReading;
    parser_.Reset(request_);
    continue_sent_ = false;
    answer_ = Answer::kNone;
    if (!surplus_) SetDeadline(core_->options().read_timeout);
  }
  size_t used = 0;
  const auto bytes = input_.data();
  const auto state = parser_.Parse({static_cast<const char*>(bytes.data()), bytes.size()}, used);
  input_.consume(used);
  if (state == RequestParser::State::kFailed) return Refuse(parser_.error());
  if (surplus_ && parser_.header_complete()) return Refuse(kTooMany);
  if (state == RequestParser::State::kComplete) return Handle();
  if (input_ended_) return Refuse(kLeft, /*answerable=*/false);
  if (!continue_sent_ && parser_.header_complete() && parser_.expects_continue()) SendContinue();
  Read();
}

// RFC 9112, 2.2: an empty line before a request is skipped. True if anything else is there.
bool Connection::SkipEmptyLines() {
  for (;;) {
    const auto bytes = input_.data();
    const std::string_view text(static_cast<const char*>(bytes.data()), bytes.size());
    if (!text.starts_with("\r\n")) return !text.empty() && text != "\r";
    input_.consume(2);
  }
}

void Connection::SendContinue() {
  continue_sent_ = true;
  head_ = "HTTP/1.1 100 Continue\r\n\r\n";
  boost::system::error_code error;
  const size_t sent = socket_.write_some(asio::buffer(head_), error);
  head_.erase(0, error ? 0 : sent);  // what did not fit goes before the answer; an error shows itself there
}

// With the read-ahead full no read is under way that would see the client leave: look from time to time.
void Connection::PollForDeparture() {
  if (polling_) return;
  if (!departure_poll_) departure_poll_.emplace(core_->io());
  polling_ = true;
  departure_poll_->expires_after(kDeparturePoll);
  departure_poll_->async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    self->polling_ = false;
    if (error || self->phase_ != Phase::kHandling || self->read_pending_ || !self->socket_.is_open()) return;
    if (PeerHasLeft(self->socket_.native_handle())) return self->Depart();
    self->PollForDeparture();
  });
}

// --- handling ---

void Connection::Handle() {
  phase_ = Phase::kHandling;
  deadline_ = 0;
  ++requests_;
  ++core_->active_requests;
  asio::co_spawn(
      core_->io(), [this] { return core_->handler().Handle(request_, *this); },
      [self = shared_from_this()](const std::exception_ptr& failure) { self->OnHandled(failure); });
  if (phase_ == Phase::kHandling) OnInput();
}

void Connection::OnHandled(const std::exception_ptr&) {
  --core_->active_requests;
  on_departure_ = nullptr;
  if (!socket_.is_open()) return Close();
  if (answer_ == Answer::kComplete) return close_after_ || departed_ ? ShutDownSending() : NextRequest();
  if (answer_ == Answer::kNone && !departed_) return Refuse(kFailed);
  Close();
}

void Connection::NextRequest() {
  if (request_.body.capacity() > kKeptBytes) std::string().swap(request_.body);
  if (input_.size() == 0 && input_.capacity() > kKeptBytes) input_.shrink_to_fit();
  phase_ = Phase::kIdle;
  SetDeadline(core_->options().idle_timeout);
  Advance();
}

void Connection::Depart() {
  if (departed_) return;
  departed_ = true;
  core_->CountDeparture();
  if (auto callback = std::exchange(on_departure_, nullptr)) callback();
}

void Connection::OnDeparture(absl::AnyInvocable<void()> callback) {
  if (departed_ && callback) return callback();
  on_departure_ = std::move(callback);
}

// --- writing ---

void Connection::BeginHead(int status, const Headers& headers, HeadFraming framing) {
  close_after_ = close_after_ || input_ended_ || departed_ || core_->draining() || !parser_.keep_alive() ||
                 framing.body == HeadFraming::Body::kToClose;
  chunked_ = framing.body == HeadFraming::Body::kChunked;
  without_body_ = IsBodiless(status) || request_.method == "HEAD";
  framing.keep_alive = !close_after_;
  framing.version_minor = request_.version_minor;
  framing.date_line = core_->date_line();
  AppendHead(status, headers, framing, head_);
}

asio::awaitable<absl::Status> Connection::Send(Response response) {
  if (started()) co_return absl::FailedPreconditionError("the answer has already begun");
  answer_ = Answer::kStreaming;
  BeginHead(response.status, response.headers,
            {HeadFraming::Body::kSized, response.body.size(), true, 1, {}});
  Buffers buffers{asio::buffer(head_), without_body_ ? asio::const_buffer() : asio::buffer(response.body)};
  absl::Status status;
  if (!WriteNow(buffers, status)) status = co_await WriteRest(buffers);
  if (status.ok()) answer_ = Answer::kComplete;
  co_return status;
}

asio::awaitable<absl::Status> Connection::StartStream(int status, Headers headers) {
  if (started()) co_return absl::FailedPreconditionError("the answer has already begun");
  if (departed_) co_return absl::CancelledError("the client has left");
  answer_ = Answer::kStreaming;
  auto body = request_.version_minor == 0 ? HeadFraming::Body::kToClose : HeadFraming::Body::kChunked;
  if (IsBodiless(status)) body = HeadFraming::Body::kSized;
  BeginHead(status, headers, {body, 0, true, 1, {}});
  co_return absl::OkStatus();
}

Connection::Buffers Connection::Gather(std::string_view chunk, bool last) {
  if (without_body_) return {asio::buffer(head_)};
  if (!chunked_) return {asio::buffer(head_), asio::buffer(chunk)};
  if (chunk.empty()) return {asio::buffer(head_), asio::buffer(last ? "0\r\n\r\n" : "", last ? 5 : 0)};
  char* const end = std::to_chars(chunk_head_.data(), chunk_head_.data() + 16, chunk.size(), 16).ptr;
  end[0] = '\r';
  end[1] = '\n';
  const std::string_view tail = last ? "\r\n0\r\n\r\n" : "\r\n";
  return {asio::buffer(head_), asio::buffer(chunk_head_.data(), end + 2 - chunk_head_.data()),
          asio::buffer(chunk), asio::buffer(tail)};
}

asio::awaitable<absl::Status> Connection::Write(std::string_view chunk) {
  if (answer_ != Answer::kStreaming) co_return absl::FailedPreconditionError("no stream is open");
  if (departed_) co_return absl::CancelledError("the client has left");
  Buffers buffers = Gather(chunk, /*last=*/false);
  absl::Status status;
  if (!WriteNow(buffers, status)) status = co_await WriteRest(buffers);
  co_return status;
}

asio::awaitable<absl::Status> Connection::End(std::string_view chunk) {
  if (answer_ != Answer::kStreaming) co_return absl::FailedPreconditionError("no stream is open");
  if (departed_) co_return absl::CancelledError("the client has left");
  Buffers buffers = Gather(chunk, /*last=*/true);
  absl::Status status;
  if (!WriteNow(buffers, status)) status = co_await WriteRest(buffers);
  if (status.ok()) answer_ = Answer::kComplete;
  co_return status;
}

bool Connection::WriteNow(Buffers& buffers, absl::Status& status) {
  while (asio::buffer_size(buffers) > 0) {
    boost::system::error_code error;
    size_t sent = socket_.write_some(buffers, error);
    if (error == asio::error::would_block) return false;
    if (error) {
      status = OnWriteError();
      return true;
    }
    for (auto& buffer : buffers) {
      const size_t part = std::min(sent, buffer.size());
      buffer += part;
      sent -= part;
    }
  }
  head_.clear();
  return true;
}

asio::awaitable<absl::Status> Connection::WriteRest(Buffers& buffers) {
  absl::Status status;
  do {
    boost::system::error_code error;
    SetDeadline(core_->options().write_timeout);
    co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(asio::use_awaitable, error));
    deadline_ = 0;
    if (error || !socket_.is_open()) co_return OnWriteError();
  } while (!WriteNow(buffers, status));
  co_return status;
}

absl::Status Connection::OnWriteError() {
  Depart();
  if (write_stalled_) return absl::DeadlineExceededError("the client did not read within the write time-out");
  return absl::CancelledError("the client has left");
}

// --- ending ---

void Connection::Refuse(const ParseError& why, bool answerable) {
  phase_ = Phase::kRefusing;
  deadline_ = 0;
  close_after_ = true;
  Response response = core_->Refuse({why.status, why.code, why.message, request_.method, request_.path,
                                     request_.remote_address, answerable});
  if (!answerable) return Close();
  asio::co_spawn(core_->io(), SendRefusal(std::move(response)),
                 [self = shared_from_this()](const std::exception_ptr&) {
                   if (self->phase_ == Phase::kRefusing) self->ShutDownSending();
                 });
  if (phase_ == Phase::kRefusing) OnInput();
}

asio::awaitable<void> Connection::SendRefusal(Response response) { (void)co_await Send(std::move(response)); }

// Closes only our half, so that the client reads the answer before it learns that we no longer listen.
void Connection::ShutDownSending() {
  if (input_ended_ || departed_) return Close();
  boost::system::error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) return Close();
  phase_ = Phase::kLingering;
  SetDeadline(core_->options().linger_timeout);
  OnInput();
}

void Connection::OnDeadline() {
  deadline_ = 0;
  switch (phase_) {
    case Phase::kReading:
      return Refuse(kSlow);
    case Phase::kHandling:
    case Phase::kRefusing:
      write_stalled_ = true;
      core_->CountWriteStall();
      return Abort();
    default:
      return Close();
  }
}

void Connection::OnDrain() {
  boost::system::error_code error;
  if (phase_ == Phase::kIdle && input_.size() == 0 && socket_.available(error) == 0) EndSoon();
}

// Not at once: the client may be about to ask, as nobody told it that the connection would end.
void Connection::EndSoon() {
  const ServerOptions& options = core_->options();
  const auto grace = requests_ > 0 ? options.drain_grace : options.linger_timeout;
  deadline_ = std::min(deadline_, core_->DeadlineAfter(grace));
}

void Connection::Abort() {
  if (phase_ != Phase::kHandling) return Close();
  boost::system::error_code ignored;
  socket_.close(ignored);
  Depart();
}

void Connection::Close() {
  phase_ = Phase::kClosed;
  deadline_ = 0;
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (link_) core_->Remove(*std::exchange(link_, std::nullopt), surplus_);
}

}  // namespace portcullis::http
