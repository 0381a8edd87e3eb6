"""AxonFlow's SDK for Python as somebody uses it who keeps policies: a whole story, told as one line of JSON.

    policies.py ENDPOINT TENANT
"""

import asyncio
import json
import sys

from axonflow import AxonFlow
from axonflow.exceptions import AxonFlowError
from axonflow.policies import (
    CreateDynamicPolicyRequest,
    CreatePolicyOverrideRequest,
    CreateStaticPolicyRequest,
    DynamicPolicyAction,
    DynamicPolicyCondition,
    EffectivePoliciesOptions,
    ListDynamicPoliciesOptions,
    ListStaticPoliciesOptions,
    OverrideAction,
    PolicyAction,
    PolicyCategory,
    PolicySeverity,
    PolicyTier,
    UpdateDynamicPolicyRequest,
    UpdateStaticPolicyRequest,
)


def told(answer):
    if isinstance(answer, list):
        return [told(one) for one in answer]
    return None if answer is None else json.loads(answer.model_dump_json())


async def refused(call):
    try:
        return {"raised": None, "message": str(told(await call))}
    except AxonFlowError as error:
        return {"raised": type(error).__name__, "message": str(error)}


def static_request(name, pattern, **more):
    return CreateStaticPolicyRequest(
        name=name, category=PolicyCategory.SENSITIVE_DATA, pattern=pattern, action=PolicyAction.BLOCK, **more)


def dynamic_request(name, word, **more):
    return CreateDynamicPolicyRequest(
        name=name, type="content", category="dynamic-security",
        conditions=[DynamicPolicyCondition(field="query", operator="contains", value=word)],
        actions=[DynamicPolicyAction(type="block", config={})], **more)


