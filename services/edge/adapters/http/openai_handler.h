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
#include "services/edge/adapters/pipeline/pipeline.h"

namespace portcullis::edge {

struct OpenAiHandlerOptions {
  uint32_t max_in_flight = 2000;  // requests of this worker
};

// Belongs to one worker, like its pipeline.
class OpenAiHandler final : public http::Handler, public http::RefusalHandler {
 public:
  OpenAiHandler(Pipeline& pipeline, OpenAiHandlerOptions options) : pipeline_(pipeline), options_(options) {}

  boost::asio::awaitable<void> Handle(http::Request& request, http::ResponseWriter& writer) override;
  http::Response OnRefused(const http::Refusal& refusal) override;

  uint32_t in_flight() const { return in_flight_; }

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
  const OpenAiHandlerOptions options_;
  uint32_t in_flight_ = 0;
};

}  // namespace portcullis::edge
