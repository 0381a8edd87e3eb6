// Writes one object of an S3-compatible store from pieces, as they come.
//
// What fits into a part is one PUT; more is a multipart upload, which is aborted unless it is finished, so
// that the object appears whole or not at all. Memory: twice a part. Each request is signed and carries the
// hash of its contents; one that fails for a reason that may pass is tried up to five times, with pauses of
// 0.5 s to 4 s or as long as the store asks (at most 30 s). Parts are of one size, which some stores want.
//
// Belongs to one thread. Calls block.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/sleeper.h"
#include "libs/curl/http_exchange.h"
#include "libs/s3/store.h"

namespace portcullis::s3 {

// What an upload works with; must outlive it.
struct UploadParts {
  const base::Clock& clock;
  base::Sleeper& sleeper;
  std::function<absl::StatusOr<curl::HttpAnswer>(curl::HttpRequest)> perform = curl::Perform;
};

class Upload {
 public:
  Upload(Store store, ObjectName name, std::string content_type, UploadParts parts);
  ~Upload();  // aborts what was begun and not finished
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  // Errors, of both: as ErrorOf (errors.h) and curl::Perform; OUT_OF_RANGE: more than kMaxParts parts. No
  // error names a secret. After one the upload is of no more use.
  absl::Status Append(std::string_view bytes);

  // The object is there once this is OK.
  absl::Status Finish();

 private:
  struct Call;

  absl::Status Begin();
  absl::Status SendPart();
  absl::Status Complete();
  absl::StatusOr<curl::HttpAnswer> Send(const Call& call);
  curl::HttpRequest Signed(const Call& call) const;
  absl::Status Judge(const absl::StatusOr<curl::HttpAnswer>& answer) const;

  const Store store_;
  const ObjectAddress address_;
  const std::string name_;  // "s3://BUCKET/KEY"
  const std::string content_type_;
  const UploadParts parts_;
  std::string buffer_;
  std::string upload_id_;           // "" = none is open
  std::vector<std::string> etags_;  // of the parts that are there
};

}  // namespace portcullis::s3
