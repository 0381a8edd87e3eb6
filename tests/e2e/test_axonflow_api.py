"""What AxonFlow's API tells beside its two modes: metrics, providers, prices, usage, the audit log, decisions."""

import json
import re
import urllib.request

import pytest

from harness import CHAIN, DEADLINE, chat, providers, wait_for
from raw import send
from test_axonflow import ATTACK, ENTERPRISE, SECRET, VERSIONS, basic, call, endpoint, run

MAIL = "Write to jane.doe@example.com"
OLDEST, *_, NEWEST = VERSIONS


def ask(stack, text="say: hello", **more):
    return call(stack, "/api/request", {"query": text, **more})


def text(stack, path):
    with urllib.request.urlopen(endpoint(stack) + path, timeout=DEADLINE) as answer:
        return answer.headers["content-type"], answer.read().decode()


def samples(page):
    """{name and labels: value}; every line is a comment or a sample."""
    found = {}
    for line in page.splitlines():
        if not line.startswith("#"):
            name, value = re.fullmatch(r"(axonflow_[a-z_]+(?:\{.*\})?) (\S+)", line).groups()
            found[name] = float(value)
    return found


# ---- metrics


def test_metrics_count_what_happened(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim, extra="retry: {max_attempts: 1}"))
    ask(stack)
    ask(stack, ATTACK)
    sim.script("500")
    ask(stack)
    call(stack, "/api/policy/pre-check", {"query": "hello"})
    call(stack, "/api/policy/pre-check", {"query": ATTACK})
    status, _, page = call(stack, "/metrics")
    agent = page["agent_metrics"]
    assert status == 200 and page["health"] == {
        "status": "healthy", "healthy": True, "consecutive_errors": 0, "up": True}
    assert (agent["total_requests"], agent["success_requests"], agent["blocked_requests"], agent["failed_requests"]) == (
        5, 2, 2, 1)
    assert agent["success_rate"] == 40 and agent["rps"] > 0 and agent["uptime_seconds"] >= 0
    assert 0 < agent["p50_ms"] <= agent["p95_ms"] <= agent["p99_ms"]
    assert 0 < agent["static_policy_p50_ms"] <= agent["static_policy_p99_ms"]
    assert page["request_types"]["/api/request"]["requests"] == 3 and page["connectors"] == {}
    kind, lines = text(stack, "/prometheus")
    found = samples(lines)
    assert kind.startswith("text/plain; version=0.0.4")
    assert found['axonflow_agent_requests_total{status="success"}'] == 2
    assert found['axonflow_agent_requests_total{status="blocked"}'] == 2
    assert found["axonflow_agent_blocked_requests_total"] == 2
    assert found['axonflow_agent_request_duration_milliseconds_count{type="/api/request"}'] == 3
    assert found['axonflow_gateway_precheck_requests_total{status="success",approved="true"}'] == 1
    assert found['axonflow_gateway_precheck_requests_total{status="success",approved="false"}'] == 1
    assert found["axonflow_gateway_precheck_duration_milliseconds_count"] == 2
    assert found['axonflow_orchestrator_llm_calls_total{provider="mistral",status="success"}'] == 1
    assert found['axonflow_orchestrator_llm_calls_total{provider="mistral",status="error"}'] == 1


