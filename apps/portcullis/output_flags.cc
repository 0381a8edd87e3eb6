#include "apps/portcullis/output_flags.h"

#include "libs/base/status_macros.h"
#include "libs/config/environment.h"

namespace portcullis::app {

void AddOutputFlags(CLI::App& app, OutputFlags* flags) {
  app.add_option("--output", flags->to,
                 "a file, - for standard output, or s3://BUCKET/KEY with AWS_ACCESS_KEY_ID "
                 "and AWS_SECRET_ACCESS_KEY");
  app.add_option("--s3-endpoint", flags->store.endpoint,
                 "https://HOST[:PORT] of the S3 store (default: AWS_ENDPOINT_URL, or Amazon's)");
  app.add_option("--s3-region", flags->store.region, "its region (default: AWS_REGION)");
  app.add_option("--s3-part-mib", flags->store.part_mib,
                 "size of the parts of what is large; memory is twice that (default 16, for up to 156 GiB)")
      ->check(CLI::Range(s3::kMinPartMib, s3::kMaxPartMib));
  app.add_flag("--s3-virtual-host", flags->store.virtual_host,
               "the bucket is part of the host's name at --s3-endpoint, too, not of the path");
  app.add_flag("--s3-allow-http", flags->store.allow_http,
               "http:// to another machine: whoever is between reads what is exported");
}

absl::StatusOr<output::Place> PlaceOf(const OutputFlags& flags) {
  output::Place place;
  place.to = flags.to;
  if (!output::IsObject(flags.to)) return place;
  RETURN_IF_ERROR(s3::ParseObjectName(flags.to).status());
  const config::SystemEnvironment environment;
  ASSIGN_OR_RETURN(place.store, s3::StoreOf(flags.store, environment));
  return place;
}

}  // namespace portcullis::app
