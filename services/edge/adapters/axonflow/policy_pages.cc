#include "services/edge/adapters/axonflow/policy_pages.h"

#include <chrono>
#include <optional>
#include <utility>

#include "libs/base/ids.h"
#include "libs/base/strings.h"
#include "services/edge/domain/axonflow/policy_bodies.h"

namespace portcullis::edge {

using boost::asio::awaitable;
using policy::CatalogChange;
using policy::CatalogKind;

namespace {

constexpr std::string_view kStatics = "/api/v1/static-policies", kDynamics = "/api/v1/dynamic-policies",
                           kAlias = "/api/v1/policies";

// What follows the two names of a list, and the labels of both.
struct Route {
  std::string_view rest;  // "{id}" stands for a name
  std::string_view statics;
  std::string_view dynamics;
  std::string_view static_methods;  // "" = there is none
  std::string_view dynamic_methods;
};
constexpr Route kRoutes[] = {
    {"", kStatics, kDynamics, "GET, POST", "GET, POST"},
    {"/effective", "/api/v1/static-policies/effective", "/api/v1/dynamic-policies/effective", "GET", "GET"},
    {"/test", "/api/v1/static-policies/test", "", "POST", ""},
    {"/overrides", "/api/v1/static-policies/overrides", "", "GET", ""},
    {"/import", "", "/api/v1/dynamic-policies/import", "", "POST"},
    {"/export", "", "/api/v1/dynamic-policies/export", "", "GET"},
    {"/simulate", "", "/api/v1/policies/simulate", "", "POST"},
    {"/impact-report", "", "/api/v1/policies/impact-report", "", "POST"},
    {"/conflicts", "", "/api/v1/policies/conflicts", "", "POST"},
    {"/{id}/versions", "/api/v1/static-policies/{id}/versions", "/api/v1/dynamic-policies/{id}/versions",
     "GET", "GET"},
    {"/{id}/override", "/api/v1/static-policies/{id}/override", "", "POST, DELETE", ""},
    {"/{id}/test", "", "/api/v1/dynamic-policies/{id}/test", "", "POST"},
    {"/{id}", "/api/v1/static-policies/{id}", "/api/v1/dynamic-policies/{id}", "GET, PUT, PATCH, DELETE",
     "GET, PUT, PATCH, DELETE"},
};

// What follows the list's name in the path; nullopt = it is no such path.
std::optional<std::string_view> RestOf(std::string_view path, CatalogKind* kind) {
  for (const auto& [prefix, its_kind] : {std::pair{kStatics, CatalogKind::kStatic},
                                         {kDynamics, CatalogKind::kDynamic},
                                         {kAlias, CatalogKind::kDynamic}}) {
    if (!path.starts_with(prefix)) continue;
    const std::string_view rest = path.substr(prefix.size());
    if (!rest.empty() && rest[0] != '/') continue;
    *kind = its_kind;
    return rest;
  }
  return std::nullopt;
}

// Whether the rest of a path has the form of a route; `id` is then what it names.
bool Fits(std::string_view rest, std::string_view route, std::string_view* id) {
  constexpr std::string_view kId = "/{id}";
  if (!route.starts_with(kId)) return rest == route;
  const std::string_view after = route.substr(kId.size());
  if (rest.size() < after.size() + 2 || !rest.ends_with(after)) return false;
  *id = rest.substr(1, rest.size() - after.size() - 1);
  return id->find('/') == id->npos;
}

const Route* RouteFor(std::string_view path, CatalogKind* kind, std::string_view* id) {
  const std::optional<std::string_view> rest = RestOf(path, kind);
  if (!rest) return nullptr;
  for (const Route& route : kRoutes) {
    const bool there =
        !(*kind == CatalogKind::kStatic ? route.static_methods : route.dynamic_methods).empty();
    if (there && Fits(*rest, route.rest, id)) return &route;
  }
  return nullptr;
}

int HttpStatusOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return 400;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kResourceExhausted:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kAlreadyExists:
      return 409;
    default:
      return 503;
  }
}

