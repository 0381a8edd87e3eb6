"""AxonFlow's SDK for Python, as an application uses it: one case, told as one line of JSON.

    client.py ENDPOINT CASE TEXT [CLIENT_ID CLIENT_SECRET]
"""

import asyncio
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


CASES = {case.__name__: case for case in (proxy, unknown_provider, gateway, foreign_context, health)}


async def run(endpoint, case, text, *credentials):
    id_and_secret = dict(zip(("client_id", "client_secret"), credentials)) or {"client_id": "community"}
    async with AxonFlow(endpoint=endpoint, cache_enabled=False, **id_and_secret) as client:
        try:
            return await CASES[case](client, text)
        except AxonFlowError as error:
            return {"raised": type(error).__name__, "message": str(error)}


def run_sync(endpoint, text):
    with AxonFlow.sync(endpoint=endpoint, client_id="community", cache_enabled=False) as client:
        return told(client.proxy_llm_call("", text, "chat", {}))


arguments = sys.argv[1:]
if arguments[1] == "sync":
    print(json.dumps(run_sync(arguments[0], arguments[2])))
else:
    print(json.dumps(asyncio.run(run(*arguments))))