def test_reported_calls_are_counted(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    _, _, check = call(stack, "/api/policy/pre-check", {"query": "x"})
    report = {"context_id": check["context_id"], "provider": "mistral", "model": "mistral-large-2411",
              "token_usage": {"prompt_tokens": 10, "completion_tokens": 50}}
    call(stack, "/api/audit/llm-call", report)
    call(stack, "/api/audit/llm-call", {**report, "context_id": "unknown"})
    found = samples(text(stack, "/prometheus")[1])
    labels = 'provider="mistral",model="mistral-large-2411"'
    assert found[f'axonflow_gateway_llm_tokens_total{{{labels},type="prompt"}}'] == 10
    assert found[f'axonflow_gateway_llm_tokens_total{{{labels},type="completion"}}'] == 50
    assert found[f"axonflow_gateway_llm_cost_usd_total{{{labels}}}"] == pytest.approx((10 * 2 + 50 * 6) / 1e6)
    assert found['axonflow_gateway_audit_requests_total{status="success",provider="mistral"}'] == 1
    assert found['axonflow_gateway_audit_requests_total{status="error",provider=""}'] == 1


# ---- providers

TARGETS = [{"id": "large", "provider": "mistral", "model": "mistral-large-latest", "weight": 3},
           {"id": "other", "provider": "openai", "model": "gpt-4o", "weight": 1}]


def test_providers_are_the_targets(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim, TARGETS))
    _, _, page = call(stack, "/api/v1/llm-providers?page_size=1&page=2")
    assert page["pagination"] == {"page": 2, "page_size": 1, "total_items": 2, "total_pages": 2}
    [other] = page["providers"]
    assert (other["name"], other["type"], other["model"], other["weight"]) == ("other", "openai", "gpt-4o", 25)
    assert (other["enabled"], other["has_api_key"], other["health"]["status"]) == (True, True, "healthy")
    assert [p["name"] for p in call(stack, "/api/v1/llm-providers?type=mistral")[2]["providers"]] == ["large"]
    assert call(stack, "/api/v1/llm-providers?enabled=false")[2]["providers"] == []
    assert call(stack, "/api/v1/llm-providers/large")[2]["provider"]["model"] == "mistral-large-latest"
    assert call(stack, "/api/v1/llm-providers/large/health")[2]["health"]["status"] == "healthy"
    assert call(stack, "/api/v1/llm-providers/routing")[2] == {"weights": {"large": 75, "other": 25}}
    assert set(call(stack, "/api/v1/llm-providers/status")[2]["providers"]) == {"large", "other"}
    types = call(stack, "/api/v1/llm-provider-types")[2]
    assert [t["type"] for t in types["provider_types"]] == ["mistral", "openai"] and types["count"] == 2
    ask(stack)
    used = call(stack, "/api/v1/providers/status")[2]
    assert used["large"]["request_count"] + used["other"]["request_count"] == 1
    for path, status, code in (("/api/v1/llm-providers/nobody", 404, "NOT_FOUND"),
                               ("/api/v1/llm-providers/nobody/health", 404, "NOT_FOUND"),
                               ("/api/v1/llm-providers?page=x", 400, "VALIDATION_ERROR")):
        answered, _, body = call(stack, path)
        assert (answered, body["error"]["code"], body["error"]["details"]) == (status, code, [])
    assert call(stack, "/api/v1/llm-providers", {}, method="POST")[0] == 405


def test_a_provider_without_its_key_is_said_to_be_unhealthy(make_stack, sim):
    target = {"id": "keyless", "provider": "mistral", "model": "m", "secret_key_ref": "{env: NOT_SET_ANYWHERE}"}
    stack = make_stack(CHAIN + providers(sim, [TARGETS[0], target]))
    health = call(stack, "/api/v1/llm-providers/keyless/health")[2]["health"]
    assert (health["status"], health["message"]) == ("unhealthy", "it has no API key")


def test_a_half_open_trial_restores_a_providers_health(make_stack, sim):
    extra = ("circuit_breaker: {failure_threshold: 2, recovery_timeout_seconds: 1, half_open_max_requests: 1}\n"
             "retry: {max_attempts: 1}")
    stack = make_stack(CHAIN + providers(sim, extra=extra) + "\ngateway:\n  workers: 1\n")
    sim.script("500", "500")
    for _ in range(2):
        answer = ask(stack)[2]
        assert answer["success"] is False
        assert (answer["metadata"]["provider"], answer["metadata"]["model"]) == ("mistral", "mistral-large-latest")
    [provider] = call(stack, "/api/v1/llm-providers")[2]["providers"]
    assert provider["health"]["status"] == "unhealthy"
    circuits = call(stack, "/api/v1/circuit-breaker/status")[2]["data"]
    assert (circuits["count"], circuits["emergency_stop_active"]) == (1, True)
    assert circuits["active_circuits"][0]["state"] == "open"
    wait_for(lambda: ask(stack)[2]["success"], "the circuit to let a trial through")
    [provider] = call(stack, "/api/v1/llm-providers")[2]["providers"]
    assert provider["health"]["status"] == "healthy"
    assert call(stack, "/api/v1/circuit-breaker/status")[2]["data"]["active_circuits"] == []


