#include "apps/portcullis/audit_cli.h"

#include <iostream>

#include "apps/portcullis/audit/audit_command.h"
#include "apps/portcullis/log_place.h"
#include "apps/portcullis/output_flags.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"

namespace portcullis::app {

int RunAuditExportCli(int argc, char** argv) {
  CLI::App app("Writes the audit log, up to its last signed head, as a file that `audit verify` checks.",
               argv[0]);
  LogPlaceFlags flags;
  OutputFlags output;
  audit_cli::ExportOptions options;
  AddLogPlaceFlags(app, &flags);
  AddOutputFlags(app, &output);
  app.get_option("--output")->required();
  return RunOnLog(app, argc, argv, flags, [&](const LogPlace& place) -> absl::Status {
    ASSIGN_OR_RETURN(options.output, PlaceOf(output));
    options.store = place.store;
    options.reader = place.reader;
    return audit_cli::RunExport(options, std::cout);
  });
}

int RunAuditVerifyCli(int argc, char** argv) {
  CLI::App app("Checks that no record of an audit log was altered, removed or added since it was signed.",
               argv[0]);
  LogPlaceFlags flags;
  audit_cli::VerifyOptions options;
  std::string source;
  AddLogPlaceFlags(app, &flags);
  app.add_option("source", source,
                 "a file of `audit export`, an audit.db, or a state folder (default: the gateway's)");
  app.add_option("--key", options.keys,
                 "public key (audit-key.pub); may be given more than once, in the order of their use");
  app.add_option("--key-links", options.key_links,
                 "audit-key.links of `audit rotate-key`: the first key vouches for those that came after it");
  app.add_option(
      "--head", options.head,
      "a file of `audit head` from another time, or an anchor file: the log must have had these heads");
  app.add_option("--removed-at-most", options.removed_at_most,
                 "how many leaves may have been removed, by retention or erasure; 0 = all must be there");
  return RunOnLog(app, argc, argv, flags, [&](const LogPlace& place) {
    options.source = source.empty() ? place.state_dir : std::filesystem::path(source);
    if (source.empty()) options.store = place.store;
    return audit_cli::RunVerify(options, std::cout);
  });
}

int RunAuditProveCli(int argc, char** argv) {
  CLI::App app("Proves that the record of a receipt is in the signed log; writes the proof as JSON.",
               argv[0]);
  LogPlaceFlags flags;
  audit_cli::ProveOptions options;
  AddLogPlaceFlags(app, &flags);
  app.add_option("receipt", options.receipt, "the value of the answer's header x-portcullis-receipt")
      ->required();
  return RunOnLog(app, argc, argv, flags, [&](const LogPlace& place) {
    options.store = place.store;
    return audit_cli::RunProve(options, std::cout);
  });
}

int RunAuditConsistencyCli(int argc, char** argv) {
  CLI::App app("Proves that the log begins with the leaves of an earlier head; writes the proof as JSON.",
               argv[0]);
  LogPlaceFlags flags;
  audit_cli::ConsistencyOptions options;
  AddLogPlaceFlags(app, &flags);
  app.add_option("--head", options.head, "a file of `audit head` from another time")->required();
  return RunOnLog(app, argc, argv, flags, [&](const LogPlace& place) {
    options.store = place.store;
    return audit_cli::RunConsistency(options, std::cout);
  });
}

int RunAuditRotateKeyCli(int argc, char** argv) {
  CLI::App app("Replaces the key that signs the log; the old one vouches for the new one.", argv[0]);
  LogPlaceFlags flags;
  AddLogPlaceFlags(app, &flags);
  return RunOnLog(app, argc, argv, flags, [](const LogPlace& place) {
    return audit_cli::RunRotateKey({place.store, place.signing_key}, base::SystemClock(), std::cout);
  });
}

int RunAuditHeadCli(int argc, char** argv) {
  CLI::App app(
      "Writes the last signed head as JSON: keep it elsewhere, and `audit verify --head` holds the log to "
      "it.",
      argv[0]);
  LogPlaceFlags flags;
  AddLogPlaceFlags(app, &flags);
  return RunOnLog(app, argc, argv, flags,
                  [](const LogPlace& place) { return audit_cli::RunHead(place.store, std::cout); });
}

}  // namespace portcullis::app
