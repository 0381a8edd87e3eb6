"""AxonFlow's clients on the wire: what its SDKs for Go and TypeScript send (there is none to install), and every
generation's headers; the traps of its contract; that the gateway can do what it says it can."""

import base64
import hashlib
import http.client
import json
import socket

import pytest

from harness import CHAIN, DEADLINE, providers
from test_axonflow import ATTACK, ENTERPRISE, SECRET, VERSIONS, basic, call, nulls, run

NOBODY = "Basic " + base64.b64encode(b"community:").decode()

# Headers by SDK and generation: as they are sent, case included.
GO = {
    "1.x": {"Content-Type": "application/json", "X-Client-Secret": "s", "X-License-Key": "k", "X-Tenant-ID": "go-app",
            "User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip"},
    "2-4": {"Content-Type": "application/json", "X-Tenant-ID": "go-app", "User-Agent": "axonflow-sdk-go/4.0.0",
            "Accept-Encoding": "gzip"},
    "5.x": {"Content-Type": "application/json", "Authorization": NOBODY, "User-Agent": "axonflow-sdk-go/5.0.0",
            "Accept-Encoding": "gzip"},
    "9.x": {"Content-Type": "application/json", "Authorization": NOBODY, "User-Agent": "axonflow-sdk-go/9.0.0",
            "X-Axonflow-Client": "sdk-go/9.0.0", "X-Client-ID": "community", "Accept-Encoding": "gzip",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
}
TYPESCRIPT = {
    "4.x": {"content-type": "application/json", "x-tenant-id": "ts-app", "accept-encoding": "gzip, deflate, br"},
    "5.x": {"content-type": "application/json", "authorization": NOBODY, "user-agent": "axonflow-sdk-typescript/5.0.0",
            "accept": "*/*", "accept-language": "*", "sec-fetch-mode": "cors", "accept-encoding": "gzip, deflate, br"},
    "9.x": {"content-type": "application/json", "authorization": NOBODY, "user-agent": "axonflow-sdk-typescript/9.0.0",
            "x-axonflow-client": "sdk-typescript/9.0.0", "x-client-id": "community", "accept-encoding": "gzip, deflate, br"},
}
# encoding/json of Go writes <, > and & as escapes, and a nil map as null.
GO_BODY = b'{"query":"say: a \\u003cb\\u003e \\u0026 c","user_token":"anonymous","client_id":"","request_type":"chat","context":null}'


class Connection:
    """One kept connection, whose headers go out exactly as they are given."""

    def __init__(self, stack, port=None):
        host, first = stack.http_address
        self.connection = http.client.HTTPConnection(host, port or first, timeout=DEADLINE)

    def send(self, method, path, headers, body=None, chunked=False):
        self.connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            self.connection.putheader(name, value)
        if body is not None:
            self.connection.putheader(*(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(body)))))
        self.connection.endheaders([body[:7], body[7:]] if chunked else body, encode_chunked=chunked)
        answer = self.connection.getresponse()
        parsed = json.loads(answer.read())
        assert list(nulls(parsed)) == [] and answer.getheader("content-type") == "application/json"
        return answer.status, parsed


@pytest.mark.parametrize("version", GO)
def test_go_proxies(stack, version):
    status, answer = Connection(stack).send("POST", "/api/request", GO[version], GO_BODY)
    assert (status, answer["success"], answer["data"]["data"]) == (200, True, "a <b> & c")
    tenant = "go-app" if "X-Tenant-ID" in GO[version] else "community"
    assert answer["policy_info"]["tenant_id"] == tenant
    assert isinstance(answer["data"]["metadata"], dict) and "success" not in answer["data"]  # which would flip the result


@pytest.mark.parametrize("version", TYPESCRIPT)
def test_typescript_proxies(stack, version):
    body = json.dumps({"query": "say: olé", "user_token": "anonymous", "client_id": "", "context": {"provider": "mistral"}},
                      ensure_ascii=False).encode()
    status, answer = Connection(stack).send("POST", "/api/request", TYPESCRIPT[version], body)
    assert (status, answer["data"]["data"]) == (200, "olé")


