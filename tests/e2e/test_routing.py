"""Routing as clients and operators see it: each paragraph of the page as a configuration that does what it says."""

import collections
import concurrent.futures
import json
import time
import urllib.error
import urllib.request

import openai
import pytest

from harness import CHAIN, Redis, Simulator, chat, portcullis, providers, wait_for
from raw import send

M = "portcullis_"
ONE_FORM = pytest.mark.parametrize("make_stack", ["all-in-one"], indirect=True)


# The simulator's models, by the names of the targets that use them here.
LARGE, SMALL, MEDIUM = "mistral-large-latest", "mistral-small-latest", "mistral-medium-latest"
MODELS = {"a": LARGE, "b": SMALL, "c": MEDIUM, "first": LARGE, "second": SMALL, "slow": LARGE, "fast": SMALL,
          "large": LARGE, "small": SMALL, "only": LARGE, "probed": LARGE, "good": SMALL, "bad": LARGE, "next": SMALL,
          "quick": SMALL, "real": SMALL, "shadow": LARGE}


def target(name, **more):
    return {"id": name, "provider": "mistral", "model": MODELS[name], **more}


def fails(name, fault="503"):
    """A script: every call of this target's model has the fault."""
    return {"model": MODELS[name], "faults": [fault], "repeat": True}


def ask(stack, text="hello", model="chat", **more):
    return send(stack, chat(text, model=model, **more))


def served_by(answers):
    return collections.Counter(a.headers["x-portcullis-target"] for a in answers)


def seen(sim):
    """How many completions the simulator was asked for, by model."""
    return collections.Counter(body["model"] for body in sim.bodies())


def in_parallel(count, call, threads=16):
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda _: call(), range(count)))


def router_of(stack):
    return "gateway" if stack.form == "all-in-one" else "router"


def test_fallback(make_stack, sim):
    extra = "strategy: fallback\nretry: {max_attempts: 1}"
    stack = make_stack(CHAIN + providers(sim, [target("first"), target("second")], extra))
    stack.wait_ready()
    sim.script(fails("first"))
    answer = ask(stack, "say: from the second")
    assert answer.json()["choices"][0]["message"]["content"] == "from the second"
    assert answer.headers["x-portcullis-target"] == "second"
    assert answer.headers["x-portcullis-attempts"] == "2"
    attempts = stack.record(answer.request_id)["attempts"]
    assert [(a["target"], a["outcome"]) for a in attempts] == [("first", "upstream_error"), ("second", "ok")]


@ONE_FORM
def test_latency(make_stack, sim):
    extra = "strategy: latency\nlatency: {exploration: 0.02}"
    stack = make_stack(CHAIN + providers(sim, [target("slow"), target("fast")], extra))
    sim.script(fails("slow", "delay=60"))
    for _ in range(20):
        assert ask(stack).status == 200
    share = served_by(ask(stack) for _ in range(100))
    assert share["fast"] >= 85, share
    sim.script(fails("fast", "delay=120"))
    wait_for(lambda: served_by(ask(stack) for _ in range(20))["slow"] >= 18, "the other one to be faster")


@ONE_FORM
def test_weighted_split(make_stack, sim):
    extra = "strategy: weighted_round_robin"
    targets = [target("large", weight=70), target("small", weight=30)]
    stack = make_stack(CHAIN + providers(sim, targets, extra) + "gateway:\n  workers: 1\n")
    answers = [ask(stack) for _ in range(100)]
    assert served_by(answers) == {"large": 70, "small": 30}


def test_ab_test(make_stack, sim):
    extra = ("ab_test:\n  enabled: true\n  sticky_by: user_id\n"
             "  variants: [{provider_id: a, weight: 50}, {provider_id: b, weight: 50}]")
    stack = make_stack(CHAIN + providers(sim, [target("a"), target("b")], extra))
    stack.wait_ready()
    variants = {}
    for user in [f"user-{i}" for i in range(20)] * 2:
        answer = ask(stack, model=MODELS["a"], user=user)
        variant = answer.headers["x-portcullis-variant"]
        assert answer.headers["x-portcullis-target"] == variant
        assert variants.setdefault(user, variant) == variant
    assert set(variants.values()) == {"a", "b"}
    assert stack.record(answer.request_id)["variant"] == variant
    by_name = ask(stack, model="b")
    assert "x-portcullis-variant" not in by_name.headers


