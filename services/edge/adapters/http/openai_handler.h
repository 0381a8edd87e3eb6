// OpenAI's paths over HTTP: chat completions, FIM, embeddings and the list of models, with or without the /v1
// prefix. Everything else is a 404 in OpenAI's error shape. Every request leaves an audit record, the refused
// ones included.
//
// Clients need no key: whatever Authorization they send is neither checked nor forwarded.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "libs/http/refusal.h"
#include "libs/http/server.h"
#include "services/edge/adapters/pipeline/in_flight.h"
#include "services/edge/adapters/pipeline/pipeline.h"

namespace portcullis::edge {

// Belongs to one worker, like its pipeline. `in_flight` must outlive it.
class OpenAiHandler final : public http::Handler, public http::RefusalHandler {
 public:
  OpenAiHandler(Pipeline& pipeline, InFlight& in_flight) : pipeline_(pipeline), in_flight_(in_flight) {}

  boost::asio::awaitable<void> Handle(http::Request& request, http::ResponseWriter& writer) override;
  http::Response OnRefused(const http::Refusal& refusal) override;

 private:
  boost::asio::awaitable<void> Complete(router::Operation operation, Inbound inbound,
                                        http::ResponseWriter& writer);
  boost::asio::awaitable<void> ListModels(const Inbound& inbound, std::string_view only,
                                          http::ResponseWriter& writer);
  boost::asio::awaitable<void> RefuseMethod(const Inbound& inbound, std::string_view allowed,
                                            http::ResponseWriter& writer);
  boost::asio::awaitable<void> Fail(const Inbound& inbound, const ApiError& error,
                                    http::ResponseWriter& writer);

  Pipeline& pipeline_;
  InFlight& in_flight_;
};

}  // namespace portcullis::edge
