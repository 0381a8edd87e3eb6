"""What an operator says of a policy besides its rules: observe, when, exceptions, escalate, stream."""

import json
import os

import pytest

from harness import Stack, chat, portcullis, providers
from raw import send

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


def test_a_condition_on_a_header_and_an_exception(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    stack.wait_ready()
    text = "mail desk@example.com or bob@example.com"
    assert send(stack, chat(text)).status == 200
    assert sim.bodies()[-1]["messages"][-1]["content"] == text
    answer = send(stack, chat(text), x_team="legal-eu")
    assert sim.bodies()[-1]["messages"][-1]["content"] == "mail desk@example.com or [EMAIL]"
    findings = stack.record(answer.request_id)["findings"]
    assert [f["action"] for f in findings if f["direction"] == "input"] == ["allow", "redact"]
    assert "excepted until 2099-12-31: our desk" in findings[0]["reason"]


def test_an_escalation_has_its_own_code(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    stack.wait_ready()
    answer = send(stack, chat("how to make a bomb"))
    assert (answer.status, answer.error["code"]) == (400, "escalation_required")
    assert answer.error["policy"] == "safety-filter" and "held for review" in answer.error["message"]
    record = stack.record(answer.request_id)
    assert (record["verdict"], record["outcome"]) == ("escalate", "blocked")
    assert stack.metric("portcullis_policy_decisions_total", policy="safety-filter", action="escalate") == 1


def test_an_observer_is_seen_and_not_felt(make_stack, sim):
    config = CHAIN.replace("action: escalate", "action: block\n    enforcement: observe")
    stack = make_stack(config + providers(sim))
    stack.wait_ready()
    answer = send(stack, chat("how to make a bomb"))
    assert answer.status == 200
    assert "safety-filter" not in answer.headers.get("x-portcullis-policies", "")
    record = stack.record(answer.request_id)
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
    body = send(stack, chat("say: A long tale. Then mail bob@example.com now.", stream=True)).body
    assert b"output_blocked" in body and b"tale" not in body


def test_a_condition_on_the_target_decides_about_answers(make_stack, sim):
    config = CHAIN.replace('    when: {header: {x-team: "legal-*"}}\n', "    when: {target: strict-*}\n").replace(
        "action: redact", "action: redact\n    apply_to: output")
    targets = [{"id": "strict-one", "provider": "mistral", "model": "mistral-large-latest"},
               {"id": "free-one", "provider": "mistral", "model": "mistral-small-latest"}]
    stack = make_stack(config + providers(sim, targets))
    stack.wait_ready()

    def answer(model):
        answered = send(stack, {**chat("say: bob@example.com!"), "model": model})
        return answered.json()["choices"][0]["message"]["content"]

    assert answer("strict-one") == "[EMAIL]!"
    assert answer("free-one") == "bob@example.com!"


TEMPLATES = portcullis("init", "--list", check=True).stdout


@pytest.mark.parametrize("name", [line.split()[0] for line in TEMPLATES.splitlines()])
def test_a_template_passes_its_tests_and_starts(name, tmp_path, sim):
    here = {"cwd": tmp_path, "env": {**os.environ, "MISTRAL_API_KEY": "k"}}
    assert portcullis("init", "--template", name, **here).returncode == 0
    assert portcullis("policy", "lint", "--strict", **here).returncode == 0
    tested = portcullis("policy", "test", "--json", "--junit", "report.xml", **here)
    assert tested.returncode == 0 and json.loads(tested.stdout)["ok"], tested.stdout
    assert "<testsuites" in (tmp_path / "report.xml").read_text()
    config = (tmp_path / "policy-config.yaml").read_text().replace(
        "model: passthrough", f"model: passthrough\n      base_url: {sim.url}/v1")
    with Stack("all-in-one", tmp_path / "stack", config, env={"MISTRAL_API_KEY": "test-provider-key"}) as stack:
        stack.wait_ready()
        assert send(stack, chat("Good morning")).status == 200


def test_explain_names_rule_bytes_and_cost(tmp_path):
    here = {"cwd": tmp_path, "env": {**os.environ, "MISTRAL_API_KEY": "k"}, "check": True}
    portcullis("init", **here)
    done = portcullis("policy", "explain", "--json", "mail bob@example.com", **here)
    explained = json.loads(done.stdout)
    [finding] = explained["findings"]
    assert (finding["policy"], finding["rule"], finding["begin"], finding["end"]) == ("pii-detector", "email", 5, 20)
    assert explained["becomes"] == "mail [EMAIL]"
    assert all(c["microseconds"] > 0 for c in explained["cost"])