std::string_view CodeOf(int status) {
  switch (status) {
    case 400:
      return "invalid_request";
    case 403:
      return "forbidden";
    case 404:
      return "not_found";
    case 409:
      return "conflict";
    default:
      return "unavailable";
  }
}

std::string_view Verb(CatalogChange::What what) {
  switch (what) {
    case CatalogChange::What::kCreate:
      return "create";
    case CatalogChange::What::kUpdate:
      return "update";
    case CatalogChange::What::kDelete:
      return "delete";
  }
  return "change";
}

}  // namespace

struct PolicyPages::Call {
  Inbound& inbound;
  PageRequest request;
  CatalogKind kind = CatalogKind::kStatic;
  std::string tenant;
  std::string id;
  json::Limits limits;

  Page Refused(int status, std::string_view message) const {
    Page page(status, PolicyErrorBody(kind, status, message));
    page.code = CodeOf(status);
    return page;
  }
  Page Refused(const absl::Status& status) const {
    return Refused(HttpStatusOf(status), base::Message(status));
  }

  policy::CatalogQuery Query(CatalogKind of, std::string of_id = "") const {
    return {of, tenant, std::move(of_id)};
  }
};

PageRoute PolicyPages::RouteOf(std::string_view path) {
  CatalogKind kind{};
  std::string_view id;
  const Route* route = RouteFor(path, &kind, &id);
  if (route == nullptr) return {};
  if (kind == CatalogKind::kStatic) return {route->statics, route->static_methods};
  return {route->dynamics, route->dynamic_methods};
}

awaitable<Page> PolicyPages::Answer(Inbound& inbound, PageRequest request) {
  Call call{inbound,           request, {},
            inbound.principal, "",      {.max_depth = pipeline_.options().request.max_json_depth}};
  std::string_view id;
  const Route* route = RouteFor(request.path, &call.kind, &id);
  call.id = PercentDecoded(id, false);
  const std::string_view rest = route->rest, method = request.method;
  if (rest.empty() && method != "POST") co_return co_await List(call);
  if (rest.empty()) co_return co_await Change(call, CatalogChange::What::kCreate);
  if (rest == "/effective") co_return co_await Effective(call);
  if (rest == "/test") co_return co_await TestPattern(call);
  if (rest == "/import") co_return co_await Import(call);
  if (rest == "/export") co_return co_await Export(call);
  if (rest == "/{id}/versions") co_return co_await Versions(call);
  if (rest == "/{id}/test") co_return co_await TestPolicy(call);
  if (rest != "/{id}")
    co_return call.Refused(403, "this belongs to AxonFlow's paid tiers and is not served here");
  if (method == "DELETE") co_return co_await Change(call, CatalogChange::What::kDelete);
  if (method == "PUT" || method == "PATCH") co_return co_await Change(call, CatalogChange::What::kUpdate);
  co_return co_await Get(call);
}

awaitable<Page> PolicyPages::List(const Call& call) {
  auto found = co_await desk_.Find(pipeline_.deps().executor, call.Query(call.kind));
  if (!found.ok()) co_return call.Refused(found.status());
  std::optional<std::string> body = PolicyList(*std::move(found), PageQuery(call.request.query));
  if (!body)
    co_return call.Refused(400,
                           "page, page_size, limit and offset must be whole numbers; at most 1000 a page");
  co_return Page(200, *std::move(body));
}

awaitable<Page> PolicyPages::Get(const Call& call) {
  const auto found = co_await desk_.Find(pipeline_.deps().executor, call.Query(call.kind, call.id));
  if (!found.ok()) co_return call.Refused(found.status());
  co_return Page(200, PolicyPage(found->front()));
}

