"""OpenAI's Python SDK in front of Mistral, Azure OpenAI and Anthropic: one code, three providers."""

import json

import mistralai.client.models
import openai
import pytest

from harness import CHAIN, FORMS, Stack, providers, wait_for

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "The weather of a city",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
]
TARGETS = ("mistral", "azure", "claude")


def targets(sim):
    pricing = "{prompt: 2.0, completion: 6.0, cached_prompt: 0.2}"
    return [
        {"id": "mistral", "provider": "mistral", "model": "mistral-large-latest", "pricing": pricing},
        {"id": "azure", "provider": "azure", "model": "gpt-4o", "base_url": sim.url + "/azure",
         "azure_api_version": "2024-10-21", "pricing": pricing},
        {"id": "claude", "provider": "anthropic", "model": "claude-sim", "base_url": sim.url + "/anthropic/v1",
         "pricing": pricing},
        {"id": "unpriced", "provider": "mistral", "model": "pixtral-large-latest", "on_unsupported": "drop"},
        {"id": "capped", "provider": "mistral", "model": "mistral-large-latest", "pricing": pricing,
         "max_cost_usd": "0.001"},
    ]


@pytest.fixture(scope="module", params=FORMS)
def gateway(request, shared_sim, tmp_path_factory):
    config = CHAIN + providers(shared_sim, targets(shared_sim), "retry: {max_attempts: 1}\ncircuit_breaker: {enabled: false}")
    with Stack(request.param, tmp_path_factory.mktemp("providers"), config) as stack:
        yield stack


@pytest.fixture
def client(gateway, sim):
    with openai.OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0) as client:
        yield client


def ask(client, target, text, **more):
    """The target's id as the model picks it alone."""
    messages = more.pop("messages", [{"role": "user", "content": text}])
    return client.chat.completions.create(model=target, messages=messages, **more)


def raw(client, target, text, **more):
    return client.chat.completions.with_raw_response.create(
        model=target, messages=[{"role": "user", "content": text}], **more
    )


def sent(sim):
    return json.loads([r for r in sim.requests() if r["method"] == "POST"][-1]["body"])


@pytest.mark.parametrize("target", TARGETS)
def test_plain(client, gateway, target):
    answer = raw(client, target, "say: Bonjour, le monde", max_completion_tokens=99)
    completion = answer.parse()
    assert completion.choices[0].message.content == "Bonjour, le monde"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage.prompt_tokens > 0 and completion.usage.completion_tokens == 3
    assert answer.headers["x-portcullis-target"] == target
    record = gateway.record(answer.headers["x-request-id"])
    assert record["prompt_tokens"] == completion.usage.prompt_tokens
    assert float(answer.headers["x-portcullis-cost-usd"]) == record["cost_usd"]


@pytest.mark.parametrize("target", TARGETS)
def test_what_was_allowed_is_the_end(client, target):
    answer = ask(client, target, "say: one two three four five", max_completion_tokens=2)
    assert answer.choices[0].finish_reason == "length"
    assert answer.choices[0].message.content == "one two"


@pytest.mark.parametrize("target", TARGETS)
def test_a_tools_round_trip_with_the_history_that_the_sdk_keeps(client, sim, target):
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": 'tool: weather {"city":"Lyon"}'},
    ]
    first = ask(client, target, "", messages=messages, tools=TOOLS, tool_choice="required", parallel_tool_calls=False)
    [call] = first.choices[0].message.tool_calls
    assert first.choices[0].finish_reason == "tool_calls"
    assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "Lyon"})
    messages += [first.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "rain"}]
    second = ask(client, target, "", messages=messages, tools=TOOLS)
    assert second.choices[0].message.content == "The tool answered: rain"


@pytest.mark.parametrize("target", TARGETS)
def test_a_history_of_another_provider_goes_on(client, target):
    """The conversation began elsewhere: its ids are none that Mistral takes."""
    calls = [
        {"id": f"call_{name}", "type": "function", "function": {"name": "weather", "arguments": json.dumps({"city": name})}}
        for name in ("Lyon", "Nice")
    ]
    messages = [
        {"role": "user", "content": "weather of both"},
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "call_Lyon", "content": "rain"},
        {"role": "tool", "tool_call_id": "call_Nice", "content": "sun"},
    ]
    answer = ask(client, target, "", messages=messages, tools=TOOLS)
    assert answer.choices[0].message.content.startswith("The tool answered: ")


