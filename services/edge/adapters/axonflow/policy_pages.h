// AxonFlow's policy API: static policies, dynamic policies, and what they do.
//
// A change leaves an intent in the audit log before it is made, and an outcome after: who, what, which
// version became which; never a pattern or a value.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "services/edge/adapters/axonflow/catalog_desk.h"
#include "services/edge/adapters/axonflow/page.h"
#include "services/edge/adapters/pipeline/pipeline.h"
#include "services/edge/domain/axonflow/policy_views.h"

namespace portcullis::edge {

// Belongs to one worker. What is passed must outlive it.
class PolicyPages {
 public:
  PolicyPages(Pipeline& pipeline, CatalogDesk& desk) : pipeline_(pipeline), desk_(desk) {}

  static PageRoute RouteOf(std::string_view path);

  // The caller of `inbound` is the tenant.
  boost::asio::awaitable<Page> Answer(Inbound& inbound, PageRequest request);

 private:
  struct Call;

  boost::asio::awaitable<Page> List(const Call& call);
  boost::asio::awaitable<Page> Get(const Call& call);
  boost::asio::awaitable<Page> Change(const Call& call, policy::CatalogChange::What what);
  boost::asio::awaitable<Page> Effective(const Call& call);
  boost::asio::awaitable<Page> Versions(const Call& call);
  boost::asio::awaitable<Page> TestPattern(const Call& call);
  boost::asio::awaitable<Page> TestPolicy(const Call& call);
  boost::asio::awaitable<Page> Import(const Call& call);
  boost::asio::awaitable<Page> Export(const Call& call);

  // One change with its records. UNAVAILABLE: the intent could not be written, and nothing was done.
  boost::asio::awaitable<absl::StatusOr<policy::CatalogResult>> Audited(const Call& call,
                                                                        policy::CatalogChange change);
  int64_t NowMicros() const;

  Pipeline& pipeline_;
  CatalogDesk& desk_;
};

}  // namespace portcullis::edge