def test_the_history_of_circuits(make_stack, sim):
    extra = ("circuit_breaker: {failure_threshold: 2, recovery_timeout_seconds: 1, half_open_max_requests: 1}\n"
             "retry: {max_attempts: 1}")
    stack = make_stack(CHAIN + providers(sim, extra=extra))
    history = lambda query="": call(stack, "/api/v1/circuit-breaker/history" + query)[2]["data"]  # noqa: E731
    assert history() == {"history": [], "count": 0}
    sim.script("500", "500")
    ask(stack), ask(stack)
    [trip] = history("?limit=5")["history"]
    assert (trip["scope_id"], trip["state"], trip["error_count"]) == ("mistral-large", "open", 2)
    assert trip["tripped_at"] < trip["expires_at"] and "500" in trip["trip_reason"] and "reset_at" not in trip
    [circuit] = call(stack, "/api/v1/circuit-breaker/status")[2]["data"]["active_circuits"]
    assert circuit["tripped_at"] == trip["tripped_at"]
    wait_for(lambda: ask(stack)[2]["success"], "the circuit to let a trial through")
    [closed] = history()["history"]
    assert (closed["id"], closed["state"]) == (trip["id"], "closed") and closed["reset_at"] > closed["tripped_at"]
    assert call(stack, "/api/v1/circuit-breaker/history?limit=0")[0] == 400
    config = call(stack, "/api/v1/circuit-breaker/config?tenant_id=t")[2]["data"]
    assert (config["error_threshold"], config["default_timeout_seconds"], config["tenant_id"]) == (2, 1, "t")


# ---- weights


def weigh(stack, body, path="/api/v1/llm-providers/routing", **headers):
    return call(stack, path, body, method="PUT", **headers)


def shares(stack, requests=20):
    targets = [ask(stack)[2]["metadata"]["target"] for _ in range(requests)]
    return {target: targets.count(target) / requests for target in ("large", "other")}


def test_traffic_moves_with_the_weights(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim, TARGETS, "strategy: weighted_round_robin") + "\ngateway:\n  workers: 1\n",
                       process_flags={"router": ["--workers", "1"]})
    assert shares(stack) == {"large": 0.75, "other": 0.25}
    assert weigh(stack, {"weights": {"large": 10, "other": 90}})[::2] == (200, {"weights": {"large": 10, "other": 90}})
    assert shares(stack) == {"large": 0.1, "other": 0.9}
    assert call(stack, "/api/v1/llm-providers/routing")[2] == {"weights": {"large": 10, "other": 90}}
    assert call(stack, "/api/v1/llm-providers/other")[2]["provider"]["weight"] == 90
    assert weigh(stack, {"weights": {"large": 90}})[2] == {"weights": {"large": 50, "other": 50}}  # other keeps its 90
    _, _, answer = weigh(stack, {"large": 0.2, "other": 0.8}, "/api/v1/providers/weights")
    assert answer["success"] is True and answer["weights"] == {"large": pytest.approx(0.2), "other": pytest.approx(0.8)}
    assert shares(stack) == {"large": 0.2, "other": 0.8}
    set_weights = [r for r in stack.records() if r["reason_code"] == "operator.set_weights" and r["outcome"]]
    assert len(set_weights) == 3 and {r["user"] for r in set_weights} == {"community"}
    assert set_weights[0]["target"] == "weights/large=10,other=90" and set_weights[0]["outcome"] == "ok"
    router = "gateway" if stack.form == "all-in-one" else "router"
    assert '"weights changed"' in stack.processes[router].log()
    stack.processes[router].stop()
    stack.start_process(router)
    stack.wait_ready(stack.front)
    assert call(stack, "/api/v1/llm-providers/routing")[2] == {"weights": {"large": 20, "other": 80}}
    assert shares(stack) == {"large": 0.2, "other": 0.8}