@ONE_FORM
def test_a_group_answers_to_its_aliases(make_stack, sim):
    extra = "model_groups: [{name: chat, aliases: [gpt-4o], targets: [b], fallback_group: rest}, {name: rest, targets: [a]}]"
    stack = make_stack(CHAIN + providers(sim, [target("a"), target("b")], extra + "\nretry: {max_attempts: 1}"))
    assert ask(stack, model="gpt-4o").headers["x-portcullis-target"] == "b"
    with openai.OpenAI(base_url=stack.base_url, api_key="unused") as client:
        models = {m.id: m.owned_by for m in client.models.list()}
        assert {n for n, owner in models.items() if owner == "portcullis"} == {"chat", "gpt-4o", "rest"}
        assert client.models.retrieve("gpt-4o").owned_by == "portcullis"
    sim.script(fails("b"))
    assert ask(stack, model="chat").headers["x-portcullis-target"] == "a"


@ONE_FORM
def test_circuit_breaker(make_stack, sim):
    extra = ("retry: {max_attempts: 1}\n"
             "circuit_breaker: {failure_threshold: 2, recovery_timeout_seconds: 1, half_open_max_requests: 1}")
    stack = make_stack(CHAIN + providers(sim, [target("only")], extra))
    sim.script("503", "503")
    assert [ask(stack).status for _ in range(2)] == [502, 502]
    refused = ask(stack)
    assert refused.status == 503 and refused.error["code"] == "no_healthy_upstream"
    assert "only (circuit open)" in refused.error["message"]
    assert refused.headers["retry-after"] == "1"
    assert seen(sim)[MODELS["only"]] == 2
    wait_for(lambda: ask(stack).status == 200, "the trial to close the circuit")
    assert stack.metric(M + "circuit_state", target="only") == 0
    log = stack.processes["gateway"].log()
    assert "2 failures in a row, the last: the provider answered 503" in log


@ONE_FORM
def test_a_rate_limit_opens_the_circuit_for_its_time_only(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim, [target("a"), target("b")], "retry: {max_attempts: 1}"))
    sim.script("429;retry-after=1")
    assert ask(stack).headers["x-portcullis-target"] == "b"
    assert ask(stack).headers["x-portcullis-target"] == "b"  # a is not asked
    assert seen(sim)[MODELS["a"]] == 1
    wait_for(lambda: ask(stack).headers["x-portcullis-target"] == "a", "the limit to be over")


@ONE_FORM
def test_retry(make_stack, sim):
    extra = "retry: {max_attempts: 3, initial_backoff_ms: 1, max_backoff_ms: 5, retry_on: [503, timeout]}"
    stack = make_stack(CHAIN + providers(sim, [target("only")], extra))
    sim.script("503", "503")
    answer = ask(stack)
    assert answer.status == 200 and answer.headers["x-portcullis-attempts"] == "3"
    assert stack.metric(M + "retries_total", target="only") == 2
    sim.script("500")  # not in the list
    answer = ask(stack)
    assert answer.status == 502 and answer.headers["x-portcullis-attempts"] == "1"


def test_one_of_two_targets_fails_everything(make_stack, sim):
    extra = "strategy: round_robin\nretry: {max_attempts: 1}\ncircuit_breaker: {failure_threshold: 5, recovery_timeout_seconds: 3600, max_recovery_timeout_seconds: 3600}"
    probe = "{enabled: true, interval_seconds: 1, timeout_seconds: 1, unhealthy_threshold: 100}"
    stack = make_stack(CHAIN + providers(sim, [target("good"), target("bad", health_probe=probe)], extra))
    stack.wait_ready()
    sim.script(fails("bad", "500"))
    answers = in_parallel(300, lambda: ask(stack))
    assert {a.status for a in answers} == {200}
    assert stack.metric(M + "circuit_transitions_total", target="bad", to="open") == 1
    # What was under way when the circuit opened, and no more.
    asked = seen(sim)[MODELS["bad"]]
    assert asked <= 5 + 16
    assert {a.status for a in in_parallel(300, lambda: ask(stack))} == {200}
    assert seen(sim)[MODELS["bad"]] == asked


