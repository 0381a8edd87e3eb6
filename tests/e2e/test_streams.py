"""What a client sees of a stream while policies edit or end it, and when the provider fails in the middle."""

import json

import openai
import pytest

from harness import CHAIN, FORMS, Stack, chat, providers, wait_for
from raw import send

OUTPUT_BLOCK = CHAIN.replace("action: redact}", "action: block, apply_to: output}")
ASTERISKS = CHAIN.replace("action: redact}", "action: redact, redaction: {marker_format: asterisks}}")
TARGETS = [
    {"id": "mistral-large", "provider": "mistral", "model": "mistral-large-latest"},
    {"id": "impatient", "provider": "mistral", "model": "mistral-small-latest", "stream_timeout_seconds": 1},
    {"id": "openai-shaped", "provider": "openai", "model": "gpt-4o"},
]  # fmt: skip
# One target that takes every fault of these tests: its circuit would open by the rate of errors.
ONE_TRY = "retry: {max_attempts: 1}\ncircuit_breaker: {error_rate_percent: 0}"
CARD = "4111 1111 1111 1111"
TOOLS = [{"type": "function", "function": {"name": "mail", "parameters": {"type": "object"}}}]


def targets(sim):
    with_urls = [dict(t) for t in TARGETS]
    with_urls[2]["base_url"] = sim.url + "/openai/v1"
    return with_urls


def stack_for(chain):
    @pytest.fixture(scope="module", params=FORMS)
    def made(request, shared_sim, tmp_path_factory):
        config = chain + providers(shared_sim, targets(shared_sim), ONE_TRY)
        with Stack(request.param, tmp_path_factory.mktemp("streams"), config) as stack:
            yield stack

    return made


output_only = stack_for(CHAIN.replace("action: redact}", "action: redact, apply_to: output}"))
blocking = stack_for(OUTPUT_BLOCK)
filtering = stack_for(OUTPUT_BLOCK + "gateway:\n  block_stream: content_filter\n")


@pytest.fixture(autouse=True)
def fresh(sim):
    return sim


def stream(stack, text, **more):
    return send(stack, chat(text, stream=True, **more))


@pytest.mark.parametrize("chunk", [1, 2, 3, 4, 7])
def test_a_card_number_in_many_chunks_is_masked(output_only, chunk):
    answer = stream(output_only, f"say: The card is {CARD}, thanks.\nchunk: {chunk}")
    assert answer.text() == "The card is [PAYMENT_CARD], thanks."
    assert answer.events()[-1] == "[DONE]"
    record = output_only.record(answer.request_id)
    assert (record["verdict"], record["outcome"]) == ("redact", "ok")
    assert [(f["direction"], f["action"]) for f in record["findings"]] == [("output", "redact")]


def test_a_card_number_in_five_chunks_is_in_none_of_them(output_only):
    answer = stream(output_only, f"say: {CARD}\nchunk: 4")
    assert answer.text() == "[PAYMENT_CARD]"
    assert b"1111" not in answer.body and b"4111" not in answer.body


@pytest.mark.parametrize("packet", range(1, 8))
@pytest.mark.parametrize("provider", ["mistral-large-latest", "gpt-4o"])
def test_characters_cut_by_packets_arrive_whole(output_only, packet, provider):
    text = "Füße, naïve, 東京タワー, 😀👩‍👩‍👧, ok"
    answer = send(output_only, {**chat(f"say: {text}\npacket: {packet}\nchunk: {packet + 3}", stream=True), "model": provider})
    assert answer.text() == text
    assert "\ufffd" not in answer.body.decode()
    assert answer.events()[-1] == "[DONE]"


def blocked_text(chunk):
    return f"say: Nothing to see so far. Now mail to bob.secret@example.org at once.\nchunk: {chunk}"