@pytest.mark.parametrize("body, wrong", [
    (b"{nope", "Invalid request body"), ({}, "weights must be an object"),
    ({"weights": {"large": "much"}}, "weights.large must be a number from 0 to 1000000"),
    ({"weights": {"nobody": 5}}, 'there is no target "nobody"'),
    ({"weights": {"large": 0, "other": 0}}, "weights must give one provider more than 0"),
])
def test_weights_that_cannot_be(make_stack, sim, body, wrong):
    stack = make_stack(CHAIN + providers(sim, TARGETS, "strategy: weighted_round_robin"))
    status, _, answer = weigh(stack, body)
    assert (status, answer["error"]["code"], answer["error"]["message"]) == (400, "VALIDATION_ERROR", wrong)
    assert call(stack, "/api/v1/llm-providers/routing")[2] == {"weights": {"large": 75, "other": 25}}


def test_a_strategy_without_weights_refuses_them(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim, TARGETS, "strategy: fallback") + ENTERPRISE)
    status, _, answer = weigh(stack, {"weights": {"large": 10}}, **basic("app", SECRET))
    assert (status, answer["error"]["code"]) == (409, "CONFLICT") and "strategy" in answer["error"]["message"]
    assert weigh(stack, {"weights": {"large": 10}})[0] == 401


# ---- prices, usage, audit


