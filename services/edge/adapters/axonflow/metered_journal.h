// A journal that lets a meter see what is written.
#pragma once

#include <utility>
#include <vector>

#include "services/edge/domain/axonflow/meters.h"
#include "services/edge/domain/journal.h"

namespace portcullis::edge {

// Both must outlive it.
class MeteredJournal final : public Journal {
 public:
  MeteredJournal(Journal& journal, Meter& meter) : journal_(journal), meter_(meter) {}

  absl::StatusOr<audit::LeafId> Write(const audit::Record& record,
                                      std::vector<audit::ContentText> texts) override {
    meter_.Take(record);
    return journal_.Write(record, std::move(texts));
  }
  audit::Receipt LastReceipt() override { return journal_.LastReceipt(); }
  void WhenDurable(absl::AnyInvocable<void(absl::Status) &&> done) override {
    journal_.WhenDurable(std::move(done));
  }

 private:
  Journal& journal_;
  Meter& meter_;
};

}  // namespace portcullis::edge
