#include "services/edge/app/spool_journal.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace portcullis::edge {

void SpoolJournal::WhenDurable(absl::AnyInvocable<void(absl::Status) &&> done) {
  if (spool_->writer().durability() == spool::Durability::kProcess) return std::move(done)(absl::OkStatus());
  // The spool answers on its sync thread.
  spool_->Sync([executor = executor_, done = std::move(done)](absl::Status status) mutable {
    boost::asio::post(executor, [done = std::move(done), status = std::move(status)]() mutable {
      std::move(done)(std::move(status));
    });
  });
}

}  // namespace portcullis::edge