def test_usage_is_what_was_used(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    used = lambda: call(stack, "/api/v1/usage?period=daily")[2]["total_requests"]  # noqa: E731
    ask(stack, ATTACK)
    first = ask(stack)[2]
    wait_for(lambda: used() == 1, "the first is in the log")  # before the second: workers ship their records apart
    second = ask(stack, "say: one two three")[2]
    wait_for(lambda: used() == 2, "the second is in the log")
    spent = [a["metadata"] for a in (first, second)]
    _, _, usage = call(stack, "/api/v1/usage?period=daily")
    assert (usage["period"], usage["total_requests"]) == ("daily", 2)
    assert usage["total_tokens_in"] == sum(m["prompt_tokens"] for m in spent)
    assert usage["total_tokens_out"] == sum(m["completion_tokens"] for m in spent)
    assert usage["total_cost_usd"] == pytest.approx(sum(m["cost_usd"] for m in spent))
    assert usage["average_cost_per_request"] == pytest.approx(usage["total_cost_usd"] / 2)
    assert usage["period_start"].endswith("T00:00:00.000000Z")
    for group_by, value in (("provider", "mistral"), ("model", "mistral-large-latest"), ("client", "community")):
        _, _, breakdown = call(stack, f"/api/v1/usage/breakdown?group_by={group_by}")
        [item] = breakdown["items"]
        assert (item["group_value"], item["request_count"], item["percentage"]) == (value, 2, 100)
    _, _, page = call(stack, "/api/v1/usage/records?limit=1&provider=mistral&model=mistral-large-latest")
    [record] = page["records"]
    assert page["total"] == 2 and record["request_id"] == second["request_id"] and isinstance(record["id"], str)
    assert record["cost_usd"] == pytest.approx(second["metadata"]["cost_usd"])
    [record] = call(stack, "/api/v1/usage/records?limit=5&offset=1")[2]["records"]
    assert record["request_id"] == first["request_id"]
    assert call(stack, "/api/v1/usage/records?provider=openai")[2] == {"records": [], "total": 0}


@pytest.mark.parametrize("path", ["/api/v1/usage?period=fortnightly", "/api/v1/usage/breakdown?group_by=colour",
                                  "/api/v1/usage/records?limit=0", "/api/v1/usage/records?offset=-1"])
def test_a_report_that_cannot_be_made_is_told_in_its_envelope(stack, path):
    status, _, answer = call(stack, path)
    assert (status, answer["error"]) == (400, "Bad Request") and answer["message"]


def test_prices_are_those_that_are_reckoned_with(stack):
    _, _, one = call(stack, "/api/v1/pricing?provider=mistral&model=mistral-large-latest")
    answer = ask(stack)[2]["metadata"]
    reckoned = answer["prompt_tokens"] * one["pricing"]["input_per_1k"] / 1000 + (
        answer["completion_tokens"] * one["pricing"]["output_per_1k"] / 1000)
    assert answer["cost_usd"] == pytest.approx(reckoned)
    assert one in call(stack, "/api/v1/pricing")[2]["pricing"]
    assert call(stack, "/api/v1/pricing?provider=nobody")[2] == {"pricing": []}
    status, _, answer = call(stack, "/api/v1/pricing?provider=mistral&model=nobody-knows-it")
    assert (status, answer["error"]) == (404, "Not Found")


def test_the_audit_log_is_searched(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    search = lambda **body: call(stack, "/api/v1/audit/search", body)[2]  # noqa: E731
    answers = []
    for query in ("hello", ATTACK, MAIL):  # one by one: workers ship their records apart
        answers.append(ask(stack, query)[2])
        wait_for(lambda: len(answers) == search(request_type="/api/request")["total"], "the record is in the log")
    allowed, blocked, redacted = answers
    found = search(request_type="/api/request")
    assert [e["request_id"] for e in found["entries"]] == [a["request_id"] for a in (redacted, blocked, allowed)]
    assert (found["total"], found["limit"], found["offset"]) == (3, 100, 0)
    assert [e["policy_decision"] for e in found["entries"]] == ["redacted", "blocked", "allowed"]
    entry = found["entries"][2]
    assert (entry["provider"], entry["model"], entry["client_id"]) == ("mistral", "mistral-large-latest", "community")
    assert entry["tokens_used"] == allowed["metadata"]["tokens_used"] and entry["success"] is True
    assert found["entries"][1]["policy_violations"] == ["prompt-injection"] and found["entries"][1]["blocked"] is True
    assert "email" in found["entries"][0]["redacted_fields"]
    one = search(limit=1, offset=1, request_type="/api/request")
    assert [e["request_id"] for e in one["entries"]] == [blocked["request_id"]] and one["total"] == 3
    assert [e["request_id"] for e in search(action="blocked")["entries"]] == [blocked["request_id"]]
    assert [e["request_id"] for e in search(decision_id=allowed["request_id"])["entries"]] == [allowed["request_id"]]
    assert search(policy_name="prompt-injection")["total"] == 1
    assert search(end_time="2020-01-01T00:00:00")["entries"] == []
    assert search(start_time="2020-01-01T00:00:00+02:00", action="blocked")["total"] == 1
    assert search(override_id="x") == {"entries": [], "total": 0, "limit": 100, "offset": 0}
    assert search(user_email="nobody@example.com")["total"] == 0
    assert "jane.doe" not in json.dumps(found)
    _, _, of_tenant = call(stack, "/api/v1/audit/tenant/community?limit=2")
    assert of_tenant["total"] >= 3 and len(of_tenant["entries"]) == 2


@pytest.mark.parametrize("body, wrong", [
    (b"{nope", "Invalid request body"), ({"limit": 0}, "limit must be 1 to 1000"), ({"limit": "x"}, "limit must be a number"),
    ({"start_time": "yesterday"}, "start_time must be a time like 2026-01-31T12:00:00Z"),
    ({"client_id": 7}, "client_id must be a string"),
    ({"limit": 1000, "offset": 9500}, "offset and limit together must be at most 10000; use start_time and end_time"),
])
def test_a_bad_search_is_told_what_is_wrong(stack, body, wrong):
    status, _, answer = call(stack, "/api/v1/audit/search", body)
    assert (status, answer["error"]) == (400, wrong)


def test_clients_see_their_own_records_alone(make_stack, sim):
    other = ENTERPRISE.replace("clients: [{", "clients: [{id: other, secret_sha256: " + "0" * 64 + "}, {")
    stack = make_stack(CHAIN + providers(sim) + other)
    assert send(stack, chat("say: x")).status == 200
    call(stack, "/api/request", {"query": "say: x"}, **basic("app", SECRET))
    search = lambda body: call(stack, "/api/v1/audit/search", body, **basic("app", SECRET))[2]  # noqa: E731
    wait_for(lambda: search({})["entries"], "the record is in the log")
    assert {e["client_id"] for e in search({})["entries"]} == {"app"}
    assert search({"client_id": "other"})["entries"] == []
    assert call(stack, "/api/v1/audit/tenant/other", **basic("app", SECRET))[2]["entries"] == []
    assert call(stack, "/api/v1/usage", **basic("app", SECRET))[2]["total_requests"] == 1
    for path in ("/metrics", "/prometheus", "/api/v1/usage", "/api/v1/llm-providers", "/api/v1/audit/tenant/app"):
        assert call(stack, path)[0] == 401


# ---- the OpenAI path with their credentials


def test_wrong_credentials_are_refused_on_the_openai_path(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim) + ENTERPRISE)
    refused = send(stack, chat("say: x"), **basic("app", "wrong"))
    assert (refused.status, refused.error["type"], refused.error["code"]) == (401, "authentication_error", "unauthorized")
    assert stack.record(refused.request_id)["outcome"] == "rejected" and sim.bodies() == []


def test_a_decision_is_named_in_the_headers(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim) + ENTERPRISE)
    trace = "0af7651916cd43dd8448eb211c80319c"
    for more in ({}, {"stream": True}):
        answer = send(stack, chat("say: x", **more), traceparent=f"00-{trace}-b7ad6b7169203331-01", **basic("app", SECRET))
        assert answer.headers["x-axonflow-decision-id"] == answer.request_id
        assert answer.headers["x-axonflow-trace-id"] == trace
        assert stack.record(answer.request_id)["principal"] == "app"