@ONE_FORM
def test_ten_seconds_of_failure_at_300_requests_a_second(make_stack, sim):
    """No client sees the outage of one of two targets; once its circuit is open it gets trials and probes only."""
    extra = "strategy: round_robin\nretry: {max_attempts: 1}\ncircuit_breaker: {recovery_timeout_seconds: 2}"
    probe = "{enabled: true, interval_seconds: 1, timeout_seconds: 1, unhealthy_threshold: 100}"
    stack = make_stack(CHAIN + providers(sim, [target("good"), target("bad", health_probe=probe)], extra))
    sim.script(fails("bad", "500"))
    begin = time.monotonic()

    def one(turn):
        # A time for each request: those that are late do not make the others late.
        time.sleep(max(0, begin + turn / 300 - time.monotonic()))
        return ask(stack).status

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        statuses = collections.Counter(pool.map(one, range(3000)))
    assert statuses == {200: 3000}
    opened = stack.metric(M + "circuit_transitions_total", target="bad", to="open")
    trials = stack.metric(M + "circuit_transitions_total", target="bad", to="half_open")
    assert opened >= 1 and stack.metric(M + "circuit_state", target="bad") != 0
    # What was under way when it opened; then at most two requests (half_open_max_requests) for each time it is half-open.
    assert seen(sim)[MODELS["bad"]] <= 5 + 16 + 2 * trials


@ONE_FORM
def test_health_probe(make_stack):
    own = Simulator("--key", "test-provider-key")
    probe = "{enabled: true, interval_seconds: 1, timeout_seconds: 1}"
    try:
        stack = make_stack(CHAIN + providers(own, [target("probed", health_probe=probe)]))
        wait_for(lambda: stack.metric(M + "probe_duration_seconds_count", target="probed") >= 1, "a probe")
        assert stack.metric(M + "target_healthy", target="probed") == 1
    finally:
        own.stop()
    wait_for(lambda: stack.metric(M + "target_healthy", target="probed") == 0, "the outage to show without traffic")
    answer = ask(stack)
    assert answer.status == 503 and "probed (unhealthy)" in answer.error["message"]


def test_combined(make_stack, sim):
    extra = ("strategy: latency\nretry: {max_attempts: 2, initial_backoff_ms: 1}\n"
             "circuit_breaker: {failure_threshold: 4, recovery_timeout_seconds: 3600, max_recovery_timeout_seconds: 3600}\n"
             "hedge: {enabled: true, delay_ms: 2000}")
    probe = "{enabled: true, interval_seconds: 1, timeout_seconds: 1}"
    targets = [target(t, health_probe=probe, first_byte_timeout_seconds=20, idle_timeout_seconds=20) for t in "abc"]
    stack = make_stack(CHAIN + providers(sim, targets, extra))
    stack.wait_ready()
    sim.script(fails("a", "reset"))
    answers = in_parallel(100, lambda: ask(stack), threads=4)
    assert {a.status for a in answers} == {200}
    assert "a" not in served_by(answers)
    streamed = ask(stack, "say: three words here", stream=True)
    assert streamed.status == 200 and streamed.events()[-1] == "[DONE]"


@ONE_FORM
def test_a_silent_stream_ends_typed(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim, [target("only", idle_timeout_seconds=1)]))
    sim.script("stall")
    answer = ask(stack, "say: " + "word " * 50, stream=True)
    assert answer.status == 200
    error = json.loads(answer.events()[-1])["error"]
    assert error["code"] == "upstream_timeout"


@ONE_FORM
def test_a_slow_first_byte_goes_to_the_next_target(make_stack, sim):
    targets = [target("slow", first_byte_timeout_seconds=1), target("next")]
    stack = make_stack(CHAIN + providers(sim, targets, "retry: {max_attempts: 1}"))
    sim.script(fails("slow", "delay=30000"))
    answer = ask(stack)
    assert answer.headers["x-portcullis-target"] == "next"
    assert stack.record(answer.request_id)["attempts"][0]["outcome"] == "timeout"


