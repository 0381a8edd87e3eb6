// The edge's journal over a spool of the audit service.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "services/audit/client/record_spool.h"
#include "services/edge/domain/journal.h"

namespace portcullis::edge {

// Belongs to the worker of `executor`.
class SpoolJournal final : public Journal {
 public:
  SpoolJournal(std::unique_ptr<audit::RecordSpool> spool, boost::asio::any_io_executor executor)
      : spool_(std::move(spool)), executor_(std::move(executor)) {}

  absl::StatusOr<audit::LeafId> Write(const audit::Record& record,
                                      std::vector<audit::ContentText> texts) override {
    return spool_->Append(record, std::move(texts));
  }
  audit::Receipt LastReceipt() override { return spool_->LastReceipt(); }
  void WhenDurable(absl::AnyInvocable<void(absl::Status) &&> done) override;

 private:
  const std::unique_ptr<audit::RecordSpool> spool_;
  const boost::asio::any_io_executor executor_;
};

}  // namespace portcullis::edge