# ---- decisions


def test_decide(stack, sim):
    decide = lambda query: call(stack, "/api/v1/decide", {"stage": "llm", "query": query})  # noqa: E731
    status, headers, answer = decide("hello")
    assert (status, answer["verdict"], answer["obligations"], answer["reasons"]) == (200, "allow", [], [])
    assert "pii-detector" in answer["evaluated_policies"] and len(answer["trace_id"]) == 32
    assert headers["x-axonflow-decision-id"] == answer["decision_id"]
    assert stack.record(answer["decision_id"])["endpoint"] == "/api/v1/decide"
    status, _, answer = decide(ATTACK)
    assert (status, answer["verdict"]) == (200, "deny") and "prompt-injection" in answer["reasons"][0]
    [obligation] = decide(MAIL)[2]["obligations"]
    assert obligation["type"] == "redact_pii" and obligation["fulfillment"]["endpoint"] == "/api/v1/mcp/check-input"
    assert sim.bodies() == []


def test_check_input(stack):
    check = lambda statement: call(stack, "/api/v1/mcp/check-input", {"connector_type": "g", "statement": statement})  # noqa: E731
    status, _, answer = check(MAIL)
    assert (status, answer["allowed"], answer["redacted"], answer["redaction_evaluated"]) == (200, True, True, True)
    assert "jane.doe" not in answer["redacted_statement"] and answer["redacted_statement"].startswith("Write to ")
    assert check("hello")[2]["redacted"] is False
    status, _, answer = check(ATTACK)
    assert (status, answer["allowed"]) == (403, False) and answer["block_reason"]


def check_output(stack, **body):
    return call(stack, "/api/v1/mcp/check-output", {"connector_type": "pg", **body})


def test_check_output(stack, sim):
    rows = [{"id": 7, "to": "jane.doe@example.com", "card": 4111111111111111, "note": "plain"}]
    status, headers, answer = check_output(stack, response_data=rows, row_count=1)
    assert (status, answer["allowed"], answer["redacted"], answer["redaction_evaluated"]) == (200, True, True, True)
    [row] = answer["redacted_data"]
    assert (row["id"], row["to"], row["note"]) == (7, "[EMAIL]", "plain") and "4111" not in str(row["card"])
    assert "redacted_message" not in answer and headers["x-request-id"] == answer["decision_id"]
    record = stack.record(answer["decision_id"])
    assert (record["endpoint"], record["verdict"], record["outcome"]) == ("/api/v1/mcp/check-output", "redact", "checked")
    assert {f["direction"] for f in record["findings"]} == {"output"} and "jane.doe" not in json.dumps(record)
    _, _, answer = check_output(stack, message=MAIL)
    assert answer["redacted_message"] == "Write to [EMAIL]" and "redacted_data" not in answer
    _, _, answer = check_output(stack, message="5 rows", response_data=[])
    assert (answer["allowed"], answer["redacted"], answer["policy_matches"]) == (True, False, [])
    assert check_output(stack, message=ATTACK)[2]["allowed"] is True
    assert sim.bodies() == []