@pytest.mark.parametrize("target", TARGETS)
def test_a_stream(client, gateway, target):
    answer = raw(client, target, "say: EU regulation began in 2021 and goes on.", stream=True)
    text, finish, chunks = "", None, 0
    for chunk in answer.parse():
        assert chunk.choices, "an event that nobody asked for"
        chunks += 1
        text += chunk.choices[0].delta.content or ""
        finish = chunk.choices[0].finish_reason or finish
    assert (text, finish) == ("EU regulation began in 2021 and goes on.", "stop")
    assert chunks > 5
    record = gateway.record(answer.headers["x-request-id"])
    assert record["completion_tokens"] == 8 and not record.get("tokens_estimated"), record
    assert record["cost_usd"] > 0


@pytest.mark.parametrize("target", TARGETS)
def test_a_stream_with_usage_for_those_who_ask(client, target):
    usages = [c.usage for c in ask(client, target, "say: a b c", stream=True, stream_options={"include_usage": True})]
    assert usages[-1].completion_tokens == 3


@pytest.mark.parametrize("target", TARGETS)
def test_a_stream_of_tool_calls(client, target):
    arguments, name, finish = "", None, None
    for chunk in ask(client, target, 'tool: weather {"city":"Saint-Etienne"}', tools=TOOLS, stream=True):
        finish = chunk.choices[0].finish_reason or finish
        for call in chunk.choices[0].delta.tool_calls or []:
            name = call.function.name or name
            arguments += call.function.arguments or ""
    assert (name, json.loads(arguments), finish) == ("weather", {"city": "Saint-Etienne"}, "tool_calls")


@pytest.mark.parametrize("target", TARGETS)
def test_an_image(client, sim, target):
    content = [{"type": "text", "text": "say: a pixel"}, {"type": "image_url", "image_url": {"url": PIXEL}}]
    answer = ask(client, target, "", messages=[{"role": "user", "content": content}])
    assert answer.choices[0].message.content == "a pixel"
    assert PIXEL.split(",")[1] in json.dumps(sent(sim))


def test_json_mode_where_there_is_one(client):
    for target in ("mistral", "azure"):
        json.loads(ask(client, target, "x", response_format={"type": "json_object"}).choices[0].message.content)
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, "claude", "x", response_format={"type": "json_object"})
    assert caught.value.param == "response_format"
    assert "Anthropic" in caught.value.message


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("stream", (False, True))
def test_an_answer_by_a_schema(client, sim, target, stream):
    schema = {"type": "object", "properties": {"city": {"type": "string"}, "people": {"type": "integer"}},
              "required": ["city", "people"], "additionalProperties": False}
    form = {"type": "json_schema", "json_schema": {"name": "place", "strict": True, "schema": schema}}
    answer = ask(client, target, "x", response_format=form, stream=stream)
    if stream:
        text = "".join(c.choices[0].delta.content or "" for c in answer if c.choices)
    else:
        text = answer.choices[0].message.content
    assert set(json.loads(text)) == {"city", "people"}
    if target == "claude":
        assert sent(sim)["output_config"] == {"format": {"type": "json_schema", "schema": schema}}


def test_what_openais_sdk_can_send_works_at_mistral(client, sim):
    ask(client, "mistral", "say: yes", seed=-5, user="u-1", store=False, n=1, logprobs=True, top_logprobs=2,
        metadata={"team": "x"}, service_tier="default", stop=["zzz"], stream=False, prompt_cache_key="k",
        reasoning_effort="low", parallel_tool_calls=True)
    body = sent(sim)
    assert body["random_seed"] == 5 and body["service_tier"] == "standard_only"
    assert not {"seed", "user", "store"} & set(body)
    # Mistral's own package knows every field that goes out, and takes its value.
    fields = mistralai.client.models.ChatCompletionRequest.model_fields
    assert set(body) <= {field.alias or name for name, field in fields.items()}
    mistralai.client.models.ChatCompletionRequest.model_validate(body)


def test_a_prefix_of_the_answer(client, sim):
    messages = [{"role": "user", "content": "say:  and so on"}, {"role": "assistant", "content": "First"}]
    assert ask(client, "mistral", "", messages=messages).choices[0].message.content.startswith("First")
    assert sent(sim)["messages"][-1]["prefix"] is True