@pytest.mark.parametrize("headers", [GO["5.x"], TYPESCRIPT["5.x"]], ids=["go", "typescript"])
def test_gateway_mode(stack, headers):
    connection = Connection(stack)  # kept over the calls
    ask = json.dumps({"query": "look", "client_id": "community", "user_token": "", "data_sources": None, "context": None})
    status, check = connection.send("POST", "/api/policy/pre-check", headers, ask.encode())
    assert (status, check["approved"], check["policies"]) == (200, True, [])
    report = {"context_id": check["context_id"], "client_id": "community", "response_summary": "", "provider": "mistral",
              "model": "mistral-small-latest", "latency_ms": 5, "metadata": None,
              "token_usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}
    for _ in range(3):  # a context is not used up
        status, done = connection.send("POST", "/api/audit/llm-call", headers, json.dumps(report).encode())
        assert (status, done["success"]) == (200, True) and isinstance(done["audit_id"], str)
    status, _ = connection.send("GET", "/health", {})  # Go sends no credentials there
    assert status == 200


def test_a_block_is_403_and_a_pre_check_200(stack):
    connection = Connection(stack)
    ask = json.dumps({"query": ATTACK, "user_token": "", "client_id": "", "request_type": "chat", "context": None}).encode()
    status, answer = connection.send("POST", "/api/request", GO["5.x"], ask)
    assert (status, answer["success"], answer["blocked"]) == (403, False, True)
    assert answer["block_reason"] and answer["policy_info"]["policies_evaluated"] == ["prompt-injection"]
    status, check = connection.send("POST", "/api/policy/pre-check", GO["5.x"], ask)
    assert (status, check["approved"]) == (200, False) and check["block_reason"] and check["expires_at"]


def test_a_body_in_chunks_and_headers_in_any_case(stack):
    body = json.dumps({"query": "say: pieces"}).encode()
    status, answer = Connection(stack).send("POST", "/api/request", {"CONTENT-TYPE": "application/json"}, body, chunked=True)
    assert (status, answer["data"]["data"]) == (200, "pieces")


def test_the_orchestrators_port_serves_the_same(make_stack, sim):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    more = ["--listen", f"127.0.0.1:{port}"]
    stack = make_stack(CHAIN + providers(sim), process_flags={"gateway": more, "edge": more})
    for each in (stack.http_address[1], port):
        connection = Connection(stack, each)
        assert connection.send("POST", "/api/request", GO["5.x"], b'{"query":"say: x"}')[1]["data"]["data"] == "x"
        assert connection.send("GET", "/api/v1/dynamic-policies", GO["5.x"])[0] == 200


def test_what_is_too_costly_is_402_with_its_budget(make_stack, sim):
    chain = CHAIN.replace("audit-logger]", "cost-limit, audit-logger]") + "  cost-limit: {max_cost_usd: 0.000001}\n"
    target = {"id": "mistral-large", "provider": "mistral", "model": "mistral-large-latest"}
    stack = make_stack(chain + providers(sim, [target]))
    status, _, answer = call(stack, "/api/request", {"query": "hello", "context": {"max_tokens": 1000}})
    assert (status, answer["success"], answer["blocked"]) == (402, False, True)
    assert answer["budget_info"] == {"budget_id": "cost-limit", "budget_name": "cost-limit", "exceeded": True, "action": "block"}
    for version in VERSIONS:
        told = run(version, stack, "proxy", "hello")
        assert told["raised"] == "BudgetExceededError" and "limit" in told["message"], told
    assert sim.bodies() == []


@pytest.mark.parametrize("secret", ["s", "a-longer-one"])
def test_a_secret_of_the_oldest_sdks(make_stack, stack, sim, secret):
    headers = {"Content-Type": "application/json", "X-Client-Secret": secret, "X-Tenant-ID": "old"}
    body = json.dumps({"query": "say: x"}).encode()
    assert Connection(stack).send("POST", "/api/request", headers, body)[0] == 200
    enterprise = make_stack(CHAIN + providers(sim) + ENTERPRISE)
    assert Connection(enterprise).send("POST", "/api/request", headers, body)[0] == 401


def test_health_is_safe_for_every_sdk_and_true(stack):
    status, _, health = call(stack, "/health")
    assert (status, health["status"]) == (200, "healthy") and health["version"] and health["timestamp"].endswith("Z")
    assert "sdk_compatibility" not in health  # a map there breaks Go 5 and Python before 6.9
    for version in VERSIONS:
        if not version.startswith("1."):
            detailed = run(version, stack, "health_detailed", "")
            assert detailed["status"] == "healthy" and detailed["version"] == health["version"]
    for capability in health["capabilities"]:
        assert set(capability) == {"name", "since", "description"}
        for path in [word.strip(",") for word in capability["description"].split() if word.startswith("/")]:
            _, _, answer = call(stack, path, method="GET")  # not 404: what is told is there
            error = answer.get("error", {}) if isinstance(answer, dict) else {}
            assert not isinstance(error, dict) or error.get("code") not in (404, "NOT_FOUND"), (path, answer)


def test_secrets_are_kept_as_hashes_alone(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim) + ENTERPRISE)
    body = json.dumps({"query": "say: x"}).encode()
    headers = {"Content-Type": "application/json", **basic("app", SECRET)}
    assert Connection(stack).send("POST", "/api/request", headers, body)[0] == 200
    kept = b"".join(file.read_bytes() for file in stack.directory.rglob("*") if file.is_file())
    assert SECRET.encode() not in kept and basic("app", SECRET)["Authorization"].split()[1].encode() not in kept
    assert hashlib.sha256(SECRET.encode()).hexdigest().encode() in kept  # in the configuration
