"""external-moderation: a service outside is asked, in both forms of the gateway, and may fail."""

import http.server
import json
import threading

import pytest

from harness import Stack, chat, providers
from raw import send


class Service:
    """Plays Mistral's and OpenAI's moderation, a webhook, Presidio's analyzer and a guard model: by path. What
    holds "EVIL" is flagged."""

    def __init__(self):
        self.mode = "ok"
        self.calls = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.calls.append((self.path, body, self.headers.get("authorization")))
                outer.released.wait(60)
                status = 500 if outer.mode == "error" else 200
                answer = b"{nonsense" if outer.mode == "malformed" else json.dumps(outer.answer(self.path, body)).encode()
                try:
                    self.send_response(status)
                    self.send_header("content-length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    pass

            def log_message(self, *unused):
                pass

        self.released = threading.Event()
        self.released.set()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def answer(path, body):
        if path == "/analyze":
            evil = "EVIL" in body["text"]
            return [{"entity_type": "PERSON", "start": 0, "end": 4, "score": 0.85}] if evil else []
        if path.endswith("/chat/completions"):
            evil = "EVIL" in body["messages"][-1]["content"]
            return {"choices": [{"message": {"content": "unsafe\nS10" if evil else "safe"}}]}
        return {"results": [{"flagged": "EVIL" in text, "category_scores": {"selfharm": 0.9 if "EVIL" in text else 0.01,
                                                                           "self-harm": 0.9 if "EVIL" in text else 0.01}}
                            for text in body["input"]]}

    def texts(self):
        return [t for _, body, _ in self.calls for t in body.get("input", [])]

    def stop(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def shared_service():
    service = Service()
    yield service
    service.stop()


@pytest.fixture
def service(shared_service):
    shared_service.mode = "ok"
    shared_service.calls.clear()
    shared_service.released.set()
    return shared_service


def config(service, extra="", path="/v1/moderations", provider="mistral"):
    return f"""\
pack: {{name: e2e, version: 1.0.0, enabled: true}}
policies:
  chain: [pii-detector, external-moderation, audit-logger]
policy:
  audit-logger: {{}}
  pii-detector: {{action: redact}}
  external-moderation:
    provider: {provider}
    endpoint: {service.url}{path}
    secret_key_ref: {{env: TEST_PROVIDER_KEY}}
    timeout_ms: 300
{extra}"""


def metric(stack, name, **labels):
    return stack.metric("portcullis_moderation_" + name, **labels)


def test_requests_and_answers_are_judged(make_stack, sim, service):
    stack = make_stack(config(service) + providers(sim))
    stack.wait_ready()
    answer = send(stack, chat("hello bob@example.com"))
    assert answer.status == 200
    # The service sees what the provider sees, and the answer, which the simulator makes of the request.
    assert service.texts()[0] == "hello [EMAIL]"
    assert answer.json()["choices"][0]["message"]["content"] in service.texts()
    assert service.calls[0][2] == "Bearer test-provider-key"

    seen = len(sim.bodies())
    answer = send(stack, chat("EVIL plan"))
    assert answer.status == 400 and answer.error["policy"] == "external-moderation"
    assert len(sim.bodies()) == seen
    record = stack.record(answer.request_id)
    assert (record["verdict"], record["reason_code"]) == ("block", "moderation.flagged")
    assert ("external-moderation", "self_harm") in [(f["policy"], f["rule"]) for f in record["findings"]]

    calls = len(service.calls)
    assert send(stack, chat("hello bob@example.com")).status == 200
    assert metric(stack, "calls_total", provider="mistral", outcome="ok") == len(service.calls)
    if stack.form == "all-in-one":
        return  # each worker has a cache of its own
    assert metric(stack, "cache_total", provider="mistral", result="hit") >= 1
    assert len(service.calls) <= calls + 1


@pytest.mark.parametrize("provider,path,rule", [("presidio", "/analyze", "person"),
                                                ("guard-model", "/v1/chat/completions", "hate"),
                                                ("openai", "/v1/moderations", "self_harm"),
                                                ("webhook", "/hook", "self-harm")])
def test_other_services(sim, service, tmp_path, provider, path, rule):
    extra = "    model: guard\n" if provider == "guard-model" else ""
    with Stack("all-in-one", tmp_path, config(service, extra, path, provider) + providers(sim)) as stack:
        stack.wait_ready()
        assert send(stack, chat("hello")).status == 200
        answer = send(stack, chat("EVIL plan"))
        assert answer.status == 400
        assert rule in [f["rule"] for f in stack.record(answer.request_id)["findings"]]


def test_faults_follow_the_fail_mode(make_stack, sim, service):
    block = make_stack(config(service) + providers(sim))
    allow = make_stack(config(service, "    fail_mode: allow\n") + providers(sim))
    for stack in (block, allow):
        stack.wait_ready()
    for mode, outcome, code in (("error", "unavailable", "policy.failed"), ("malformed", "malformed", "policy.failed"),
                                ("slow", "timeout", "policy.timeout")):
        service.mode = mode
        if mode == "slow":
            service.released.clear()
        answer = send(block, chat("text for " + mode))
        assert answer.status == 400, answer.body
        assert block.record(answer.request_id)["reason_code"] == code
        answer = send(allow, chat("text for " + mode))
        assert answer.status == 200, answer.body
        assert metric(block, "calls_total", provider="mistral", outcome=outcome) == 1
        assert metric(allow, "calls_total", provider="mistral", outcome=outcome) == 2
    service.released.set()
    assert block.metric("portcullis_policy_failures_total", policy="external-moderation", fail_mode="block") == 3
    assert allow.metric("portcullis_policy_failures_total", policy="external-moderation", fail_mode="allow") == 6
    assert allow.metric("portcullis_unscanned_text_bytes_total", direction="input") > 0


def test_streams(make_stack, sim, service):
    stack = make_stack(config(service, "    apply_to: output\n") + providers(sim))
    stack.wait_ready()
    answer = send(stack, chat("say: A nice story.", stream=True))
    assert answer.status == 200 and answer.events()[-1] == "[DONE]"
    assert service.texts() == ["A nice story."]
    answer = send(stack, chat("say: An EVIL story.", stream=True))
    assert b"EVIL" not in answer.body and b"external-moderation" in answer.body


def test_a_slow_service_holds_up_nobody_else(make_stack, sim, service):
    """While one request waits, the same gateway answers others: no worker waits for the service."""
    text = config(service, '    when: {header: {x-judge: "yes"}}\n').replace("timeout_ms: 300", "timeout_ms: 60000")
    stack = make_stack(text + providers(sim))
    stack.wait_ready()
    service.released.clear()
    waiting = [threading.Thread(target=send, args=(stack, chat(f"wait {i}")), kwargs={"x_judge": "yes"}) for i in range(8)]
    for thread in waiting:
        thread.start()
    for i in range(20):
        assert send(stack, chat(f"go {i}")).status == 200
    assert any(thread.is_alive() for thread in waiting)
    service.released.set()
    for thread in waiting:
        thread.join(60)
        assert not thread.is_alive()


def test_a_concurrent_check_holds_back_the_answer(make_stack, sim, service):
    stack = make_stack(config(service, "    concurrent: true\n    apply_to: input\n") + providers(sim))
    stack.wait_ready()
    seen = len(sim.bodies())
    answer = send(stack, chat("EVIL plan"))
    assert answer.status == 400 and answer.error["policy"] == "external-moderation"
    assert len(sim.bodies()) == seen + 1  # it went out meanwhile, and its answer did not come in
    assert send(stack, chat("good plan")).status == 200
