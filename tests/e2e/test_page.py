"""The configurations and the calls of the documentation page that the gateway promises to serve as they are.

The only change to a configuration: its targets get a base_url, which leads to the simulator.
"""

import json
import pathlib
import re
import subprocess
import urllib.error

import openai
import pytest

from harness import BIN, DEADLINE, FORMS, Stack, chat
from raw import send

PAGE = pathlib.Path(__file__).parents[1] / "data" / "page"
BLOCKS = sorted(PAGE.glob("*.yaml"))
KEYS = {"MISTRAL_API_KEY": "mistral-page-key", "OPENAI_API_KEY": "openai-page-key"}

ALL_FIELDS = [
    "id", "provider", "model", "base_url", "secret_key_ref", "timeout_seconds", "stream_timeout_seconds",
    "max_context_tokens", "format", "provider_type", "description", "weight", "pricing", "health_probe",
]  # fmt: skip


def at_simulator(text, sim):
    """The YAML with every target pointed at the simulator, in the dialect of its provider."""
    text = re.sub(r"(?m)^\s+base_url:.*\n", "", text)

    def add(match):
        dialect = "openai" if "openai" in match[2] else "mistral"
        return f"{match[0]}\n{match[1]}base_url: {sim.url}/{dialect}/v1"

    return re.sub(r"(?m)^( +)provider: *(\S+)$", add, text)


def page(name, sim):
    return at_simulator((PAGE / name).read_text(), sim)


def models_sent(sim):
    return [body["model"] for body in sim.bodies()]


def keys_sent(sim):
    calls = [r for r in sim.requests() if r["path"].endswith("/chat/completions")]
    return [dict((k.lower(), v) for k, v in r["headers"])["authorization"] for r in calls]


def fails(model):
    return {"model": model, "faults": ["503"], "repeat": True}


@pytest.fixture
def page_stack(make_stack, sim):
    return lambda name, **more: make_stack(page(name, sim), **{"env": KEYS, **more})


@pytest.mark.parametrize("block", BLOCKS, ids=[b.stem for b in BLOCKS])
@pytest.mark.parametrize("make_stack", ["all-in-one"], indirect=True)
def test_each_block_starts_and_serves(page_stack, sim, block):
    stack = page_stack(block.name)
    assert "warning:" not in stack.processes["gateway"].log()
    stack.wait_ready()
    first_model = re.search(r"(?:model: |:chat:)\"?([\w.-]+)", block.read_text())[1]
    answer = send(stack, {**chat("say: it works"), "model": first_model})
    assert answer.status == 200
    assert answer.json()["choices"][0]["message"]["content"] == "it works"
    assert models_sent(sim) == [first_model]
    assert keys_sent(sim) == ["Bearer mistral-page-key"]
    assert stack.record(answer.request_id)["outcome"] == "ok"


def test_the_second_model_answers_when_the_first_fails(page_stack, sim):
    stack = page_stack("04_multi_model_fallback.yaml")
    sim.script(fails("mistral-large-latest"))
    answer = send(stack, chat("say: from the small one"))
    assert answer.status == 200
    assert answer.json()["choices"][0]["message"]["content"] == "from the small one"
    assert answer.headers["x-portcullis-target"] == "mistral-small-fallback"
    assert models_sent(sim) == ["mistral-large-latest"] * 3 + ["mistral-small-latest"]
    assert answer.headers["x-portcullis-attempts"] == "4"
    record = stack.record(answer.request_id)
    assert [a["target"] for a in record["attempts"]] == ["mistral-large-primary"] * 3 + ["mistral-small-fallback"]


def test_a_streamed_answer_falls_back_too(page_stack, sim):
    stack = page_stack("04_multi_model_fallback.yaml")
    sim.script(fails("mistral-large-latest"))
    answer = send(stack, chat("say: one stream, from the small one", stream=True))
    assert answer.status == 200 and answer.text() == "one stream, from the small one"
    assert answer.events().count("[DONE]") == 1
    assert answer.headers["x-portcullis-target"] == "mistral-small-fallback"


def test_another_provider_answers_when_the_first_fails(page_stack, sim):
    stack = page_stack("05_cross_provider_fallback.yaml")
    sim.script(fails("mistral-large-latest"))
    answer = send(stack, chat("say: from the other provider"))
    assert answer.json()["choices"][0]["message"]["content"] == "from the other provider"
    assert answer.headers["x-portcullis-target"] == "openai-fallback"
    assert models_sent(sim)[-1] == "gpt-4o"
    assert keys_sent(sim)[0] == "Bearer mistral-page-key" and keys_sent(sim)[-1] == "Bearer openai-page-key"


@pytest.mark.parametrize("make_stack", ["all-in-one"], indirect=True)
def test_the_emergency_target_is_the_last_of_three(page_stack, sim):
    stack = page_stack("11_combined.yaml")
    sim.script(fails("mistral-large-latest"), fails("mistral-small-latest"))
    answer = send(stack, chat("say: the last resort"))
    assert answer.status == 200
    assert answer.headers["x-portcullis-target"] == "openai-emergency"
    assert answer.headers["x-portcullis-attempts"] == "7"


@pytest.mark.parametrize("make_stack", ["all-in-one"], indirect=True)
def test_when_all_targets_fail_there_is_one_error(page_stack, sim):
    stack = page_stack("04_multi_model_fallback.yaml")
    sim.script(fails("mistral-large-latest"), fails("mistral-small-latest"))
    answer = send(stack, chat("hello"))
    assert answer.status in (502, 503)
    assert answer.error["type"] == "upstream_error"
    assert answer.headers["x-portcullis-attempts"] == "6"
    assert stack.record(answer.request_id)["outcome"] == "upstream_failed"


