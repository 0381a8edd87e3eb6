// `portcullis audit export | verify | prove | head`: the log as evidence.
#pragma once

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace portcullis::audit_cli {

struct ExportOptions {
  std::filesystem::path database;
  std::string output;  // a file, replaced when the export is complete
};

// Writes the log up to its last signed head. FAILED_PRECONDITION: nothing is signed yet.
absl::Status RunExport(const ExportOptions& options, std::ostream& out);

struct VerifyOptions {
  std::filesystem::path source;             // a file of RunExport, a database, or a state folder
  std::vector<std::filesystem::path> keys;  // public keys; of a state folder its own, if none is given
  std::filesystem::path head;               // what RunHead wrote at another time; "" = none
};

// Says what was verified. INVALID_ARGUMENT names the first thing that is wrong.
absl::Status RunVerify(const VerifyOptions& options, std::ostream& out);

struct ProveOptions {
  std::filesystem::path database;
  std::string receipt;  // the value of x-portcullis-receipt
};

// Writes an inclusion proof of the receipt's leaf in the last signed head, as JSON, after checking it.
// NOT_FOUND: the log has no such leaf, or no head covers it yet.
absl::Status RunProve(const ProveOptions& options, std::ostream& out);

// Writes the last signed head as JSON.
absl::Status RunHead(const std::filesystem::path& database, std::ostream& out);

}  // namespace portcullis::audit_cli