@pytest.mark.parametrize("chunk", [1, 3, 8, 64])
def test_a_block_leaks_nothing_and_ends_with_an_error(blocking, chunk):
    answer = stream(blocking, blocked_text(chunk))
    if answer.status == 400:  # nothing had left yet
        error = answer.error
    else:
        assert answer.status == 200 and answer.whole
        last = answer.chunks()[-1]
        assert set(last) == {"error"}
        error = last["error"]
        assert answer.events()[-1] in (json.dumps(last, separators=(",", ":")), "[DONE]")
        assert all("error" not in chunk for chunk in answer.chunks()[:-1])
        assert "Nothing to see so far. Now mail to ".startswith(answer.text())
    assert (error["type"], error["code"], error["policy"]) == ("policy_violation", "output_blocked", "pii-detector")
    assert b"bob" not in answer.body and b"secret" not in answer.body and b"example" not in answer.body
    record = blocking.record(answer.request_id)
    assert (record["verdict"], record["outcome"], record["policy"]) == ("block", "blocked", "pii-detector")


def test_the_sdk_raises_on_a_block_within_a_stream(blocking):
    with openai.OpenAI(base_url=blocking.base_url, api_key="unused") as client:
        pieces = []
        text = "say: " + "Nothing to see so far. " * 20 + "\nchunk: 8"
        with pytest.raises(openai.APIError) as caught:
            for chunk in client.chat.completions.create(
                model="mistral-large-latest",
                messages=[{"role": "user", "content": text.replace("\nchunk", " bob@example.org now\nchunk")}],
                stream=True,
            ):
                pieces.append(chunk.choices[0].delta.content or "")
    assert caught.value.code == "output_blocked" and caught.value.type == "policy_violation"
    assert "".join(pieces).startswith("Nothing to see so far.")
    assert "bob" not in "".join(pieces)


@pytest.mark.parametrize("chunk", [1, 8])
def test_a_block_may_look_like_a_content_filter(filtering, chunk):
    answer = stream(filtering, blocked_text(chunk))
    assert answer.status == 200
    assert answer.events()[-1] == "[DONE]"
    assert answer.chunks()[-1]["choices"][0]["finish_reason"] == "content_filter"
    assert "Nothing to see so far. Now mail to ".startswith(answer.text())
    assert b"bob" not in answer.body and b"error" not in answer.body
    assert filtering.record(answer.request_id)["verdict"] == "block"


def test_harmful_words_in_the_answer_block_it(make_stack, sim):
    chain = CHAIN.replace("action: block}\n  audit", "action: block, apply_to: output, block_if: [purple monkey]}\n  audit")
    stack = make_stack(chain + providers(sim))
    answer = stream(stack, "say: a long and harmless start, then a Purple   Monkey\nchunk: 3")
    assert b"urple" not in answer.body
    error = answer.error if answer.status == 400 else answer.chunks()[-1]["error"]
    assert (error["code"], error["policy"]) == ("output_blocked", "safety-filter")


