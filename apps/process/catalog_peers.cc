#include "apps/process/catalog_peers.h"

#include <algorithm>

#include "libs/base/strings.h"

namespace portcullis::app {

std::vector<std::string> CatalogPeers(const LoadedConfig& config) {
  std::vector<std::string> services = config.edge.peers.policy;
  if (config.catalog.store == policy::CatalogStoreKind::kSqlite) services.resize(1);
  return services;
}

std::optional<std::string> SeparateCatalogs(const LoadedConfig& config, const ResolvePeer& resolve) {
  const policy::CatalogSettings& catalog = config.catalog;
  const bool changes = config.edge.axonflow.enabled && catalog.access == policy::CatalogAccess::kReadWrite;
  if (!changes || catalog.store != policy::CatalogStoreKind::kSqlite) return std::nullopt;
  for (const std::string& service : config.edge.peers.policy) {
    const auto addresses = resolve(service);
    if (!addresses.ok()) continue;
    // A machine has an address of each kind.
    const auto of_kind = [&](const char* kind) {
      return std::count_if(addresses->begin(), addresses->end(),
                           [kind](const std::string& address) { return address.starts_with(kind); });
    };
    if (of_kind("ipv4:") < 2 && of_kind("ipv6:") < 2) continue;
    return base::StrCat(
        service, " stands for ", addresses->size(),
        " policy services, each of which keeps the policies of AxonFlow's API for itself; write "
        "services: {policy: {catalog: {store: postgresql}}}, or access: \"off\"");
  }
  return std::nullopt;
}

}  // namespace portcullis::app
