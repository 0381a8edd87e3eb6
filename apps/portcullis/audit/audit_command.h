// `portcullis audit export | verify | prove | consistency | head | rotate-key`: the log as evidence.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "apps/portcullis/output/output.h"
#include "libs/base/clock.h"
#include "services/audit/app/read_marker.h"
#include "services/audit/app/store_place.h"

namespace portcullis::audit_cli {

struct ExportOptions {
  audit::StorePlace store;
  output::Place output;
  audit::LocalReader reader;
};

// Writes the log up to its last signed head, and to `out` what it wrote unless the log goes there.
// FAILED_PRECONDITION: nothing is signed yet.
absl::Status RunExport(const ExportOptions& options, std::ostream& out);

struct VerifyOptions {
  std::filesystem::path source;  // a file of RunExport, a database, or a state folder
  audit::StorePlace store;       // in PostgreSQL: the log of that state folder
  std::vector<std::filesystem::path>
      keys;  // public keys by the order of their use; of a state folder its own, if none
  std::filesystem::path key_links;  // what RunRotateKey wrote; of a state folder its own; "" = none
  std::filesystem::path head;       // what RunHead wrote at another time, or an anchor file; "" = none
  std::optional<uint64_t> removed_at_most;  // leaves
};

// Says what was verified. INVALID_ARGUMENT names the first thing that is wrong.
absl::Status RunVerify(const VerifyOptions& options, std::ostream& out);

struct ProveOptions {
  audit::StorePlace store;
  std::string receipt;  // the value of x-portcullis-receipt
};

// Writes an inclusion proof of the receipt's leaf in the last signed head, as JSON, after checking it.
// NOT_FOUND: the log has no such leaf, or no head covers it yet.
absl::Status RunProve(const ProveOptions& options, std::ostream& out);

struct ConsistencyOptions {
  audit::StorePlace store;
  std::filesystem::path head;  // what RunHead wrote at another time
};

// Writes a proof that the log begins with the leaves of that head, as JSON, after checking it.
// INVALID_ARGUMENT: it does not.
absl::Status RunConsistency(const ConsistencyOptions& options, std::ostream& out);

struct RotateKeyOptions {
  audit::StorePlace store;
  std::filesystem::path signing_key;
};

// Replaces the signing key. An audit service that runs takes the new one for its next head.
absl::Status RunRotateKey(const RotateKeyOptions& options, const base::Clock& clock, std::ostream& out);

// Writes the last signed head as JSON.
absl::Status RunHead(const audit::StorePlace& place, std::ostream& out);

}  // namespace portcullis::audit_cli