FAULTS = {
    "cut=600": "upstream_cut",
    "close=600": "upstream_cut",
    "malformed-json": "upstream_malformed",
    "malformed-sse": "upstream_malformed",
    "stall": "upstream_timeout",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_stream_that_fails_upstream_ends_with_an_error_event(output_only, sim, fault):
    sim.script(fault)
    body = {**chat("say: " + "One sentence of many. " * 10, stream=True), "model": "mistral-small-latest"}
    answer = send(output_only, body)
    assert answer.status == 200 and answer.whole
    [error] = [c["error"] for c in answer.chunks() if "error" in c]
    assert "error" in answer.chunks()[-1]
    assert error["type"] == "upstream_error"
    assert error["code"] == FAULTS[fault]
    assert "[DONE]" not in answer.events()
    record = output_only.record(answer.request_id)
    assert record["outcome"] in ("interrupted", "upstream_failed"), record
    assert record["target"] == "impatient"


def test_a_provider_that_forgets_the_end_marker_has_finished_all_the_same(output_only, sim):
    sim.script("nodone")
    answer = stream(output_only, "say: all of it")
    assert answer.text() == "all of it" and answer.events()[-1] == "[DONE]"
    assert output_only.record(answer.request_id)["outcome"] == "ok"


@pytest.mark.parametrize("fault, status", [("reset", 502), ("empty", 502), ("wrong-type", 502), ("500", 502), ("401", 502), ("429", 429)])
def test_a_stream_that_fails_before_it_begins_is_a_plain_error(output_only, sim, fault, status):
    sim.script(*({"model": target["model"], "faults": [fault], "repeat": True} for target in TARGETS))  # fmt: skip
    answer = stream(output_only, "hello")
    assert answer.status == status, answer.body
    assert answer.error["message"]
    assert output_only.record(answer.request_id)["outcome"] == "upstream_failed"


@pytest.mark.parametrize("chunk", [1, 3, 10])
def test_personal_data_in_streamed_arguments_is_masked(output_only, chunk):
    text = 'tool: mail {"to":"eve@example.com","card":"4111 1111 1111 1111","n":1}\nchunk: %d' % chunk
    answer = send(output_only, {**chat(text, stream=True, tools=TOOLS), "model": "gpt-4o"})
    arguments, pieces = "", 0
    for part in answer.chunks():
        for call in part["choices"][0]["delta"].get("tool_calls", []):
            arguments += call["function"].get("arguments", "")
            pieces += 1
    assert json.loads(arguments) == {"to": "[EMAIL]", "card": "[PAYMENT_CARD]", "n": 1}
    assert pieces > 1
    assert b"eve" not in answer.body and b"4111" not in answer.body
    assert answer.chunks()[-1]["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("model", ["mistral-large-latest", "gpt-4o"])
def test_a_usage_chunk_comes_only_if_asked_for(output_only, model):
    plain = send(output_only, {**chat("say: one two three", stream=True), "model": model})
    assert all(c["choices"] for c in plain.chunks())
    assert output_only.record(plain.request_id)["completion_tokens"] == 3
    asked = send(
        output_only,
        {**chat("say: one two three", stream=True, stream_options={"include_usage": True}), "model": "gpt-4o"},
    )
    assert asked.chunks()[-1]["choices"] == []
    assert asked.chunks()[-1]["usage"]["completion_tokens"] == 3


def test_markers_may_be_asterisks(make_stack, sim):
    answer = stream(make_stack(ASTERISKS + providers(sim)), "say: it is bob@example.org\nchunk: 2")
    assert answer.text() == "it is **********"


def test_two_choices_are_guarded_apart(output_only):
    body = chat("say: mine is bob@example.org\nchunk: 2", stream=True, n=2)
    answer = send(output_only, {**body, "model": "gpt-4o"})
    texts = {0: "", 1: ""}
    for part in answer.chunks():
        for choice in part["choices"]:
            texts[choice["index"]] += choice["delta"].get("content") or ""
    assert texts == {0: "mine is [EMAIL]", 1: "mine is [EMAIL]"}


def test_a_stream_in_small_packets_is_a_whole_answer_upstream_too(output_only, sim):
    def attempts(outcome):
        return output_only.metric("portcullis_upstream_attempts_total", target="mistral-large", outcome=outcome)

    before = {outcome: attempts(outcome) for outcome in ("ok", "cancelled")}
    # By its id: the 401 of an earlier test has its key rest for a minute while there are others.
    answer = send(output_only, {**chat("say: one two three\npacket: 1", stream=True), "model": "mistral-large"})
    assert answer.events()[-1] == "[DONE]"
    record = output_only.record(answer.request_id)
    assert [(a["target"], a["outcome"]) for a in record["attempts"]] == [("mistral-large", "ok")]
    wait_for(lambda: attempts("ok") + attempts("cancelled") > sum(before.values()), "the attempt to be counted")
    assert {outcome: attempts(outcome) for outcome in before} == {**before, "ok": before["ok"] + 1}
    assert sim.stats()["cancelled"] == 0 and sim.stats()["answered"] == 1


def test_a_blocked_streams_record_names_its_attempt(blocking, sim):
    answer = stream(blocking, "say: mail to bob@example.org, and then a lot more text follows. " + "More. " * 50 + "\npacket: 5")
    record = blocking.record(answer.request_id)
    assert record["outcome"] == "blocked"
    assert [a["target"] for a in record["attempts"]] == ["mistral-large"]
