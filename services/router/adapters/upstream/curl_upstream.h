// UpstreamPort through libcurl: HTTP/1.1, or HTTP/2 where TLS negotiates it, over kept connections.
//
// Belongs to one worker. All attempts must be released before it is destroyed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "libs/base/clock.h"
#include "libs/curl/curl_loop.h"
#include "services/router/adapters/upstream/curl_transfer.h"
#include "services/router/adapters/upstream/target_endpoint.h"
#include "services/router/domain/router_options.h"
#include "services/router/domain/upstream_port.h"

namespace portcullis::router {

class CurlUpstream final : public UpstreamPort, private CurlTransfer::Pool {
 public:
  // `io` and `clock` must outlive the port. Of `options` the targets, the limits and verify_tls count.
  CurlUpstream(boost::asio::io_context& io, const base::Clock& clock, const RouterOptions& options);
  ~CurlUpstream() override;

  UpstreamAttemptPtr Start(UpstreamRequest request, UpstreamObserver& observer) override;

 private:
  void Return(CurlTransfer& transfer) override;

  const CurlSettings settings_;
  curl::CurlLoop loop_;
  std::vector<std::unique_ptr<const TargetEndpoint>> endpoints_;            // by target
  std::vector<std::vector<std::unique_ptr<CurlTransfer>>> free_transfers_;  // by target
};

}  // namespace portcullis::router