@pytest.mark.parametrize("block", ["04_multi_model_fallback", "06_latency", "07_weighted"])
@pytest.mark.parametrize("make_stack", ["all-in-one"], indirect=True)
def test_the_start_tells_the_order_of_targets(page_stack, block):
    log = page_stack(block + ".yaml").processes["gateway"].log()
    assert "no strategy is given: the 2 targets are tried in listed order" in log


@pytest.mark.parametrize("make_stack", ["all-in-one"], indirect=True)
def test_one_target_needs_no_word_on_the_order(page_stack):
    assert "listed order" not in page_stack("03_streaming.yaml").processes["gateway"].log()


def test_a_missing_key_warns_and_the_other_target_serves(page_stack, sim):
    stack = page_stack("05_cross_provider_fallback.yaml", env={"OPENAI_API_KEY": "openai-page-key"})
    for process in stack.processes.values():
        assert "warning: target \"mistral-primary\" is not available" in process.log()
        assert "MISTRAL_API_KEY is not set" in process.log()
    stack.wait_ready()
    answer = send(stack, chat("hello"))
    assert answer.status == 200 and answer.headers["x-portcullis-target"] == "openai-fallback"
    assert models_sent(sim) == ["gpt-4o"]


def test_without_any_key_it_is_not_ready(page_stack, sim):
    stack = page_stack("04_multi_model_fallback.yaml", env={})
    for process in [stack.front] + (["router"] if stack.form == "suite" else []):
        with pytest.raises(urllib.error.HTTPError) as caught:
            stack.admin("/readyz", process)
        assert caught.value.code == 503
        answer = json.load(caught.value)
        assert answer["status"] == "not_ready" and "key" in answer["reasons"][0]
    answer = send(stack, chat("hello"))
    assert answer.status == 503 and answer.error["code"] == "no_healthy_upstream"
    assert sim.bodies() == []


@pytest.mark.parametrize("program", ["gateway", "edge", "policy", "router", "audit"])
def test_a_pack_that_is_not_enabled_does_not_start(tmp_path, program):
    file = tmp_path / "policy-config.yaml"
    file.write_text((PAGE / "01_minimal.yaml").read_text().replace("enabled: true", "enabled: false"))
    command = [BIN / "portcullis", "gateway", "run"] if program == "gateway" else [BIN / f"portcullis-{program}"]
    done = subprocess.run(
        [*command, "--policy-config", file, "--state-dir", tmp_path / "state"],
        capture_output=True, text=True, timeout=DEADLINE, env=KEYS,
    )  # fmt: skip
    assert done.returncode == 2
    assert "pack.enabled is false" in done.stderr and ":4:" in done.stderr
    assert "listening" not in done.stdout + done.stderr


@pytest.mark.parametrize("make_stack", ["all-in-one"], indirect=True)
def test_all_fields_of_a_target_are_accepted(page_stack):
    text = (PAGE / "12_all_target_fields.yaml").read_text()
    assert all(re.search(rf"(?m)^    [ -] {field}:", text) for field in ALL_FIELDS)
    stack = page_stack("12_all_target_fields.yaml")
    assert " errors" not in stack.processes["gateway"].log()
    answer = send(stack, chat("hello"))
    usage = answer.json()["usage"]
    cost = (usage["prompt_tokens"] * 2.0 + usage["completion_tokens"] * 6.0) / 1e6
    assert float(answer.headers["x-portcullis-cost-usd"]) == pytest.approx(cost, rel=0.01)


@pytest.fixture(scope="module", params=FORMS)
def minimal(request, shared_sim, tmp_path_factory):
    config = page("01_minimal.yaml", shared_sim)
    with Stack(request.param, tmp_path_factory.mktemp("minimal"), config, env=KEYS) as stack:
        yield stack


def test_the_pages_curl_call(minimal, sim):
    host, port = minimal.http_address
    done = subprocess.run(
        ["curl", "-sS", f"http://{host}:{port}/v1/chat/completions", "-H", "Content-Type: application/json", "-d",
         '{"model":"mistral-large-latest","messages":[{"role":"user","content":"hello"}]}'],
        capture_output=True, text=True, timeout=DEADLINE, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["choices"][0]["message"]["content"]
    assert keys_sent(sim) == ["Bearer mistral-page-key"]


def test_the_pages_first_python_example(minimal, sim):
    client = openai.OpenAI(base_url=minimal.base_url, api_key="unused")
    response = client.chat.completions.create(
        model="mistral-large-latest",
        messages=[
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": "Explain the difference between CNN and RNN architectures."},
        ],
        temperature=0.7,
        max_tokens=512,
    )
    assert response.choices[0].message.content
    [sent] = sim.bodies()
    assert (sent["temperature"], sent["max_tokens"], len(sent["messages"])) == (0.7, 512, 2)


def test_the_pages_streaming_example(minimal):
    client = openai.OpenAI(base_url=minimal.base_url, api_key="unused")
    stream = client.chat.completions.create(
        model="mistral-large-latest",
        messages=[{"role": "user", "content": "Write a short essay on EU AI regulation."}],
        stream=True,
    )
    printed = ""
    for chunk in stream:
        if chunk.choices[0].delta.content:
            printed += chunk.choices[0].delta.content
    assert "EU AI regulation" in printed


def test_the_pages_code_example(page_stack, sim):
    client = openai.OpenAI(base_url=page_stack("10_codestral.yaml").base_url, api_key="unused")
    response = client.chat.completions.create(
        model="codestral-latest",
        messages=[
            {"role": "system", "content": "You are an expert programmer. Write clean, well-documented code."},
            {"role": "user", "content": "Write a Python function to merge two sorted lists in O(n) time."},
        ],
        temperature=0.2,
    )
    assert response.choices[0].message.content
    assert models_sent(sim) == ["codestral-latest"]
