#include "services/router/adapters/upstream/target_endpoint.h"

#include <initializer_list>
#include <new>

#include "libs/base/strings.h"
#include "services/router/domain/upstream_url.h"

namespace portcullis::router {
namespace {

HeaderList MakeHeaders(const TargetOptions& options, std::initializer_list<std::string_view> lines) {
  HeaderList list;
  const auto append = [&list](const std::string& line) {
    curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    list.release();
    list.reset(longer);
  };
  if (!options.api_key.empty()) {
    append(base::StrCat(options.api_key_header, ": ", options.api_key_prefix, options.api_key));
  }
  append("Accept-Encoding: identity");
  append("Expect:");  // libcurl would wait for "100 Continue" before a large body
  for (const std::string& line : UpstreamHeaders(options)) append(line);
  for (const std::string_view line : lines) append(std::string(line));
  return list;
}

}  // namespace

TargetEndpoint::TargetEndpoint(const TargetOptions& options)
    : urls_{UpstreamUrl(options, UpstreamPath::kChatCompletions),
            UpstreamUrl(options, UpstreamPath::kFimCompletions),
            UpstreamUrl(options, UpstreamPath::kEmbeddings), UpstreamUrl(options, UpstreamPath::kModels)},
      whole_(MakeHeaders(options, {"Content-Type: application/json", "Accept: application/json"})),
      stream_(MakeHeaders(options, {"Content-Type: application/json", "Accept: text/event-stream"})),
      get_(MakeHeaders(options, {"Accept: application/json"})),
      connect_timeout_(options.connect_timeout),
      tls_(options.base_url.rfind("https:", 0) == 0) {}

curl_slist* TargetEndpoint::headers(UpstreamPath path, bool stream) const {
  if (path == UpstreamPath::kModels) return get_.get();
  return stream ? stream_.get() : whole_.get();
}

}  // namespace portcullis::router