async def statics(client, word):
    """Every call of static policies, and what a policy does between them."""
    out = {}
    created = await client.create_static_policy(
        static_request("Project names", f"{word}-[0-9]{{3}}", severity=PolicySeverity.HIGH, description="not to be told"))
    out["created"] = told(created)
    out["fetched"] = told(await client.get_static_policy(created.id))
    out["blocked"] = await refused(client.proxy_llm_call("", f"what is {word}-123?", "chat", {}))
    out["updated"] = told(await client.update_static_policy(
        created.id, UpdateStaticPolicyRequest(action=PolicyAction.REDACT, severity=PolicySeverity.LOW)))
    out["redacted"] = told(await client.proxy_llm_call("", f"say: {word}-123 is here", "chat", {}))
    out["off"] = told(await client.toggle_static_policy(created.id, False))
    out["passed"] = told(await client.proxy_llm_call("", f"say: {word}-456 is off", "chat", {}))
    out["on"] = told(await client.toggle_static_policy(created.id, True))
    out["versions"] = told(await client.get_static_policy_versions(created.id))
    out["list"] = told(await client.list_static_policies())
    out["own"] = told(await client.list_static_policies(
        ListStaticPoliciesOptions(tier=PolicyTier.TENANT, category=PolicyCategory.SENSITIVE_DATA, enabled=True,
                                  limit=5, offset=0, sort_by="name", sort_order="desc", search="project")))
    out["system"] = told(await client.list_static_policies(ListStaticPoliciesOptions(tier=PolicyTier.SYSTEM, limit=1000)))
    out["effective"] = told(await client.get_effective_static_policies())
    out["effective_some"] = told(await client.get_effective_static_policies(
        EffectivePoliciesOptions(category=PolicyCategory.SENSITIVE_DATA, include_disabled=True)))
    out["tested"] = told(await client.test_pattern(r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b", ["SSN 123-45-6789", "nothing"]))
    out["test_wrong"] = told(await client.test_pattern("(a", ["a"]))
    out["deleted"] = await client.delete_static_policy(created.id)
    out["lifted"] = told(await client.proxy_llm_call("", f"say: {word}-789 is free", "chat", {}))
    system = out["system"][0]["id"]
    out["errors"] = {
        "gone": await refused(client.get_static_policy(created.id)),
        "gone_update": await refused(client.update_static_policy(created.id, UpdateStaticPolicyRequest(name="x"))),
        "gone_delete": await refused(client.delete_static_policy(created.id)),
        "gone_toggle": await refused(client.toggle_static_policy(created.id, True)),
        "gone_versions": await refused(client.get_static_policy_versions(created.id)),
        "pattern": await refused(client.create_static_policy(static_request("x", "(a"))),
        "costly": await refused(client.create_static_policy(static_request("x", ".*secret"))),
        "system_tier": await refused(client.create_static_policy(static_request("x", "abc", tier=PolicyTier.SYSTEM))),
        "organization": await refused(client.create_static_policy(static_request("x", "abc", tier=PolicyTier.ORGANIZATION))),
        "system_delete": await refused(client.delete_static_policy(system)),
        "system_toggle": await refused(client.toggle_static_policy(system, False)),
        "override": await refused(client.create_policy_override(system, CreatePolicyOverrideRequest(
            action_override=OverrideAction.WARN, override_reason="because"))),
        "override_delete": await refused(client.delete_policy_override(system)),
        "overrides": await refused(client.list_policy_overrides()),
    }
    out["system_fetched"] = told(await client.get_static_policy(system))
    out["system_versions"] = told(await client.get_static_policy_versions(system))
    return out


async def dynamics(client, word):
    """Every call of dynamic policies."""
    out = {}
    created = await client.create_dynamic_policy(dynamic_request("No " + word, word, priority=3))
    out["created"] = told(created)
    out["fetched"] = told(await client.get_dynamic_policy(created.id))
    out["blocked"] = await refused(client.proxy_llm_call("", f"tell me of {word.upper()}", "chat", {}))
    out["updated"] = told(await client.update_dynamic_policy(created.id, UpdateDynamicPolicyRequest(
        name="Only summaries", conditions=[
            DynamicPolicyCondition(field="query", operator="contains_any", value=[word, "other"]),
            DynamicPolicyCondition(field="request_type", operator="not_equals", value="completion")])))
    out["still_blocked"] = await refused(client.proxy_llm_call("", f"about {word}", "chat", {}))
    out["other_type"] = told(await client.proxy_llm_call("", f"say: {word} is fine", "completion", {}))
    out["off"] = told(await client.toggle_dynamic_policy(created.id, False))
    out["passed"] = told(await client.proxy_llm_call("", f"say: {word} passes", "chat", {}))
    out["list"] = told(await client.list_dynamic_policies())
    out["own"] = told(await client.list_dynamic_policies(ListDynamicPoliciesOptions(
        type="content", enabled=False, limit=3, sort_by="priority", search="summaries")))
    out["effective"] = told(await client.get_effective_dynamic_policies())
    out["effective_all"] = told(await client.get_effective_dynamic_policies(EffectivePoliciesOptions(include_disabled=True)))
    out["deleted"] = await client.delete_dynamic_policy(created.id)
    field = DynamicPolicyCondition(field="risk_score", operator="greater_than", value=0.8)
    unknown = CreateDynamicPolicyRequest(
        name="x", conditions=[field], actions=[DynamicPolicyAction(type="block", config={})])
    route = CreateDynamicPolicyRequest(
        name="x", conditions=[DynamicPolicyCondition(field="query", operator="contains", value="word")],
        actions=[DynamicPolicyAction(type="route", config={"allowed_providers": ["ollama"]})])
    out["errors"] = {
        "gone": await refused(client.get_dynamic_policy(created.id)),
        "gone_update": await refused(client.update_dynamic_policy(created.id, UpdateDynamicPolicyRequest(name="x"))),
        "gone_delete": await refused(client.delete_dynamic_policy(created.id)),
        "unknown_field": await refused(client.create_dynamic_policy(unknown)),
        "route": await refused(client.create_dynamic_policy(route)),
        "nothing": await refused(client.create_dynamic_policy(CreateDynamicPolicyRequest(name="x"))),
    }
    return out


async def run(endpoint, tenant):
    out = {}
    for case in (statics, dynamics):
        async with AxonFlow(endpoint=endpoint, client_id=tenant, cache_enabled=False) as client:
            out[case.__name__] = await case(client, "zebra")
    return out


def run_sync(endpoint, tenant):
    """What the blocking client has: each method once."""
    with AxonFlow.sync(endpoint=endpoint, client_id=tenant, cache_enabled=False) as client:
        out = {"static": told(client.create_static_policy(static_request("Sync", "sync-[0-9]{3}")))}
        of = out["static"]["id"]
        out["static_all"] = [
            told(client.get_static_policy(of)),
            told(client.update_static_policy(of, UpdateStaticPolicyRequest(name="Sync 2"))),
            told(client.toggle_static_policy(of, False)),
            told(client.list_static_policies(ListStaticPoliciesOptions(tier=PolicyTier.TENANT))),
            told(client.get_effective_static_policies()),
            told(client.test_pattern("abc", ["abc"])),
            told(client.get_static_policy_versions(of)),
            client.delete_static_policy(of),
        ]
        out["dynamic"] = told(client.create_dynamic_policy(dynamic_request("Sync", "syncword")))
        of = out["dynamic"]["id"]
        out["dynamic_all"] = [
            told(client.get_dynamic_policy(of)),
            told(client.update_dynamic_policy(of, UpdateDynamicPolicyRequest(name="Sync 2"))),
            told(client.toggle_dynamic_policy(of, False)),
            told(client.list_dynamic_policies(ListDynamicPoliciesOptions(type="content"))),
            told(client.get_effective_dynamic_policies()),
            client.delete_dynamic_policy(of),
        ]
        try:
            client.get_static_policy("pol_none")
        except AxonFlowError as error:
            out["raised"] = type(error).__name__
        return out


endpoint, tenant = sys.argv[1:]
print(json.dumps({**asyncio.run(run(endpoint, tenant)), "sync": run_sync(endpoint, tenant)}))