@ONE_FORM
def test_the_other_key_is_taken_when_one_is_refused(make_stack):
    own = Simulator("--key", "test-provider-key")
    keys = "[{secret_key_ref: {env: WRONG_KEY}, weight: 100}, {secret_key_ref: {env: TEST_PROVIDER_KEY}, weight: 0.01}]"
    lines = {"id": "only", "provider": "mistral", "model": MODELS["only"], "keys": keys, "secret_key_ref": ""}
    config = (CHAIN + providers(own, [lines])).replace("    secret_key_ref: \n", "")
    try:
        stack = make_stack(config, env={"WRONG_KEY": "planted-wrong-key"})
        answers = [ask(stack) for _ in range(10)]
        assert {a.status for a in answers} == {200}
        assert answers[0].headers["x-portcullis-attempts"] == "2"
        assert answers[-1].headers["x-portcullis-attempts"] == "1"
        [shown] = json.loads(stack.admin("/targets"))["targets"]
        assert (shown["keys"], shown["keys_cooling"]) == (2, 1)
        assert "WRONG_KEY" in shown["last_error"]
        everything = stack.processes["gateway"].log() + stack.admin("/targets") + stack.admin("/metrics")
        assert "planted-wrong-key" not in everything
    finally:
        own.stop()


@ONE_FORM
def test_replicas_share_which_keys_rest(make_stack):
    own, redis = Simulator("--key", "test-provider-key"), Redis()
    keys = "[{secret_key_ref: {env: WRONG_KEY}, weight: 100}, {secret_key_ref: {env: TEST_PROVIDER_KEY}, weight: 0.01}]"
    lines = {"id": "only", "provider": "mistral", "model": MODELS["only"], "keys": keys, "secret_key_ref": ""}
    extra = f"shared_state: {{redis: '{redis.address}', sync_interval_ms: 50}}"
    config = (CHAIN + providers(own, [lines], extra)).replace("    secret_key_ref: \n", "")

    def cooling(stack):
        return json.loads(stack.admin("/targets"))["targets"][0]["keys_cooling"]

    try:
        stacks = [make_stack(config, env={"WRONG_KEY": "planted-wrong-key"}) for _ in range(2)]
        for stack in stacks:
            wait_for(lambda: stack.metric(M + "shared_state_up") == 1, "Redis")
        assert ask(stacks[0]).headers["x-portcullis-attempts"] == "2"  # the wrong key first
        wait_for(lambda: cooling(stacks[1]) == 1, "the other replica to know")
        assert ask(stacks[1]).headers["x-portcullis-attempts"] == "1"
        assert stacks[1].metric(M + "shared_cooldowns_total", direction="learned") == 1
        redis.stop()
        wait_for(lambda: stacks[1].metric(M + "shared_state_up") == 0, "the outage to show")
        assert ask(stacks[1]).status == 200
        wait_for(lambda: stacks[1].metric(M + "shared_state_errors_total") >= 3, "more attempts")
        assert stacks[1].processes["gateway"].log().count("shared state is away") == 1
        assert "planted-wrong-key" not in stacks[1].processes["gateway"].log()
    finally:
        redis.stop()
        own.stop()


@ONE_FORM
def test_hedging(make_stack, sim):
    extra = "hedge: {enabled: true, delay_ms: 50, budget_percent: 100}"
    stack = make_stack(CHAIN + providers(sim, [target("slow"), target("quick")], extra))
    sim.script(fails("slow", "delay=20000"))
    answer = ask(stack)
    assert answer.headers["x-portcullis-target"] == "quick"
    attempts = stack.record(answer.request_id)["attempts"]
    assert [(a["target"], a["outcome"]) for a in attempts] == [("slow", "cancelled"), ("quick", "ok")]
    assert stack.metric(M + "hedges_total", target="quick", outcome="won") == 1


@ONE_FORM
def test_mirroring(make_stack, sim):
    extra = "mirror: {enabled: true, mirror_target: shadow}"
    stack = make_stack(CHAIN + providers(sim, [target("real"), target("shadow")], extra))
    sim.script(fails("shadow", "500"))
    answers = [ask(stack) for _ in range(5)]
    assert served_by(answers) == {"real": 5}
    wait_for(lambda: stack.metric(M + "mirrored_requests_total", target="shadow") == 5, "the copies")
    assert seen(sim) == {MODELS["real"]: 5, MODELS["shadow"]: 5}
    assert stack.metric(M + "mirrored_requests_total", outcome="failed") == 5


