#include "services/router/adapters/upstream/target_endpoint.h"

#include <initializer_list>
#include <new>

#include "libs/base/strings.h"

namespace portcullis::router {
namespace {

// Scheme and authority of a URL.
std::string_view OriginOf(std::string_view url) {
  const size_t host = url.find("://");
  return host == url.npos ? url : url.substr(0, url.find('/', host + 3));
}

HeaderList MakeHeaders(const TargetOptions& options, const std::string& key,
                       std::initializer_list<std::string_view> lines) {
  HeaderList list;
  const auto append = [&list](const std::string& line) {
    curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    list.release();
    list.reset(longer);
  };
  if (!key.empty()) append(base::StrCat(options.api_key_header, ": ", options.api_key_prefix, key));
  append("Accept-Encoding: identity");
  append("Expect:");  // libcurl would wait for "100 Continue" before a large body
  for (const std::string_view line : lines) append(std::string(line));
  return list;
}

}  // namespace

TargetEndpoint::TargetEndpoint(const TargetOptions& options)
    : urls_{options.base_url + "/chat/completions", options.base_url + "/fim/completions",
            options.base_url + "/embeddings", options.base_url + "/models",
            base::StrCat(OriginOf(options.base_url), options.health_probe.path)},
      connect_timeout_(options.connect_timeout),
      tls_(options.base_url.rfind("https:", 0) == 0) {
  const auto add = [this, &options](const std::string& key) {
    headers_.push_back(
        {MakeHeaders(options, key, {"Content-Type: application/json", "Accept: application/json"}),
         MakeHeaders(options, key, {"Content-Type: application/json", "Accept: text/event-stream"}),
         MakeHeaders(options, key, {"Accept: application/json"})});
  };
  for (const TargetKey& key : options.keys) add(key.value);
  if (headers_.empty()) add(options.api_key);
}

curl_slist* TargetEndpoint::headers(UpstreamPath path, bool stream, uint32_t key) const {
  const Headers& headers = headers_[key < headers_.size() ? key : 0];
  if (path == UpstreamPath::kModels || path == UpstreamPath::kProbe) return headers.get.get();
  return stream ? headers.stream.get() : headers.whole.get();
}

}  // namespace portcullis::router
