// One client connection: reads requests one after the other, runs the handler, writes its answer. Internal.
//
// There is always a read under way, also while a handler works: its end of file is how a departure is
// noticed. Pending operations hold the connection by shared_ptr.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "libs/http/request_parser.h"
#include "libs/http/response_head.h"
#include "libs/http/server_core.h"

namespace portcullis::http {

class Connection final : public ResponseWriter, public std::enable_shared_from_this<Connection> {
 public:
  // `surplus`: beyond the limit of connections; its first request is answered 503.
  Connection(std::shared_ptr<ServerCore> core, Socket socket, std::string remote_address, bool surplus);
  ~Connection() override;

  void Start();

  // True if its deadline lies at or before `tick`.
  bool IsDue(uint64_t tick) const { return deadline_ != 0 && deadline_ <= tick; }
  void OnDeadline();

  // The server drains: closes soon if nothing is begun here.
  void OnDrain();

  // Closes at once; a handler at work sees its client depart.
  void Abort();

  boost::asio::awaitable<absl::Status> Send(Response response) override;
  boost::asio::awaitable<absl::Status> StartStream(int status, Headers headers) override;
  boost::asio::awaitable<absl::Status> Write(std::string_view chunk) override;
  boost::asio::awaitable<absl::Status> End(std::string_view chunk) override;
  bool departed() const override { return departed_; }
  void OnDeparture(absl::AnyInvocable<void()> callback) override;
  bool started() const override { return answer_ != Answer::kNone; }

 private:
  enum class Phase {
    kIdle,       // no byte of the next request yet
    kReading,    // a request has begun
    kHandling,   // the handler's coroutine runs
    kRefusing,   // the server's own last answer is being written
    kLingering,  // our side is shut; waits for the client's
    kClosed,
  };
  enum class Answer { kNone, kStreaming, kComplete };
  using Buffers = std::array<boost::asio::const_buffer, 4>;

  // Reading.
  void Read();
  void OnRead(const boost::system::error_code& error, size_t size);
  void OnInput();
  void OnInputEnd(bool reset);
  void Advance();
  bool SkipEmptyLines();
  void SendContinue();
  void PollForDeparture();

  // Handling.
  void Handle();
  void OnHandled(const std::exception_ptr& failure);
  void NextRequest();
  void Depart();

  // Writing.
  void BeginHead(int status, const Headers& headers, HeadFraming framing);
  Buffers Gather(std::string_view chunk, bool last);
  // Writes what the system takes at once; true if that was all or an error ended it (`status` then says so).
  bool WriteNow(Buffers& buffers, absl::Status& status);
  boost::asio::awaitable<absl::Status> WriteRest(Buffers& buffers);
  absl::Status OnWriteError();

  // Ending.
  void Refuse(const ParseError& why, bool answerable = true);
  boost::asio::awaitable<void> SendRefusal(Response response);
  void ShutDownSending();
  void EndSoon();
  void Close();
  void SetDeadline(std::chrono::milliseconds timeout) { deadline_ = core_->DeadlineAfter(timeout); }

  const std::shared_ptr<ServerCore> core_;
  Socket socket_;
  boost::beast::flat_buffer input_;
  RequestParser parser_;
  Request request_;
  std::string head_;  // of the answer; also what precedes it on the wire
  std::array<char, 24> chunk_head_;
  absl::AnyInvocable<void()> on_departure_;
  std::optional<boost::asio::steady_timer> departure_poll_;
  std::optional<ServerCore::Link> link_;
  uint64_t deadline_ = 0;  // a tick; 0 = none
  size_t requests_ = 0;
  Phase phase_ = Phase::kIdle;
  Answer answer_ = Answer::kNone;
  const bool surplus_;
  bool read_pending_ = false;
  bool input_ended_ = false;
  bool continue_sent_ = false;
  bool departed_ = false;
  bool write_stalled_ = false;
  bool close_after_ = false;  // the answer that is being written said `connection: close`
  bool chunked_ = false;
  bool without_body_ = false;  // HEAD, 204...: chunks are taken and dropped
  bool polling_ = false;
};

}  // namespace portcullis::http
