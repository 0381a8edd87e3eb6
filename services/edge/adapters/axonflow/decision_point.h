// POST /api/v1/decide, /api/v1/mcp/check-input, /api/v1/mcp/check-output and /api/v1/access/evaluation: the
// policies' verdict on a text.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "libs/http/message.h"
#include "services/edge/adapters/pipeline/pipeline.h"
#include "services/edge/domain/axonflow/decisions.h"

namespace portcullis::edge {

// What becomes of a call: its answer, and, when there is no record of a check yet, the code of one to be
// made.
struct DecisionReply {
  DecisionReply() = default;  // no aggregate: GCC 12 copies those bitwise within co_await expressions

  int status = 200;
  std::string body;
  std::string code;  // of a request that was refused; "" = the check left its record
  std::string request_id;
  std::string trace_id;
};

// Belongs to one worker. What is passed must outlive it.
class DecisionPoint {
 public:
  explicit DecisionPoint(Pipeline& pipeline) : pipeline_(pipeline) {}

  // The path, if it is one of these; else "".
  static std::string_view EndpointOf(std::string_view path);

  // `inbound` has its endpoint, caller and body. `profile`: of AuthZEN, as the client asks for it.
  boost::asio::awaitable<DecisionReply> Answer(const Inbound& inbound, std::string_view profile);

 private:
  using Way = boost::asio::awaitable<void> (Pipeline::*)(Inbound inbound, CheckedRequest* checked);

  // Has `body`, a request or an answer, examined in this way. False: the policies could not be asked; `reply`
  // says so.
  boost::asio::awaitable<bool> Ask(const Inbound& inbound, Way way, std::string body, PolicyVerdict* verdict,
                                   DecisionReply* reply);
  boost::asio::awaitable<DecisionReply> Decide(const Inbound& inbound);
  boost::asio::awaitable<DecisionReply> CheckInput(const Inbound& inbound);
  boost::asio::awaitable<DecisionReply> CheckOutput(const Inbound& inbound);
  boost::asio::awaitable<DecisionReply> Evaluate(const Inbound& inbound, bool profile);
  DecisionFacts Facts(const LiveSettings& live, std::string stage) const;

  Pipeline& pipeline_;
};

}  // namespace portcullis::edge