awaitable<Page> PolicyPages::Change(const Call& call, CatalogChange::What what) {
  CatalogChange change;
  change.what = what;
  change.id = call.id;
  const bool deletes = what == CatalogChange::What::kDelete;
  if (!deletes) {
    if (const auto wrong = ReadPolicyDraft(call.kind, call.request.body, call.limits, &change.draft))
      co_return call.Refused(400, *wrong);
  }
  const auto result = co_await Audited(call, std::move(change));
  const int status = !result.ok()                           ? HttpStatusOf(result.status())
                     : deletes                              ? 204
                     : what == CatalogChange::What::kCreate ? 201
                                                            : 200;
  Page page;
  page.status = status;
  page.request_id = call.inbound.request_id;
  if (!result.ok()) {
    page.body = PolicyErrorBody(call.kind, status, base::Message(result.status()));
  } else if (!deletes) {
    page.body = PolicyPage(result->policy);
  }
  co_return page;
}

awaitable<absl::StatusOr<policy::CatalogResult>> PolicyPages::Audited(const Call& call,
                                                                      CatalogChange change) {
  change.kind = call.kind;
  change.tenant = call.tenant;
  change.actor = call.inbound.principal;
  const CatalogChange::What what = change.what;
  call.inbound.request_id = base::NewRequestId(NowMicros() / 1000, pipeline_.deps().rng);
  audit::Record record;
  record.tenant = call.tenant;
  record.policy = change.id;
  record.reason_code = base::StrCat("policy.", Verb(what));
  const absl::Status intended = co_await pipeline_.Intend(call.inbound, &record);
  if (!intended.ok()) {
    co_return absl::UnavailableError(base::StrCat(
        "nothing was changed, for its audit record could not be written: ", base::Message(intended)));
  }
  auto result = co_await desk_.Change(pipeline_.deps().executor, std::move(change));
  record.kind = audit::LeafKind::kOutcome;
  record.verdict = result.ok() ? "allow" : "error";
  record.outcome = result.ok() ? "ok" : "rejected";
  record.http_status = !result.ok()                           ? HttpStatusOf(result.status())
                       : what == CatalogChange::What::kDelete ? 204
                       : what == CatalogChange::What::kCreate ? 201
                                                              : 200;
  if (result.ok()) {
    const policy::CatalogPolicy& now = result->policy;
    record.policy = now.id;
    record.reason_code = base::StrCat("policy.", result->change);
    audit::PolicyFinding& finding = record.findings.emplace_back();
    finding.policy = call.kind == CatalogKind::kStatic ? policy::kStaticPolicy : policy::kDynamicPolicy;
    finding.rule = now.id;
    finding.action = "allow";
    finding.direction = "input";
    const uint64_t after = what == CatalogChange::What::kDelete ? 0 : now.version;
    finding.reason = base::StrCat(result->change, ", version ", result->version_before, " to ", after,
                                  result->summary.empty() ? "" : ": ", result->summary);
  }
  // The change stands: the intent tells of it should this leaf be lost, which the spool's metrics count.
  (void)co_await pipeline_.Report(call.inbound, std::move(record));
  co_return result;
}

awaitable<Page> PolicyPages::Effective(const Call& call) {
  const auto executor = pipeline_.deps().executor;
  const auto dynamics = co_await desk_.Find(executor, call.Query(CatalogKind::kDynamic));
  if (!dynamics.ok()) co_return call.Refused(dynamics.status());
  const PageQuery query(call.request.query);
  if (call.kind == CatalogKind::kDynamic) {
    co_return Page(200, EffectiveDynamicPolicies(*dynamics, query, call.tenant, NowMicros()));
  }
  const auto statics = co_await desk_.Find(executor, call.Query(CatalogKind::kStatic));
  if (!statics.ok()) co_return call.Refused(statics.status());
  co_return Page(200, EffectivePolicies(*statics, *dynamics, query, call.tenant, NowMicros()));
}

