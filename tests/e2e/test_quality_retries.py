"""quality-scorer has answers asked for again: of the same target or of another; in one process and in four."""

import pytest

from harness import FORMS, Stack, chat, providers
from raw import send

CONFIG = """
pack: {name: e2e-quality, version: 1.0.0, enabled: true}
policies:
  chain: [pii-detector, quality-scorer, audit-logger]
policy:
  quality-scorer:
    action: fallback
    max_retries: 2
    after_retries: block
    when: {target: ["small*"]}
    assertions: [{type: contains, value: no model writes this, severity: critical}]
"""
TARGETS = [{"id": name, "provider": "mistral", "model": model, "pricing": "{prompt: 2, completion: 6}"}
           for name, model in (("small-1", "mistral-small-latest"), ("small-2", "ministral-8b-latest"),
                               ("large", "mistral-large-latest"))]


@pytest.fixture(scope="module", params=FORMS)
def gateway(request, shared_sim, tmp_path_factory):
    config = CONFIG + providers(shared_sim, TARGETS, "strategy: ordered\nretry: {max_attempts: 1}")
    with Stack(request.param, tmp_path_factory.mktemp("quality"), config) as stack:
        yield stack


def retried(gateway, target, result):
    return gateway.metric("portcullis_quality_retries_total", target=target, result=result)


def ask(gateway, **more):
    body = chat("say: Write to jane.doe@example.com, please.", **more)
    del body["model"]
    return send(gateway, body)


def test_a_better_target_answers_and_everything_is_counted(gateway, sim):
    before = [retried(gateway, name, "answered") for name in ("small-1", "small-2")]
    answer = ask(gateway)
    assert answer.status == 200
    assert answer.json()["choices"][0]["message"]["content"] == "Write to [EMAIL], please."
    assert (answer.headers["x-portcullis-target"], answer.headers["x-portcullis-attempts"]) == ("large", "3")
    assert len(sim.bodies()) == 3
    record = gateway.record(answer.request_id)
    assert [(a["target"], a["outcome"]) for a in record["attempts"]] == [
        ("small-1", "low_quality"), ("small-2", "low_quality"), ("large", "ok")]
    scores = [f["action"] for f in record["findings"] if f["policy"] == "quality-scorer"]
    assert scores == ["fallback", "fallback"]
    one = answer.json()["usage"]
    assert record["prompt_tokens"] == 3 * one["prompt_tokens"]
    assert record["cost_usd"] == pytest.approx(float(answer.headers["x-portcullis-cost-usd"]))
    assert record["cost_usd"] == pytest.approx(
        (record["prompt_tokens"] * 2 + record["completion_tokens"] * 6) / 1e6)
    assert [retried(gateway, name, "answered") for name in ("small-1", "small-2")] == [n + 1 for n in before]


def test_with_nobody_else_the_last_answer_is_judged_for_good(gateway, sim):
    before = retried(gateway, "small-1", "failed")
    sim.script("ok", "500", "500", "500")  # small-1, then small-2, large and small-1 again
    answer = ask(gateway)
    assert (answer.status, answer.error["code"], answer.error["policy"]) == (400, "output_blocked", "quality-scorer")
    assert b"jane.doe" not in answer.body
    record = gateway.record(answer.request_id)
    assert record["outcome"] == "blocked"
    assert [a["outcome"] for a in record["attempts"]] == ["low_quality"] + 3 * ["upstream_error"]
    assert retried(gateway, "small-1", "failed") == before + 1


def test_a_stream_is_scored_and_goes_its_way(gateway, sim):
    answer = ask(gateway, stream=True)
    assert answer.status == 200 and answer.text() == "Write to [EMAIL], please."
    assert len(sim.bodies()) == 1