def test_unsupported_is_refused_or_dropped_as_configured(client, sim):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, "mistral", "x", verbosity="low")
    assert (caught.value.param, caught.value.code) == ("verbosity", "upstream_rejected")
    assert sim.bodies() == []
    answer = raw(client, "unpriced", "say: fine", verbosity="low", store=True)
    assert set(answer.headers["x-portcullis-dropped"].split(",")) == {"verbosity", "store"}
    assert answer.headers["x-portcullis-cost-usd"] == "unknown"


def test_an_estimate_says_so(client, gateway, sim):
    sim.script("refuse-usage")
    answer = raw(client, "mistral", "say: some words of an answer")
    assert answer.headers["x-portcullis-cost-estimated"] == "true"
    assert gateway.record(answer.headers["x-request-id"])["tokens_estimated"] is True


def test_a_request_that_may_cost_too_much_is_refused_before_it_is_sent(client, sim):
    for target, headers in (("capped", {}), ("mistral", {"x-portcullis-max-cost-usd": "0.001"})):
        with pytest.raises(openai.APIStatusError) as caught:
            ask(client, target, "hello", max_tokens=1000, extra_headers=headers)
        assert caught.value.status_code == 402
        assert caught.value.code == "cost_limit_exceeded"
        assert "0.006" in caught.value.message
        assert ask(client, target, "say: cheap", max_tokens=10, extra_headers=headers)
    with pytest.raises(openai.APIStatusError) as caught:
        ask(client, "unpriced", "hello", extra_headers={"x-portcullis-max-cost-usd": "1"})
    assert caught.value.status_code == 402 and "price" in caught.value.message
    with pytest.raises(openai.BadRequestError):
        ask(client, "mistral", "hello", extra_headers={"x-portcullis-max-cost-usd": "cheap"})
    assert len(sim.bodies()) == 2


def test_cost_is_the_same_in_header_record_and_metric(client, gateway):
    before = {t: gateway.metric("portcullis_cost_usd_total", target=t) for t in TARGETS}
    nanos = {t: {} for t in TARGETS}  # by request
    for i in range(300):
        target = TARGETS[i % 3]
        answer = raw(client, target, f"say: {'word ' * (i % 40)}end")
        cost = round(float(answer.headers["x-portcullis-cost-usd"]) * 1e9)
        usage = answer.parse().usage
        cached = usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else 0
        assert cached == (2 if target == "claude" else 0)
        assert cost == (usage.prompt_tokens - cached) * 2000 + cached * 200 + usage.completion_tokens * 6000
        nanos[target][answer.headers["x-request-id"]] = cost
    ids = {id for costs in nanos.values() for id in costs}
    records = wait_for(lambda: complete(gateway.records(), ids), "the records")
    for target, costs in nanos.items():
        assert {id: round(records[id]["cost_usd"] * 1e9) for id in costs} == costs
        metric = gateway.metric("portcullis_cost_usd_total", target=target) - before[target]
        assert round(metric * 1e9) == sum(costs.values())


def complete(records, ids):
    """The finished records of these requests by id, once they are all there."""
    found = {r["request_id"]: r for r in records if r["request_id"] in ids and r["outcome"]}
    return found if len(found) == len(ids) else None


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "fault, error, status",
    [
        ("401", openai.InternalServerError, 502),
        ("429", openai.RateLimitError, 429),
        ("500", openai.InternalServerError, 502),
        ("529", openai.InternalServerError, 502),
        ("context", openai.BadRequestError, 400),
    ],
)
def test_errors(client, sim, target, fault, error, status):
    sim.script(fault)
    with pytest.raises(error) as caught:
        ask(client, target, "hello")
    assert caught.value.status_code == status
    assert target in caught.value.message
    if fault == "context":
        assert caught.value.code == "context_length_exceeded"


def test_azures_content_filter(client, sim):
    sim.script("content-filter")
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, "azure", "hello")
    assert caught.value.code == "content_filter"


def test_azure_embeddings_and_what_anthropic_lacks(client):
    assert client.embeddings.create(model="azure", input="x").data
    with pytest.raises(openai.BadRequestError, match="Anthropic offers no embeddings"):
        client.embeddings.create(model="claude", input="x")
