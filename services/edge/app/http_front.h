// The HTTP front door: AxonFlow's paths to their handler, everything else to OpenAI's.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "services/edge/adapters/axonflow/axonflow_handler.h"
#include "services/edge/adapters/http/openai_handler.h"

namespace portcullis::edge {

// `axonflow` may be null: its paths are unknown then. Both must outlive the front.
class HttpFront final : public http::Handler, public http::RefusalHandler {
 public:
  HttpFront(OpenAiHandler& openai, AxonFlowHandler* axonflow) : openai_(openai), axonflow_(axonflow) {}

  boost::asio::awaitable<void> Handle(http::Request& request, http::ResponseWriter& writer) override {
    return IsAxonFlow(request.path) ? axonflow_->Handle(request, writer) : openai_.Handle(request, writer);
  }

  http::Response OnRefused(const http::Refusal& refusal) override {
    return IsAxonFlow(refusal.path) ? axonflow_->OnRefused(refusal) : openai_.OnRefused(refusal);
  }

 private:
  bool IsAxonFlow(std::string_view path) const {
    return axonflow_ != nullptr && AxonFlowHandler::Serves(path);
  }

  OpenAiHandler& openai_;
  AxonFlowHandler* const axonflow_;
};

}  // namespace portcullis::edge