def test_check_output_that_is_refused(make_stack, sim):
    chain = CHAIN.replace("pii-detector: {action: redact}", "pii-detector: {action: block}")
    stack = make_stack(chain + providers(sim))
    status, _, answer = check_output(stack, response_data=[{"to": "jane.doe@example.com"}])
    assert (status, answer["allowed"], answer["policy_matches"][0]["policy_id"]) == (403, False, "pii-detector")
    assert "pii-detector" in answer["block_reason"] and "redacted_data" not in answer
    assert stack.record(answer["decision_id"])["verdict"] == "block"
    if stack.form == "suite":
        stack.processes["policy"].kill()
        status, headers, answer = check_output(stack, message="x")
        assert (status, answer["success"]) == (503, False) and headers["retry-after"] == "1"


@pytest.mark.parametrize("path, body, wrong", [
    ("/api/v1/mcp/check-output", {}, "response_data or message field is required"),
    ("/api/v1/mcp/check-output", {"response_data": 3}, "response_data must be an array or an object"),
    ("/api/v1/mcp/check-output", {"message": "x", "metadata": []}, "metadata must be an object"),
    ("/api/v1/decide", b"[1]", "Invalid request body"),
    ("/api/v1/decide", {"query": "x"}, "stage must be llm, tool or agent"),
    ("/api/v1/decide", {"stage": "llm"}, "query field is required"),
    ("/api/v1/decide", {"stage": "llm", "query": "x", "target": 3}, "target must be an object"),
    ("/api/v1/mcp/check-input", {}, "statement field is required"),
    ("/api/v1/mcp/check-input", {"statement": []}, "statement must be a string"),
])
def test_a_bad_question_is_told_what_is_wrong(stack, path, body, wrong):
    status, headers, answer = call(stack, path, body)
    assert (status, answer["error"]) == (400, wrong)
    assert stack.record(headers["x-request-id"])["outcome"] == "rejected"


EVALUATION = {"subject": {"type": "gateway", "id": "g"}, "action": {"name": "llm.completion"},
              "resource": {"type": "llm", "id": "llm"}, "context": {"args": {"query": "hello"}}}
PROFILE = {"X-Axonflow-AuthZEN-Profile": "axonflow-authzen-profile-2026-08-29"}


def test_authzen(stack):
    evaluate = lambda body, **headers: call(stack, "/api/v1/access/evaluation", body, **headers)  # noqa: E731
    assert evaluate(EVALUATION)[::2] == (200, {"decision": True})
    attack = {**EVALUATION, "context": {"args": {"query": ATTACK}}}
    assert evaluate({"evaluation": attack})[2] == {"decision": False}
    context = evaluate({"evaluation": attack}, **PROFILE)[2]["context"]
    assert (context["state"], context["category"], context["reason"]) == ("DENY", "not_permitted", "explicit_constraint")
    redacted = evaluate({"evaluation": {**EVALUATION, "context": {"args": {"query": MAIL}}}}, **PROFILE)[2]
    assert redacted["decision"] is True and redacted["context"]["obligations"][0]["type"] == "field_redact"
    bulk = {**EVALUATION, "evaluations": [{}, {"context": {"args": {"query": ATTACK}}}]}
    assert evaluate({"evaluations": bulk})[2] == {"decision": False}


@pytest.mark.parametrize("body, code, pointer", [
    (b"nope", "malformed_envelope", None),
    ({"evaluation": 3}, "malformed_envelope", "/evaluation"),
    ({"evaluation": {}, "evaluations": {}}, "malformed_envelope", None),
    ({"evaluations": {"evaluations": []}}, "malformed_envelope", "/evaluations/evaluations"),
    ({**EVALUATION, "subject": None}, "incomplete_evaluation", "/subject"),
    ({**EVALUATION, "action": {"name": ""}}, "incomplete_evaluation", "/action/name"),
    ({**EVALUATION, "subject": {"type": "u", "id": "i", "properties": {"age": 3}}}, "unevaluable_attribute",
     "/subject/properties"),
    ({**EVALUATION, "context": {"args": {"query": "x", "more": 1}}}, "unevaluable_attribute", "/context/args/more"),
    ({**EVALUATION, "context": {"time": 1}}, "unevaluable_attribute", "/context/time"),
    ({**EVALUATION, "context": {}}, "missing_evaluable_content", "/context/args/query"),
])
def test_what_cannot_be_evaluated_is_refused_not_denied(stack, body, code, pointer):
    status, _, answer = call(stack, "/api/v1/access/evaluation", body)
    assert (status, answer["code"], answer.get("pointer")) == (400, code, pointer)


