#include "services/policy/adapters/grpc/catalog_translate.h"

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::policy {
namespace {

constexpr size_t kMaxNameBytes = 1024;  // of tenants, actors and ids

absl::StatusOr<CatalogKind> KindFromProto(v1::CatalogKind kind) {
  if (kind == v1::CATALOG_KIND_STATIC) return CatalogKind::kStatic;
  if (kind == v1::CATALOG_KIND_DYNAMIC) return CatalogKind::kDynamic;
  return absl::InvalidArgumentError("kind: is not known");
}

absl::Status CheckName(std::string_view field, const std::string& name) {
  if (name.size() <= kMaxNameBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(base::StrCat(field, ": has more than ", kMaxNameBytes, " bytes"));
}

CatalogDraft DraftFromProto(const v1::CatalogDraft& proto) {
  CatalogDraft draft;
  if (proto.has_tier()) draft.tier = proto.tier();
  if (proto.has_name()) draft.name = proto.name();
  if (proto.has_description()) draft.description = proto.description();
  if (proto.has_category()) draft.category = proto.category();
  if (proto.has_pattern()) draft.pattern = proto.pattern();
  if (proto.has_severity()) draft.severity = proto.severity();
  if (proto.has_action()) draft.action = proto.action();
  if (proto.has_type()) draft.type = proto.type();
  if (proto.has_priority()) draft.priority = proto.priority();
  if (proto.has_enabled()) draft.enabled = proto.enabled();
  if (proto.has_tags()) draft.tags.emplace(proto.tags().tags().begin(), proto.tags().tags().end());
  if (proto.has_conditions()) {
    draft.conditions.emplace();
    for (const v1::CatalogCondition& one : proto.conditions().conditions()) {
      draft.conditions->push_back({one.field(), one.operator_(), one.value()});
    }
  }
  if (proto.has_actions()) {
    draft.actions.emplace();
    for (const v1::CatalogAction& one : proto.actions().actions()) {
      draft.actions->push_back({one.type(), one.config()});
    }
  }
  return draft;
}

template <typename List>
void ActionsToProto(const std::vector<CatalogAction>& actions, List& out) {
  for (const CatalogAction& one : actions) {
    v1::CatalogAction& proto = *out.Add();
    proto.set_type(one.type);
    proto.set_config(one.config);
  }
}

}  // namespace

absl::StatusOr<CatalogQuery> QueryFromProto(v1::CatalogKind kind, const std::string& tenant,
                                            const std::string& id) {
  CatalogQuery query;
  ASSIGN_OR_RETURN(query.kind, KindFromProto(kind));
  RETURN_IF_ERROR(CheckName("tenant", tenant));
  RETURN_IF_ERROR(CheckName("id", id));
  query.tenant = tenant;
  query.id = id;
  return query;
}

absl::StatusOr<CatalogChange> ChangeFromProto(const v1::ChangePolicyRequest& proto) {
  CatalogChange change;
  switch (proto.operation()) {
    case v1::CATALOG_OPERATION_CREATE:
      change.what = CatalogChange::What::kCreate;
      break;
    case v1::CATALOG_OPERATION_UPDATE:
      change.what = CatalogChange::What::kUpdate;
      break;
    case v1::CATALOG_OPERATION_DELETE:
      change.what = CatalogChange::What::kDelete;
      break;
    default:
      return absl::InvalidArgumentError("operation: is not known");
  }
  ASSIGN_OR_RETURN(change.kind, KindFromProto(proto.kind()));
  RETURN_IF_ERROR(CheckName("tenant", proto.tenant()));
  RETURN_IF_ERROR(CheckName("actor", proto.actor()));
  RETURN_IF_ERROR(CheckName("id", proto.id()));
  if (proto.tenant().empty()) return absl::InvalidArgumentError("tenant: is required");
  change.tenant = proto.tenant();
  change.actor = proto.actor();
  change.id = proto.id();
  change.draft = DraftFromProto(proto.draft());
  return change;
}

PolicyTrialInput TrialFromProto(const v1::TryPolicyRequest& proto) {
  return {proto.tenant(), proto.id(), proto.query(), proto.response(), proto.user(), proto.request_type()};
}

void PolicyToProto(const CatalogPolicy& policy, v1::CatalogPolicy& out) {
  out.set_kind(policy.kind == CatalogKind::kStatic ? v1::CATALOG_KIND_STATIC : v1::CATALOG_KIND_DYNAMIC);
  out.set_id(policy.id);
  out.set_tenant(policy.tenant);
  out.set_tier(policy.tier);
  out.set_name(policy.name);
  out.set_description(policy.description);
  out.set_category(policy.category);
  out.set_priority(policy.priority);
  out.set_enabled(policy.enabled);
  out.set_pattern(policy.pattern);
  out.set_severity(policy.severity);
  out.set_action(policy.action);
  for (const std::string& tag : policy.tags) out.add_tags(tag);
  out.set_type(policy.type);
  for (const CatalogCondition& one : policy.conditions) {
    v1::CatalogCondition& proto = *out.add_conditions();
    proto.set_field(one.field);
    proto.set_operator_(one.op);
    proto.set_value(one.value);
  }
  ActionsToProto(policy.actions, *out.mutable_actions());
  out.set_version(policy.version);
  out.set_created_us(policy.created_us);
  out.set_updated_us(policy.updated_us);
  out.set_created_by(policy.created_by);
  out.set_updated_by(policy.updated_by);
}

void ResultToProto(const CatalogResult& result, v1::ChangePolicyResponse& out) {
  PolicyToProto(result.policy, *out.mutable_policy());
  out.set_version_before(result.version_before);
  out.set_change(result.change);
  out.set_summary(result.summary);
}

void VersionToProto(const CatalogVersion& version, v1::CatalogVersion& out) {
  PolicyToProto(version.policy, *out.mutable_policy());
  out.set_change(version.change);
  out.set_summary(version.summary);
}

void TrialToProto(const PatternTrial& trial, v1::TryPatternResponse& out) {
  out.set_error(trial.error);
  for (const PatternTrial::Match& match : trial.matches) {
    v1::PatternMatch& proto = *out.add_matches();
    proto.set_input(match.input);
    for (const std::string& text : match.texts) proto.add_texts(text);
  }
}

void TrialToProto(const PolicyTrial& trial, v1::TryPolicyResponse& out) {
  out.set_matched(trial.matched);
  out.set_blocked(trial.blocked);
  ActionsToProto(trial.actions, *out.mutable_actions());
  out.set_explanation(trial.explanation);
  out.set_micros(trial.micros);
}

}  // namespace portcullis::policy
