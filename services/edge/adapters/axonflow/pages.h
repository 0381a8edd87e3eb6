// What AxonFlow's API tells: metrics, providers, prices, usage and the audit log. Of these it changes the
// weights.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "services/edge/adapters/axonflow/audit_desk.h"
#include "services/edge/adapters/axonflow/page.h"
#include "services/edge/adapters/axonflow/weights_desk.h"
#include "services/edge/adapters/pipeline/pipeline.h"
#include "services/edge/domain/axonflow/meters.h"

namespace portcullis::edge {

// Belongs to one worker. What is passed must outlive it.
class AxonFlowPages {
 public:
  AxonFlowPages(Pipeline& pipeline, AuditDesk& desk, WeightsDesk& weights,
                std::function<MeterFigures()> figures)
      : pipeline_(pipeline),
        desk_(desk),
        weights_(weights),
        figures_(std::move(figures)),
        started_(pipeline.deps().clock.Monotonic()) {}

  static PageRoute RouteOf(std::string_view path);

  boost::asio::awaitable<Page> Answer(PageRequest request);

 private:
  boost::asio::awaitable<Page> AnswerProviders(const PageRequest& request);
  boost::asio::awaitable<Page> SetWeights(const PageRequest& request);
  boost::asio::awaitable<Page> AnswerAudit(const PageRequest& request);
  boost::asio::awaitable<Page> AnswerUsage(const PageRequest& request);
  boost::asio::awaitable<Page> AnswerUsageRecords(const PageRequest& request);
  int64_t NowMicros() const;

  Pipeline& pipeline_;
  AuditDesk& desk_;
  WeightsDesk& weights_;
  const std::function<MeterFigures()> figures_;
  const base::MonotonicTime started_;
};

}  // namespace portcullis::edge