# ---- the SDKs


@pytest.mark.parametrize("version", [*VERSIONS, "java"])
def test_the_sdks_read_the_reports(stack, version):
    ask(stack)
    wait_for(lambda: call(stack, "/api/v1/usage")[2]["total_requests"], "the record is in the log")
    answers = run(version, stack, "reports", "")
    assert "raised" not in answers, answers
    assert {"pricing", "usage", "by_provider", "by_model", "records"} <= answers.keys()
    assert answers["pricing"]["pricing"][0]["pricing"]["input_per_1k"] > 0
    assert answers["usage"]["total_requests"] > 0 and answers["usage"]["total_cost_usd"] > 0
    assert answers["by_provider"]["items"][0]["group_value"] == "mistral"
    assert answers["records"]["records"]
    if version != "java":  # which has no calls for them
        assert answers["audit"]["entries"] and answers["tenant"]["entries"]
    if version not in ("java", OLDEST):
        assert answers["circuits"]["emergency_stop_active"] is False
        assert answers["circuit_history"]["count"] == len(answers["circuit_history"]["history"])
        assert answers["circuit_config"]["error_threshold"] > 0
    if version == NEWEST:
        for listed in (answers["providers"], answers["all_providers"], answers["paged"]["providers"]):
            assert [provider["name"] for provider in listed] == ["mistral-large"]
        assert answers["providers"][0]["type"] == "mistral" and answers["providers"][0]["health"]["status"] == "healthy"


def test_the_sdk_decides_and_redacts(stack):
    answer = run(NEWEST, stack, "decide", MAIL)
    assert answer["verdict"] == "allow" and "jane.doe" not in answer["content"]
    assert run(NEWEST, stack, "decide", ATTACK)["verdict"] == "deny"


@pytest.mark.parametrize("version", [v for v in VERSIONS if not v.startswith("1.")])
def test_the_sdks_check_an_output(stack, version):
    rows = run(version, stack, "check_output", MAIL)
    assert rows["rows"]["allowed"] is True and rows["rows"]["redacted_data"] == [{"note": "Write to [EMAIL]"}]
    assert rows["message"]["redacted_data"] is None and rows["message"]["policies_evaluated"] > 0


def test_the_sdk_evaluates(stack):
    allowed, denied = run(NEWEST, stack, "evaluate", "hello"), run(NEWEST, stack, "evaluate", ATTACK)
    assert allowed["one"]["decision"] is True and allowed["both"]["context"]["state"] == "ALLOW"
    assert denied["one"]["decision"] is False and denied["both"]["context"]["state"] == "DENY"


def test_a_model_goes_only_to_who_has_it(make_stack, sim):
    targets = [{"id": "openai", "provider": "openai", "model": "passthrough", "models": '["gpt-*"]'},
               {"id": "mistral", "provider": "mistral", "model": "passthrough", "default_model": "mistral-small-latest",
                "models": '["mistral-*", "codestral-latest"]'}]
    stack = make_stack(CHAIN + providers(sim, targets, "strategy: round_robin\nretry: {max_attempts: 1}"))
    ask = lambda **context: call(stack, "/api/request", {"query": "say: x", "context": context})[2]  # noqa: E731
    for _ in range(4):
        assert ask(model="codestral-latest")["metadata"]["target"] == "mistral"
        assert ask(model="gpt-4o")["metadata"]["target"] == "openai"
    assert ask(model="gpt-4o", provider="mistral")["metadata"]["target"] == "mistral"  # as it says
    nobody = ask(model="claude-sonnet-4")
    assert nobody["success"] is False and "no target takes this model" in nobody["error"]
