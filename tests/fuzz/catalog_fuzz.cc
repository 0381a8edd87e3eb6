// Policies of tenants: whatever pattern, condition or action comes, it is refused with a reason or compiles,
// and then an exchange with it ends.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "libs/testing/fake_clock.h"
#include "services/policy/domain/catalog/catalog.h"
#include "services/policy/domain/catalog/catalog_rules.h"
#include "services/policy/domain/catalog/policy_json.h"
#include "services/policy/domain/engine.h"

namespace {

using namespace portcullis;
using namespace portcullis::policy;

void Require(bool holds) {
  if (!holds) std::abort();
}

// The next line of the input.
std::string Take(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  return std::string(line);
}

void Ask(const CatalogPolicy& policy, std::string_view text) {
  static const auto fold = *text::FoldTable::Build({});
  static const auto chain = *Bundle::Compile({});
  const auto rules = TenantRules::Compile({policy}, *fold);
  if (!rules.ok()) return Require(!rules.status().message().empty());
  testing::FakeClock clock;
  NullProbe probe;
  const BundleSource bundles(Bundle::WithCatalog(*chain, {{policy.tenant, *rules}}));
  Engine engine(&bundles, &clock, &probe);
  OpenRequest request;
  request.context.tenant = policy.tenant;
  request.input.push_back({text, SegmentKind::kText, Role::kUser, ""});
  engine.Open(request, [&](absl::StatusOr<OpenResult> result) {
    Require(result.ok());
    if (result->exchange == nullptr) return;
    result->exchange->Guard({{0, SegmentKind::kText, text, true}},
                            [&](const absl::StatusOr<GuardResult>& guarded) { Require(guarded.ok()); });
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  CatalogChange change;
  change.tenant = "t";
  change.kind = !rest.empty() && rest[0] == 'd' ? CatalogKind::kDynamic : CatalogKind::kStatic;
  if (!rest.empty()) rest.remove_prefix(1);
  change.draft.name = "n";
  if (change.kind == CatalogKind::kStatic) {
    change.draft.category = "sensitive-data";
    change.draft.pattern = Take(rest);
    change.draft.action = Take(rest);
  } else {
    change.draft.actions = {{{Take(rest)}}};
    change.draft.conditions.emplace();
    for (int i = 0; i < 2; ++i) change.draft.conditions->push_back({Take(rest), Take(rest), Take(rest)});
  }
  const auto result = Catalog({}, {}).Plan(change, "p", 0);
  if (result.ok()) {
    Ask(result->policy, rest);
    const auto back = PolicyFromJson(PolicyToJson(result->policy));
    Require(back.ok());
  }
  (void)PolicyFromJson(rest);
  return 0;
}
