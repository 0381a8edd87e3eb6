#include "services/policy/client/catalog_client_translate.h"

namespace portcullis::policy {
namespace {

v1::CatalogOperation OperationToProto(CatalogChange::What what) {
  switch (what) {
    case CatalogChange::What::kCreate:
      return v1::CATALOG_OPERATION_CREATE;
    case CatalogChange::What::kUpdate:
      return v1::CATALOG_OPERATION_UPDATE;
    case CatalogChange::What::kDelete:
      return v1::CATALOG_OPERATION_DELETE;
  }
  return v1::CATALOG_OPERATION_UNSPECIFIED;
}

void DraftToProto(const CatalogDraft& draft, v1::CatalogDraft& out) {
  if (draft.tier) out.set_tier(*draft.tier);
  if (draft.name) out.set_name(*draft.name);
  if (draft.description) out.set_description(*draft.description);
  if (draft.category) out.set_category(*draft.category);
  if (draft.pattern) out.set_pattern(*draft.pattern);
  if (draft.severity) out.set_severity(*draft.severity);
  if (draft.action) out.set_action(*draft.action);
  if (draft.type) out.set_type(*draft.type);
  if (draft.priority) out.set_priority(*draft.priority);
  if (draft.enabled) out.set_enabled(*draft.enabled);
  if (draft.tags) {
    for (const std::string& tag : *draft.tags) out.mutable_tags()->add_tags(tag);
    out.mutable_tags();
  }
  if (draft.conditions) {
    auto& list = *out.mutable_conditions()->mutable_conditions();
    for (const CatalogCondition& one : *draft.conditions) {
      v1::CatalogCondition& proto = *list.Add();
      proto.set_field(one.field);
      proto.set_operator_(one.op);
      proto.set_value(one.value);
    }
  }
  if (draft.actions) {
    auto& list = *out.mutable_actions()->mutable_actions();
    for (const CatalogAction& one : *draft.actions) {
      v1::CatalogAction& proto = *list.Add();
      proto.set_type(one.type);
      proto.set_config(one.config);
    }
  }
}

}  // namespace

v1::CatalogKind KindToProto(CatalogKind kind) {
  return kind == CatalogKind::kStatic ? v1::CATALOG_KIND_STATIC : v1::CATALOG_KIND_DYNAMIC;
}

v1::FindPoliciesRequest FindToProto(const CatalogQuery& query) {
  v1::FindPoliciesRequest out;
  out.set_kind(KindToProto(query.kind));
  out.set_tenant(query.tenant);
  out.set_id(query.id);
  return out;
}

v1::ChangePolicyRequest ChangeToProto(const CatalogChange& change) {
  v1::ChangePolicyRequest out;
  out.set_operation(OperationToProto(change.what));
  out.set_kind(KindToProto(change.kind));
  out.set_tenant(change.tenant);
  out.set_actor(change.actor);
  out.set_id(change.id);
  DraftToProto(change.draft, *out.mutable_draft());
  return out;
}

v1::ListVersionsRequest VersionsToProto(const CatalogQuery& query) {
  v1::ListVersionsRequest out;
  out.set_kind(KindToProto(query.kind));
  out.set_tenant(query.tenant);
  out.set_id(query.id);
  return out;
}

v1::TryPolicyRequest TryToProto(const PolicyTrialInput& input) {
  v1::TryPolicyRequest out;
  out.set_tenant(input.tenant);
  out.set_id(input.id);
  out.set_query(input.query);
  out.set_response(input.response);
  out.set_user(input.user);
  out.set_request_type(input.request_type);
  return out;
}

CatalogPolicy PolicyFromProto(const v1::CatalogPolicy& proto) {
  CatalogPolicy policy;
  policy.kind = proto.kind() == v1::CATALOG_KIND_DYNAMIC ? CatalogKind::kDynamic : CatalogKind::kStatic;
  policy.id = proto.id();
  policy.tenant = proto.tenant();
  policy.tier = proto.tier();
  policy.name = proto.name();
  policy.description = proto.description();
  policy.category = proto.category();
  policy.priority = proto.priority();
  policy.enabled = proto.enabled();
  policy.pattern = proto.pattern();
  policy.severity = proto.severity();
  policy.action = proto.action();
  policy.tags = {proto.tags().begin(), proto.tags().end()};
  policy.type = proto.type();
  for (const v1::CatalogCondition& one : proto.conditions()) {
    policy.conditions.push_back({one.field(), one.operator_(), one.value()});
  }
  for (const v1::CatalogAction& one : proto.actions()) policy.actions.push_back({one.type(), one.config()});
  policy.version = proto.version();
  policy.created_us = proto.created_us();
  policy.updated_us = proto.updated_us();
  policy.created_by = proto.created_by();
  policy.updated_by = proto.updated_by();
  return policy;
}

std::vector<CatalogPolicy> PoliciesFromProto(const v1::FindPoliciesResponse& proto) {
  std::vector<CatalogPolicy> policies;
  for (const v1::CatalogPolicy& one : proto.policies()) policies.push_back(PolicyFromProto(one));
  return policies;
}

CatalogResult ResultFromProto(const v1::ChangePolicyResponse& proto) {
  return {PolicyFromProto(proto.policy()), proto.version_before(), proto.change(), proto.summary()};
}

std::vector<CatalogVersion> VersionsFromProto(const v1::ListVersionsResponse& proto) {
  std::vector<CatalogVersion> versions;
  for (const v1::CatalogVersion& one : proto.versions()) {
    versions.push_back({PolicyFromProto(one.policy()), one.change(), one.summary()});
  }
  return versions;
}

PatternTrial TrialFromProto(const v1::TryPatternResponse& proto) {
  PatternTrial trial;
  trial.error = proto.error();
  for (const v1::PatternMatch& one : proto.matches()) {
    trial.matches.push_back({one.input(), {one.texts().begin(), one.texts().end()}});
  }
  return trial;
}

PolicyTrial TrialFromProto(const v1::TryPolicyResponse& proto) {
  PolicyTrial trial;
  trial.matched = proto.matched();
  trial.blocked = proto.blocked();
  for (const v1::CatalogAction& one : proto.actions()) trial.actions.push_back({one.type(), one.config()});
  trial.explanation = proto.explanation();
  trial.micros = proto.micros();
  return trial;
}

}  // namespace portcullis::policy