@ONE_FORM
def test_a_copy_is_made_in_the_shadows_dialect(make_stack, sim):
    shadow = {"id": "shadow", "provider": "anthropic", "model": "claude-sim", "base_url": sim.url + "/anthropic/v1"}
    extra = "mirror: {enabled: true, mirror_target: shadow, log_mirror_response: true}"
    stack = make_stack(CHAIN + providers(sim, [target("real"), shadow], extra))
    assert ask(stack, "say: for both").status == 200
    wait_for(lambda: stack.metric(M + "mirrored_requests_total", target="shadow", outcome="ok") == 1, "the copy")
    log = wait_for(lambda: [l for l in stack.processes["gateway"].lines if "mirrored request" in l], "its log line")
    line = json.loads(log[0])
    assert (line["target"], line["outcome"], line["http_status"]) == ("shadow", "ok", 200)
    assert "for both" not in log[0]


@ONE_FORM
def test_descriptions_are_shown(make_stack, sim):
    words = "the large one, in Paris"
    stack = make_stack(CHAIN + providers(sim, [target("a", description=words)]))
    stack.wait_ready()
    assert json.loads(stack.admin("/readyz"))["targets"] == [{"id": "a", "state": "healthy", "description": words}]
    assert words in run_targets(stack)[1]
    run_targets(stack, "--force-open", "a")
    lines = [json.loads(line) for line in stack.processes["gateway"].lines if line.startswith("{")]
    described = {line["msg"] for line in lines if line.get("description") == words}
    assert described >= {"target", "target changed by an operator", "circuit changed"}


def run_targets(stack, *args):
    address = stack.addresses[router_of(stack)]["admin"]
    done = portcullis("targets", "--admin", address, *args)
    return done.returncode, done.stdout, done.stderr


def operator_records(stack, count):
    """The records of operators' actions by time, once there are so many."""
    found = [r for r in stack.records() if r["event_type"] == "operator_action" and r["outcome"]]
    return sorted(found, key=lambda r: r["time_us"]) if len(found) >= count else None


def events_tail(stack):
    return portcullis("events", "tail", *stack.place, check=True).stdout


def test_operators_see_and_change_targets(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim, [target("a"), target("b")]))
    stack.wait_ready()
    assert ask(stack).headers["x-portcullis-target"] == "a"
    code, table, _ = run_targets(stack)
    lines = table.splitlines()
    assert code == 0 and lines[0].split()[:4] == ["TARGET", "MODEL", "STATE", "CIRCUIT"]
    assert lines[1].split()[:4] == ["a", MODELS["a"], "healthy", "closed"]
    assert run_targets(stack, "--drain", "a", "--by", "jane")[0] == 0
    assert ask(stack).headers["x-portcullis-target"] == "b"
    assert stack.metric(M + "target_drained", target="a") == 1
    assert run_targets(stack, "--force-open", "b")[0] == 0
    refused = ask(stack)
    assert refused.status == 503
    assert "a (drained), b (circuit open)" in refused.error["message"]
    assert run_targets(stack, "--undrain", "a")[0] == 0
    assert ask(stack).headers["x-portcullis-target"] == "a"
    code, listing, _ = run_targets(stack, "--release-circuit", "b", "--json")
    assert code == 0 and {t["circuit"] for t in json.loads(listing)["targets"]} == {"closed"}
    code, _, error = run_targets(stack, "--drain", "nobody")
    assert code == 1 and 'there is no target "nobody"' in error
    assert '"action":"drain"' in stack.processes[router_of(stack)].log().replace('": "', '":"')
    actions = wait_for(lambda: operator_records(stack, 5), "the records of the actions")
    assert [(r["reason_code"], r["target"], r["outcome"]) for r in actions] == [
        ("operator.drain", "a", "ok"), ("operator.force_open", "b", "ok"), ("operator.undrain", "a", "ok"),
        ("operator.release_circuit", "b", "ok"), ("operator.drain", "nobody", "rejected")]
    assert actions[0]["user"] == "jane" and actions[0]["client_address"] == "127.0.0.1"
    assert actions[0]["timestamp"] and actions[0]["method"] == "POST"
    tail = events_tail(stack)
    assert "operator.drain" in tail and "operator.force_open" in tail
    with pytest.raises(urllib.error.HTTPError) as caught:
        address = stack.addresses[router_of(stack)]["admin"]
        urllib.request.urlopen(urllib.request.Request(f"http://{address}/targets/a/drain", data=b"", method="POST"))
    assert caught.value.code == 415
