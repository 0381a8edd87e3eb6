"""AxonFlow's page "Mistral AI Setup", row by row: defaults, variables, models, examples, capabilities, what it calls
planned, troubleshooting. Cases are named after its rows; the gateway is started as the page's users start it, with
variables alone."""

import base64
import json
import subprocess
import urllib.error
import urllib.request

import openai
import pytest

from harness import BIN, DEADLINE, Simulator
from test_axonflow import ENVIRONMENT, SDKS, VERSIONS, basic, nulls
from test_axonflow_config import PAGE, Gateway

KEY = "page-key-0123456789"
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(64)).decode()


def variables(sim, **more):
    return {"MISTRAL_API_KEY": KEY, "MISTRAL_ENDPOINT": sim.url, **more}


@pytest.fixture(scope="module")
def shared_gateway(shared_sim, tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("page"), env=variables(shared_sim)) as gateway:
        yield gateway


@pytest.fixture
def gateway(shared_gateway, sim):
    return shared_gateway


def call(gateway, path, body=None, **headers):
    """Status, headers and JSON of an answer, which has no null anywhere."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://{gateway.address}{path}", data, headers)
    try:
        answer = urllib.request.urlopen(request, timeout=DEADLINE)
    except urllib.error.HTTPError as error:
        answer = error
    parsed = json.loads(answer.read())
    if path.startswith("/api/"):
        assert list(nulls(parsed)) == []
    return answer.status, answer.headers, parsed


def completions(gateway):
    """OpenAI's client with the Basic credentials that AxonFlow's clients have."""
    return openai.OpenAI(base_url=f"http://{gateway.address}/v1", api_key="unused", max_retries=0,
                         default_headers=basic("community", ""))


def authorization(sim):
    return [dict((k.lower(), v) for k, v in r["headers"])["authorization"] for r in sim.requests()]


def provider_names(gateway):
    return [provider["name"] for provider in call(gateway, "/api/v1/llm-providers")[2]["providers"]]


# ---- Runtime Defaults


def test_default_provider_name_mistral(gateway):
    assert provider_names(gateway) == ["mistral"]
    assert gateway.ask("say: x")["metadata"]["provider"] == "mistral"


def test_default_model_mistral_small_latest(gateway, sim):
    assert gateway.ask("say: x")["metadata"]["model"] == "mistral-small-latest"
    assert sim.bodies()[-1]["model"] == "mistral-small-latest"


def test_default_endpoint_https_api_mistral_ai(tmp_path):
    with Gateway(tmp_path, env={"MISTRAL_API_KEY": KEY}) as gateway:  # which asks nobody unless it is asked
        assert call(gateway, "/api/v1/llm-providers/mistral")[2]["provider"]["endpoint"] == "https://api.mistral.ai/v1"


# ---- Environment Variables


def test_variable_mistral_api_key(gateway, sim):
    gateway.ask("say: x")
    assert authorization(sim) == [f"Bearer {KEY}"]
    assert KEY not in gateway.process.log()


def test_variable_mistral_model(sim, tmp_path):
    with Gateway(tmp_path, env=variables(sim, MISTRAL_MODEL="codestral-latest")) as gateway:
        assert gateway.ask("say: x")["metadata"]["model"] == "codestral-latest"
        assert gateway.settings()["providers.targets[0].default_model"] == ("codestral-latest", "MISTRAL_MODEL")


def test_variable_mistral_timeout_seconds_120_by_default(gateway):
    assert gateway.settings()["providers.targets[0].timeout_seconds"] == ("120", "AxonFlow's default")
    assert call(gateway, "/api/v1/llm-providers/mistral")[2]["provider"]["timeout_seconds"] == 120


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/"])
def test_variable_mistral_endpoint(sim, tmp_path, ending):
    with Gateway(tmp_path, env=variables(sim, MISTRAL_ENDPOINT=sim.url + ending)) as gateway:
        assert gateway.ask("say: x")["data"]["data"] == "x"
    assert sim.requests()[-1]["path"] == "/v1/chat/completions"


# ---- YAML Configuration


@pytest.mark.parametrize("more, model", [({}, "mistral-small-latest"), ({"MISTRAL_MODEL": ""}, "mistral-small-latest"),
                                         ({"MISTRAL_MODEL": "ministral-8b-latest"}, "ministral-8b-latest")])
def test_the_yaml(sim, tmp_path, more, model):
    (tmp_path / "axonflow.yaml").write_text(PAGE)
    with Gateway(tmp_path, [tmp_path / "axonflow.yaml"], variables(sim, **more)) as gateway:
        answer = gateway.ask("say: x", provider="mistral")
        assert (answer["data"]["data"], answer["metadata"]["model"]) == ("x", model)


# ---- Models

MODELS = ["mistral-small-latest", "mistral-medium-latest", "mistral-large-latest", "codestral-latest", "ministral-8b-latest"]


@pytest.mark.parametrize("model", MODELS)
def test_model(gateway, sim, model):
    answer = gateway.ask("say: x", provider="mistral", model=model)
    assert (answer["data"]["data"], answer["metadata"]["model"], sim.bodies()[-1]["model"]) == ("x", model, model)
    assert answer["metadata"]["cost_usd"] > 0  # its list price is known


@pytest.mark.parametrize("model", MODELS)
def test_model_beside_another_provider(sim, tmp_path, model):
    other = Simulator("--provider", "openai")
    try:
        env = variables(sim, OPENAI_API_KEY=KEY, OPENAI_ENDPOINT=other.url)
        with Gateway(tmp_path, env=env) as gateway:
            for _ in range(2):
                answer = gateway.ask("say: x", provider="mistral", model=model)
                assert (answer["metadata"]["provider"], answer["metadata"]["model"]) == ("mistral", model)
    finally:
        other.stop()


def test_any_model_alias_that_mistral_supports(gateway, sim):
    gateway.ask("say: x", model="open-mistral-nemo")
    assert sim.bodies()[-1]["model"] == "open-mistral-nemo"


# ---- Proxy Mode Example


def test_example_curl_proxy(gateway):
    url = f"http://{gateway.address}/api/request"
    body = '{"query": "say: Rules for AI, by risk.", "context": {"provider": "mistral"}}'
    done = subprocess.run(["curl", "-s", "-X", "POST", url, "-H", "Content-Type: application/json", "-d", body],
                          capture_output=True, text=True, timeout=DEADLINE, check=True)
    answer = json.loads(done.stdout)
    assert answer["success"] is True and answer["data"]["data"] == "Rules for AI, by risk."


@pytest.mark.parametrize("version", [v for v in VERSIONS if int(v.split(".")[0]) >= 6])
def test_example_python(gateway, version):
    """The page's program, with the arguments that the method has."""
    program = """
import asyncio, sys
from axonflow import AxonFlow

async def main():
    async with AxonFlow(endpoint=sys.argv[1], client_id="community") as client:
        response = await client.proxy_llm_call(
            user_token="", query="say: Two sentences.", request_type="chat", context={"provider": "mistral"})
        print(response.data)

asyncio.run(main())
"""
    done = subprocess.run([SDKS / version / "bin/python", "-c", program, f"http://{gateway.address}"],
                          capture_output=True, text=True, timeout=DEADLINE, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    assert "'data': 'Two sentences.'" in done.stdout


# ---- Gateway Mode Example


def test_example_gateway_mode(gateway, sim):
    _, _, check = call(gateway, "/api/policy/pre-check", {"client_id": "community", "query": "Analyze customer data"})
    assert check["approved"] is True
    direct = {"model": "mistral-small-latest", "messages": [{"role": "user", "content": "Analyze customer data"}],
              "max_tokens": 500}
    request = urllib.request.Request(sim.url + "/v1/chat/completions", json.dumps(direct).encode(),
                                     {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"})
    usage = json.load(urllib.request.urlopen(request, timeout=DEADLINE))["usage"]
    status, _, done = call(gateway, "/api/audit/llm-call", {
        "client_id": "community", "context_id": check["context_id"], "provider": "mistral",
        "model": "mistral-small-latest", "latency_ms": 500,
        "token_usage": {name: usage[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")}})
    assert (status, done["success"]) == (200, True) and done["audit_id"]


# ---- Multi-Provider Routing


def test_weighted_routing_over_healthy_providers(sim, tmp_path):
    other = Simulator("--provider", "openai")
    try:
        env = variables(sim, OPENAI_API_KEY=KEY, OPENAI_ENDPOINT=other.url, LLM_ROUTING_STRATEGY="weighted",
                        PROVIDER_WEIGHTS="mistral:75,openai:25")
        with Gateway(tmp_path, env=env) as gateway:
            asked = [gateway.ask("say: x")["metadata"]["provider"] for _ in range(8)]
            assert (asked.count("mistral"), asked.count("openai")) == (6, 2)
            other.script(*["500"] * 30)  # it fails: its circuit opens, and the healthy one has all
            answers = [gateway.ask("say: x") for _ in range(24)]
            assert all(answer["success"] for answer in answers)
            assert {answer["metadata"]["provider"] for answer in answers} == {"mistral"}
            assert call(gateway, "/api/v1/llm-providers/openai/health")[2]["health"]["status"] == "unhealthy"
    finally:
        other.stop()


# ---- Current Capabilities


def test_capability_chat_completions(gateway, sim):
    answer = gateway.ask("say: Text in, text out.", system_prompt="Be brief.")
    assert answer["data"]["data"] == "Text in, text out."
    assert [m["role"] for m in sim.bodies()[-1]["messages"]] == ["system", "user"]


def test_capability_streaming_sse(gateway, sim):
    request = urllib.request.Request(f"http://{gateway.address}/api/request",
                                     json.dumps({"query": "say: one two three", "stream": True}).encode())
    with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = answer.read().decode().split("\n\n")
    assert events[-2] == "data: [DONE]" and sim.bodies()[-1]["stream"] is True
    chunks = [json.loads(event[6:]) for event in events[:-2]]
    assert "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"]) == "one two three"


def test_capability_code_generation_via_codestral(gateway, sim):
    answer = gateway.ask("say: def add(a, b): return a + b", model="codestral-latest")
    assert answer["data"]["data"] == "def add(a, b): return a + b"
    status, _, filled = call(gateway, "/v1/fim/completions", {"model": "codestral-latest", "prompt": "def add(",
                                                             "suffix": "return a + b"})
    assert status == 200 and filled["choices"][0]["message"]["content"]


def test_capability_cost_estimation(gateway):
    about = gateway.ask("say: x", model="mistral-large-latest")["metadata"]
    price = call(gateway, "/api/v1/pricing?provider=mistral&model=mistral-large-latest")[2]["pricing"]
    reckoned = (about["prompt_tokens"] * price["input_per_1k"] + about["completion_tokens"] * price["output_per_1k"]) / 1000
    assert about["cost_usd"] == pytest.approx(reckoned) and reckoned > 0


def test_capability_health_monitoring(gateway):
    assert call(gateway, "/health")[2]["status"] == "healthy"
    health = call(gateway, "/api/v1/llm-providers/mistral/health")[2]["health"]
    assert health["status"] == "healthy"
    assert call(gateway, "/api/v1/llm-providers/status")[2]["providers"]["mistral"]["status"] == "healthy"


# ---- Planned (not yet implemented) there


def test_planned_function_calling(gateway, sim):
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
    client = completions(gateway)
    messages = [{"role": "user", "content": 'tool: weather {"city":"Paris"}'}]
    answer = client.chat.completions.create(model="mistral-large-latest", messages=messages, tools=tools)
    [used] = answer.choices[0].message.tool_calls
    assert (used.function.name, json.loads(used.function.arguments)) == ("weather", {"city": "Paris"})
    messages += [answer.choices[0].message.to_dict(), {"role": "tool", "tool_call_id": used.id, "content": "sunny"}]
    done = client.chat.completions.create(model="mistral-large-latest", messages=messages, tools=tools)
    assert done.choices[0].message.content and sim.bodies()[-1]["messages"][-1]["role"] == "tool"


def test_planned_vision_pixtral(gateway, sim):
    answer = gateway.ask_with("say: a picture", context={"model": "pixtral-large-latest"},
                              media=[{"source": "base64", "base64_data": PICTURE, "mime_type": "image/png"}])
    assert answer["data"]["data"] == "a picture"
    [text, image] = sim.bodies()[-1]["messages"][0]["content"]
    assert text["text"] == "say: a picture" and json.dumps(image).count(PICTURE) == 1
    parts = [{"type": "text", "text": "say: the same"},
             {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}]
    answer = completions(gateway).chat.completions.create(
        model="pixtral-large-latest", messages=[{"role": "user", "content": parts}])
    assert answer.choices[0].message.content == "the same"


def test_planned_json_mode(gateway, sim):
    answer = completions(gateway).chat.completions.create(
        model="mistral-large-latest", messages=[{"role": "user", "content": "give me json"}],
        response_format={"type": "json_object"})
    json.loads(answer.choices[0].message.content)
    assert sim.bodies()[-1]["response_format"] == {"type": "json_object"}


# ---- Troubleshooting


def refusal(gateway):
    """The error of OpenAI's path."""
    with pytest.raises(openai.APIStatusError) as failed:
        completions(gateway).chat.completions.create(model="mistral-small-latest", messages=[{"role": "user", "content": "x"}])
    return failed.value


def test_error_401_unauthorized(sim, tmp_path):
    with Gateway(tmp_path, env=variables(sim)) as gateway:
        sim.script("401", "401")
        answer = gateway.ask("say: x")
        assert answer["success"] is False and answer["error"].startswith("LLM routing failed: target mistral: ")
        assert "401" in answer["error"] and "key" in answer["error"] and KEY not in json.dumps(answer)
        assert refusal(gateway).code == "upstream_auth"
        assert KEY not in gateway.process.log()


def test_error_429_too_many_requests(sim, tmp_path):
    with Gateway(tmp_path, env=variables(sim)) as gateway:
        sim.script("429;retry-after=600")
        answer = gateway.ask("say: x")
        assert answer["success"] is False and "429: Rate limit exceeded" in answer["error"]
        asked = len(sim.bodies())
        error = refusal(gateway)  # Mistral is not asked again before the time that it named
        assert 1 <= int(error.response.headers["retry-after"]) <= 600 and len(sim.bodies()) == asked
        assert call(gateway, "/api/v1/llm-providers/mistral/health")[2]["health"]["status"] == "unhealthy"


def test_error_provider_not_in_health_check(sim, tmp_path):
    env = {"OPENAI_API_KEY": KEY, "OPENAI_ENDPOINT": sim.url}
    with Gateway(tmp_path / "without", env=env) as gateway:
        assert provider_names(gateway) == ["openai"]
    with Gateway(tmp_path / "with", env={**env, **variables(sim)}) as gateway:
        assert provider_names(gateway) == ["mistral", "openai"]
        assert call(gateway, "/api/v1/llm-providers/mistral/health")[2]["health"]["status"] == "healthy"


def test_error_provider_limit_exceeded(sim, tmp_path):
    env = variables(sim, OPENAI_API_KEY=KEY, ANTHROPIC_API_KEY=KEY, ANTHROPIC_MODEL="claude-sonnet-4-5", GOOGLE_API_KEY=KEY,
                    GOOGLE_MODEL="gemini-2.5-flash", OLLAMA_ENDPOINT="http://127.0.0.1:9", OLLAMA_MODEL="llama3.1")
    with Gateway(tmp_path / "all", env=env) as gateway:  # there is no limit
        assert provider_names(gateway) == ["mistral", "openai", "anthropic", "gemini", "ollama"]
    with Gateway(tmp_path / "one", env={**env, "LLM_PROVIDERS": "mistral"}) as gateway:
        assert provider_names(gateway) == ["mistral"] and gateway.ask("say: x")["success"] is True


def test_error_timeout_errors(sim, tmp_path):
    with Gateway(tmp_path, env=variables(sim, MISTRAL_TIMEOUT_SECONDS="1")) as gateway:
        sim.script(*["delay=30000"] * 3)
        answer = gateway.ask("say: x")
        assert answer["success"] is False and "time" in answer["error"]
    with Gateway(tmp_path, env=variables(sim, MISTRAL_TIMEOUT_SECONDS="5", MISTRAL_MODEL="mistral-small-latest")) as gateway:
        sim.reset()
        sim.script("delay=1500")
        assert gateway.ask("say: x")["data"]["data"] == "x"
