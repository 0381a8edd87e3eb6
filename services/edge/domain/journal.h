// Where the edge writes its audit leaves: a port, implemented over the spool.
#pragma once

#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "services/audit/api/content.h"
#include "services/audit/api/leaf_hash.h"
#include "services/audit/api/record.h"

namespace portcullis::edge {

// Belongs to one worker.
class Journal {
 public:
  virtual ~Journal() = default;

  // Writes a leaf and, beside it, the texts that were captured. Both survive the death of this process when
  // this returns. RESOURCE_EXHAUSTED: the spool is full; INTERNAL: it cannot be written.
  virtual absl::StatusOr<audit::LeafId> Write(const audit::Record& record,
                                              std::vector<audit::ContentText> texts) = 0;

  // Of the leaf that Write wrote last; there must be one.
  virtual audit::Receipt LastReceipt() = 0;

  // Calls `done` on this worker when all leaves written so far are as durable as configured: inside the call
  // with `durability: process`, after the disk has them with `disk`.
  virtual void WhenDurable(absl::AnyInvocable<void(absl::Status) &&> done) = 0;
};

}  // namespace portcullis::edge
