#include "services/router/adapters/upstream/curl_upstream.h"

#include <utility>

namespace portcullis::router {
namespace {

constexpr size_t kMaxFreeTransfers = 256;  // of a target

}  // namespace

CurlUpstream::CurlUpstream(boost::asio::io_context& io, const base::Clock& clock,
                           const RouterOptions& options)
    : settings_{options.verify_tls, options.limits.max_buffered_bytes},
      loop_(io, clock),
      free_transfers_(options.targets.size()) {
  for (const TargetOptions& target : options.targets) {
    endpoints_.push_back(std::make_unique<const TargetEndpoint>(target));
  }
}

CurlUpstream::~CurlUpstream() = default;

UpstreamAttemptPtr CurlUpstream::Start(UpstreamRequest request, UpstreamObserver& observer) {
  const uint32_t target = request.target;
  auto& free = free_transfers_[target];
  std::unique_ptr<CurlTransfer> transfer;
  if (free.empty()) {
    Pool& pool = *this;
    transfer = std::make_unique<CurlTransfer>(loop_, *endpoints_[target], target, settings_, pool);
  } else {
    transfer = std::move(free.back());
    free.pop_back();
  }
  transfer->Start(std::move(request), observer);
  return UpstreamAttemptPtr(transfer.release());  // comes back through Return
}

void CurlUpstream::Return(CurlTransfer& transfer) {
  std::unique_ptr<CurlTransfer> owned(&transfer);
  auto& free = free_transfers_[transfer.target()];
  if (free.size() < kMaxFreeTransfers) free.push_back(std::move(owned));
}

}  // namespace portcullis::router
