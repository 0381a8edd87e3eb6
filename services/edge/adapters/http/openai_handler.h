// OpenAI's paths over HTTP: chat completions, FIM, embeddings and the list of models, with or without the /v1
// prefix. Everything else is a 404 in OpenAI's error shape. Every request leaves an audit record, the refused
// ones included.
//
// Clients need no key: whatever Authorization they send is neither checked nor forwarded, but for Basic
// credentials where AxonFlow's API is served: those name the caller as they do there, and its wrong ones are
// refused.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "libs/http/refusal.h"
#include "libs/http/server.h"
#include "services/edge/adapters/pipeline/in_flight.h"
#include "services/edge/adapters/pipeline/pipeline.h"
#include "services/edge/domain/axonflow/basic_auth.h"

namespace portcullis::edge {

// Belongs to one worker, like its pipeline. `in_flight` and `auth`, which may be null, must outlive it.
class OpenAiHandler final : public http::Handler, public http::RefusalHandler {
 public:
  OpenAiHandler(Pipeline& pipeline, InFlight& in_flight, const AxonFlowAuth* auth)
      : pipeline_(pipeline), in_flight_(in_flight), auth_(auth) {}

  boost::asio::awaitable<void> Handle(http::Request& request, http::ResponseWriter& writer) override;
  http::Response OnRefused(const http::Refusal& refusal) override;

 private:
  // `decision`: the answer names it, as AxonFlow's does.
  boost::asio::awaitable<void> Complete(router::Operation operation, Inbound inbound, bool decision,
                                        http::ResponseWriter& writer);
  boost::asio::awaitable<void> ListModels(const Inbound& inbound, std::string_view only,
                                          http::ResponseWriter& writer);
  boost::asio::awaitable<void> RefuseMethod(const Inbound& inbound, std::string_view allowed,
                                            http::ResponseWriter& writer);
  boost::asio::awaitable<void> Fail(const Inbound& inbound, const ApiError& error,
                                    http::ResponseWriter& writer);

  Pipeline& pipeline_;
  InFlight& in_flight_;
  const AxonFlowAuth* const auth_;
};

}  // namespace portcullis::edge