awaitable<Page> PolicyPages::Versions(const Call& call) {
  const auto versions = co_await desk_.Versions(pipeline_.deps().executor, call.Query(call.kind, call.id));
  if (!versions.ok()) co_return call.Refused(versions.status());
  co_return Page(200, PolicyVersions(call.id, *versions));
}

awaitable<Page> PolicyPages::TestPattern(const Call& call) {
  PatternTestBody body;
  if (const auto wrong = ReadPatternTest(call.request.body, call.limits, &body))
    co_return call.Refused(400, *wrong);
  const auto trial = co_await desk_.TryPattern(pipeline_.deps().executor, body.pattern, body.inputs);
  if (absl::IsResourceExhausted(trial.status())) co_return call.Refused(400, base::Message(trial.status()));
  if (!trial.ok()) co_return call.Refused(trial.status());
  co_return Page(200, PatternTestPage(body.pattern, body.inputs, *trial));
}

awaitable<Page> PolicyPages::TestPolicy(const Call& call) {
  policy::PolicyTrialInput input;
  if (const auto wrong = ReadPolicyTest(call.request.body, call.limits, &input))
    co_return call.Refused(400, *wrong);
  input.tenant = call.tenant;
  input.id = call.id;
  const auto trial = co_await desk_.TryPolicy(pipeline_.deps().executor, std::move(input));
  if (absl::IsResourceExhausted(trial.status())) co_return call.Refused(400, base::Message(trial.status()));
  if (!trial.ok()) co_return call.Refused(trial.status());
  co_return Page(200, PolicyTestPage(*trial));
}

// One change after the other, each with its records: those before one that is refused stand.
awaitable<Page> PolicyPages::Import(const Call& call) {
  ImportBody body;
  if (const auto wrong = ReadImport(call.request.body, call.limits, &body))
    co_return call.Refused(400, *wrong);
  auto found = co_await desk_.Find(pipeline_.deps().executor, call.Query(call.kind));
  if (!found.ok()) co_return call.Refused(found.status());
  std::erase_if(*found,
                [](const policy::CatalogPolicy& policy) { return policy.tier == policy::kSystemTier; });
  const auto id_of = [&](const std::string& name) {
    for (const policy::CatalogPolicy& policy : *found) {
      if (policy.name == name) return policy.id;
    }
    return std::string();
  };
  for (const policy::CatalogDraft& draft : body.policies) {
    if (body.mode == ImportMode::kError && !id_of(*draft.name).empty()) {
      co_return call.Refused(409, base::StrCat("there is a policy \"", *draft.name, "\" already"));
    }
  }
  ImportOutcome outcome;
  for (policy::CatalogDraft& draft : body.policies) {
    CatalogChange change;
    change.id = id_of(*draft.name);
    if (!change.id.empty() && body.mode == ImportMode::kSkip) {
      ++outcome.skipped;
      continue;
    }
    const std::string name = *draft.name;
    const bool creates = change.id.empty();
    change.what = creates ? CatalogChange::What::kCreate : CatalogChange::What::kUpdate;
    change.draft = std::move(draft);
    const auto result = co_await Audited(call, std::move(change));
    if (!result.ok()) {
      outcome.errors.push_back(base::StrCat(name, ": ", base::Message(result.status())));
    } else {
      ++(creates ? outcome.created : outcome.updated);
    }
  }
  call.inbound.request_id.clear();  // the import itself has a record too
  co_return Page(200, ImportPage(outcome));
}

awaitable<Page> PolicyPages::Export(const Call& call) {
  const auto found = co_await desk_.Find(pipeline_.deps().executor, call.Query(call.kind));
  if (!found.ok()) co_return call.Refused(found.status());
  co_return Page(200, PolicyExport(*found, NowMicros()));
}

int64_t PolicyPages::NowMicros() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             pipeline_.deps().clock.Now().time_since_epoch())
      .count();
}

}  // namespace portcullis::edge
