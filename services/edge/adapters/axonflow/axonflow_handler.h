// AxonFlow's paths over HTTP, for its own SDKs: proxy mode (POST /api/request), gateway mode (POST
// /api/policy/pre-check and /api/audit/llm-call), decisions (decision_point.h), pages (pages.h), policies
// (policy_pages.h) and GET /health. What is under /api or /mcp and not served is a 404 in JSON. Every request
// leaves an audit record but GET /health, /metrics and /prometheus.
//
// The same policies, router and audit serve these paths as serve OpenAI's.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/http/refusal.h"
#include "libs/http/server.h"
#include "services/edge/adapters/axonflow/decision_point.h"
#include "services/edge/adapters/axonflow/pages.h"
#include "services/edge/adapters/axonflow/policy_pages.h"
#include "services/edge/adapters/pipeline/in_flight.h"
#include "services/edge/adapters/pipeline/pipeline.h"
#include "services/edge/domain/axonflow/answers.h"
#include "services/edge/domain/axonflow/basic_auth.h"
#include "services/edge/domain/axonflow/bodies.h"
#include "services/edge/domain/axonflow/context_ids.h"

namespace portcullis::edge {

struct AxonFlowOptions {
  AxonFlowFacts facts;
  bool community = true;  // nobody needs credentials
  std::vector<AxonFlowClient> clients;
  std::string context_key;
  std::chrono::seconds context_ttl{300};
};

// Who is asked for what the gateway does not know by itself. A thread for each.
struct AxonFlowDesks {
  AxonFlowDesks(audit::AuditApi& audit_api, policy::CatalogApi& catalog_api, WeightsDesk::Set set_weights)
      : audit(audit_api), catalog(catalog_api), weights(std::move(set_weights)) {}

  AuditDesk audit;
  CatalogDesk catalog;
  WeightsDesk weights;
};

// What the pages are made of.
struct AxonFlowSources {
  AxonFlowDesks& desks;
  std::function<MeterFigures()> figures;  // of all workers
};

// Belongs to one worker, like its pipeline. What is passed must outlive it.
class AxonFlowHandler final : public http::Handler, public http::RefusalHandler {
 public:
  AxonFlowHandler(Pipeline& pipeline, InFlight& in_flight, const AxonFlowOptions& options,
                  const AxonFlowAuth& auth, AxonFlowSources sources);

  static bool Serves(std::string_view path);

  boost::asio::awaitable<void> Handle(http::Request& request, http::ResponseWriter& writer) override;
  http::Response OnRefused(const http::Refusal& refusal) override;

 private:
  using Done = boost::asio::awaitable<void>;

  Done Serve(Inbound& inbound, const http::Request& request, http::ResponseWriter& writer);
  Done Proxy(Inbound& inbound, http::ResponseWriter& writer);
  Done Skip(Inbound& inbound, http::ResponseWriter& writer);
  Done PreCheck(Inbound& inbound, http::ResponseWriter& writer);
  Done LlmCall(Inbound& inbound, http::ResponseWriter& writer);
  Done Decide(Inbound& inbound, std::string_view profile, http::ResponseWriter& writer);
  Done Tell(Inbound& inbound, const http::Request& request, http::ResponseWriter& writer);
  Done Health(http::ResponseWriter& writer);
  Done Reject(const Inbound& inbound, int status, std::string_view code, std::string body,
              http::ResponseWriter& writer);
  Done Fail(const Inbound& inbound, int status, std::string_view code, std::string_view message,
            http::ResponseWriter& writer);

  // The caller as the credentials, or in community mode the body, name it.
  void NameCaller(const std::string& client_id, Inbound* inbound) const;
  std::vector<std::string> TargetsOf(std::string_view provider);
  audit::Record LlmCallRecord(const LlmCallBody& body);
  std::chrono::microseconds Now() const;

  Pipeline& pipeline_;
  InFlight& in_flight_;
  const AxonFlowOptions& options_;
  const AxonFlowAuth& auth_;
  const ContextIds contexts_;
  AxonFlowPages pages_;
  PolicyPages policies_;
  DecisionPoint decisions_;
};

}  // namespace portcullis::edge
