"""AxonFlow's SDK for Python, as an application uses it: one case, told as one line of JSON.

    client.py ENDPOINT [sync:]CASE TEXT [CLIENT_ID CLIENT_SECRET]
"""

import asyncio
import dataclasses
import json
import sys

from axonflow import AxonFlow, TokenUsage
from axonflow.exceptions import AxonFlowError


def told(answer):
    return json.loads(answer.model_dump_json())


async def proxy(client, text):
    return told(await client.proxy_llm_call("", text, "chat", {"provider": "mistral"}))


async def unknown_provider(client, text):
    return told(await client.proxy_llm_call("", text, "chat", {"provider": "nobody"}))


async def gateway(client, text):
    """Pre-check, a call of one's own, the report of it: three times for one context."""
    check = await client.get_policy_approved_context("", text)
    usage = TokenUsage(prompt_tokens=10, completion_tokens=50, total_tokens=60)
    reports = []
    for _ in range(3 if check.approved else 0):
        report = await client.audit_llm_call(check.context_id, "", "mistral", "mistral-large-latest", usage, 500)
        reports.append(told(report))
    return {"check": told(check), "reports": reports}


async def foreign_context(client, text):
    usage = TokenUsage(prompt_tokens=1, completion_tokens=1, total_tokens=2)
    return told(await client.audit_llm_call(text, "", "mistral", "mistral-large-latest", usage, 1))


async def health(client, text):
    return {"healthy": await client.health_check()}


async def health_detailed(client, text):
    return dataclasses.asdict(await client.health_check_detailed())


async def reports(client, text):
    """Prices, usage and the audit log: what this release has of it."""
    asked = {
        "pricing": ("get_pricing", "mistral", "mistral-large-latest"),
        "prices": ("get_pricing",),
        "usage": ("get_usage_summary", "daily"),
        "by_provider": ("get_usage_breakdown", "provider", "daily"),
        "by_model": ("get_usage_breakdown", "model"),
        "audit": ("search_audit_logs",),
        "tenant": ("get_audit_logs_by_tenant", "community"),
        "records": ("list_usage_records",),
        "circuits": ("get_circuit_breaker_status",),
        "circuit_history": ("get_circuit_breaker_history",),
        "circuit_config": ("get_circuit_breaker_config",),
        "providers": ("list_providers",),
        "paged": ("list_providers_paged",),
        "all_providers": ("list_all_providers",),
    }
    answers = {}
    for name, (method, *arguments) in asked.items():
        if not hasattr(client, method):
            continue
        answer = await getattr(client, method)(*arguments)
        answers[name] = [told(one) for one in answer] if isinstance(answer, list) else told(answer)
    return answers


async def decide(client, text):
    if not hasattr(client, "decide_and_fulfill"):
        return {}
    from axonflow.types import DecideRequest

    verdict, content, decision = await client.decide_and_fulfill(DecideRequest(stage="llm", query=text))
    return {"verdict": verdict, "content": content, "decision": told(decision)}


async def check_output(client, text):
    """An answer that came by another way: rows, and a message."""
    return {"rows": told(await client.mcp_check_output("postgres", response_data=[{"note": text}], row_count=1)),
            "message": told(await client.mcp_check_output("postgres", message="5 rows"))}


async def evaluate(client, text):
    if not hasattr(client, "evaluate"):
        return {}
    from axonflow import AuthZENAction, AuthZENBulk, AuthZENRequest, AuthZENResource, AuthZENSubject

    subject, action = AuthZENSubject(type="gateway", id="g1"), AuthZENAction(name="llm.completion")
    resource, context = AuthZENResource(type="llm", id="llm"), {"args": {"query": text}}
    one = await client.evaluate(AuthZENRequest(subject=subject, action=action, resource=resource, context=context))
    harmless = AuthZENRequest(resource=resource, context={"args": {"query": "hello"}})
    both = await client.evaluate_all(
        AuthZENBulk(subject=subject, action=action, context=context,
                    evaluations=[harmless, AuthZENRequest(resource=resource)]))
    return {"one": told(one), "both": told(both)}


CASES = {
    case.__name__: case
    for case in (proxy, unknown_provider, gateway, foreign_context, health, health_detailed, reports, decide, check_output,
                 evaluate)
}


async def run(endpoint, case, text, *credentials):
    id_and_secret = dict(zip(("client_id", "client_secret"), credentials)) or {"client_id": "community"}
    async with AxonFlow(endpoint=endpoint, cache_enabled=False, **id_and_secret) as client:
        try:
            return await CASES[case](client, text)
        except AxonFlowError as error:
            return {"raised": type(error).__name__, "message": str(error)}


class Blocking:
    """The blocking client, for cases that await: each call has a thread."""

    def __init__(self, client):
        self.client = client

    def __getattr__(self, name):
        method = getattr(self.client, name)
        return lambda *arguments, **named: asyncio.to_thread(method, *arguments, **named)


async def run_blocking(endpoint, case, text):
    with AxonFlow.sync(endpoint=endpoint, client_id="community", cache_enabled=False) as client:
        return await CASES[case](Blocking(client), text)


arguments = sys.argv[1:]
if arguments[1].startswith("sync"):  # "sync", or "sync:CASE"
    arguments[1] = arguments[1].removeprefix("sync").removeprefix(":") or "proxy"
    print(json.dumps(asyncio.run(run_blocking(*arguments))))
else:
    print(json.dumps(asyncio.run(run(*arguments))))
