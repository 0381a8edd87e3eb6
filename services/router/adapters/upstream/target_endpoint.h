// What libcurl needs of a target, worked out once: addresses and header lists.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "services/router/domain/router_options.h"
#include "services/router/domain/upstream_port.h"

namespace portcullis::router {

struct HeaderListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, HeaderListDeleter>;

// Immutable; holds the key of the target, so that it must not be printed.
class TargetEndpoint {
 public:
  explicit TargetEndpoint(const TargetOptions& options);

  const std::string& url(UpstreamPath path) const { return urls_[static_cast<size_t>(path)]; }
  curl_slist* headers(UpstreamPath path, bool stream, uint32_t key) const;
  std::chrono::milliseconds connect_timeout() const { return connect_timeout_; }
  bool tls() const { return tls_; }

 private:
  // With one of the target's keys.
  struct Headers {
    HeaderList whole;
    HeaderList stream;
    HeaderList get;
  };

  std::array<std::string, 5> urls_;  // by UpstreamPath
  std::vector<Headers> headers_;     // by key; at least one
  std::chrono::milliseconds connect_timeout_;
  bool tls_;
};

}  // namespace portcullis::router
