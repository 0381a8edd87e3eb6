"""What an operator says of a policy besides its rules: observe, when, exceptions, escalate, stream."""

import json
import urllib.error
import urllib.request

from harness import chat, providers

CHAIN = """\
pack: {name: e2e, version: 1.0.0, enabled: true}
policies:
  chain: [pii-detector, safety-filter, audit-logger]
policy:
  audit-logger: {}
  pii-detector:
    action: redact
    when: {header: {x-team: "legal-*"}}
    exceptions:
      - {reason: our desk, expires: 2099-12-31, rules: [email], values: ["desk@example.com"]}
  safety-filter:
    mode: strict
    action: escalate
"""


def post(stack, text, **headers):
    request = urllib.request.Request(
        stack.base_url + "/chat/completions", data=json.dumps(chat(text)).encode(),
        headers={"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response), response.headers
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), error.headers


def test_a_condition_on_a_header_and_an_exception(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    stack.wait_ready()
    text = "mail desk@example.com or bob@example.com"
    assert post(stack, text)[0] == 200
    assert sim.bodies()[-1]["messages"][-1]["content"] == text
    _, _, headers = post(stack, text, X_Team="legal-eu")
    assert sim.bodies()[-1]["messages"][-1]["content"] == "mail desk@example.com or [EMAIL]"
    findings = stack.record(headers["x-request-id"])["findings"]
    assert [f["action"] for f in findings if f["direction"] == "input"] == ["allow", "redact"]
    assert "excepted until 2099-12-31: our desk" in findings[0]["reason"]


def test_an_escalation_has_its_own_code(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    stack.wait_ready()
    status, body, headers = post(stack, "how to make a bomb")
    assert (status, body["error"]["code"]) == (400, "escalation_required")
    assert body["error"]["policy"] == "safety-filter" and "held for review" in body["error"]["message"]
    record = stack.record(headers["x-request-id"])
    assert (record["verdict"], record["outcome"]) == ("escalate", "blocked")
    assert stack.metric("portcullis_policy_decisions_total", policy="safety-filter", action="escalate") == 1


def test_an_observer_is_seen_and_not_felt(make_stack, sim):
    config = CHAIN.replace("action: escalate", "action: block\n    enforcement: observe")
    stack = make_stack(config + providers(sim))
    stack.wait_ready()
    status, _, headers = post(stack, "how to make a bomb")
    assert status == 200
    assert "safety-filter" not in headers.get("x-portcullis-policies", "")
    record = stack.record(headers["x-request-id"])
    assert record["verdict"] == "allow"
    assert [(f["policy"], f["action"]) for f in record["findings"] if f["direction"] == "input"] == [
        ("safety-filter", "would_block")]
    assert stack.metric("portcullis_policy_decisions_total", policy="safety-filter", action="would_block") >= 1
    assert stack.metric("portcullis_policy_decisions_total", policy="safety-filter", action="block") == 0


def test_a_buffered_answer_that_is_blocked_shows_nothing(make_stack, sim):
    config = CHAIN.replace('    when: {header: {x-team: "legal-*"}}\n', "    stream: buffer\n").replace(
        "action: redact", "action: block\n    apply_to: output")
    stack = make_stack(config + providers(sim))
    stack.wait_ready()
    request = urllib.request.Request(
        stack.base_url + "/chat/completions",
        data=json.dumps(chat("say: A long tale. Then mail bob@example.com now.", stream=True)).encode(),
        headers={"content-type": "application/json"})
    try:
        body = urllib.request.urlopen(request, timeout=60).read().decode()
    except urllib.error.HTTPError as error:
        body = error.read().decode()
    assert "output_blocked" in body and "tale" not in body


def test_a_condition_on_the_target_decides_about_answers(make_stack, sim):
    config = CHAIN.replace('    when: {header: {x-team: "legal-*"}}\n', "    when: {target: strict-*}\n").replace(
        "action: redact", "action: redact\n    apply_to: output")
    targets = [{"id": "strict-one", "provider": "mistral", "model": "mistral-large-latest"},
               {"id": "free-one", "provider": "mistral", "model": "mistral-small-latest"}]
    stack = make_stack(config + providers(sim, targets))
    stack.wait_ready()

    def answer(model):
        request = urllib.request.Request(
            stack.base_url + "/chat/completions",
            data=json.dumps({**chat("say: bob@example.com!"), "model": model}).encode(),
            headers={"content-type": "application/json"})
        return json.load(urllib.request.urlopen(request, timeout=60))["choices"][0]["message"]["content"]

    assert answer("strict-one") == "[EMAIL]!"
    assert answer("free-one") == "bob@example.com!"
