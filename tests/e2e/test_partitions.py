"""The way between the edge and a peer is spoiled: slow, reset, dripping, or a black hole. Requests end with a typed
error within their time, or go on as configured; nothing hangs, and the metrics show it."""

import json
import time
import urllib.request

import grpc
import pytest

from certificates import Authority, flags_of_all
from harness import CHAIN, DEADLINE, chat, providers, wait_for
from proxied import POLICY_TIMEOUT, ProxiedStack
from raw import send
from test_grpc import edge_pb  # a fixture

KEEPALIVE = 15.0  # seconds until a connection on which nothing comes back is given up
MARGIN = 4.0  # of a machine that is busy with other things
COMPLETE = "/portcullis.edge.v1.EdgeService/Complete"


def timed(stack):
    began = time.monotonic()
    answer = send(stack, chat("hello"))
    took = time.monotonic() - began
    return answer.status, "" if answer.status == 200 else answer.error["code"], took


def config(sim, fail_mode):
    return CHAIN + providers(sim) + f"gateway:\n  fail_mode: {fail_mode}\n"


@pytest.fixture(scope="module", params=["block", "allow", "mutual"])
def partitioned(request, shared_sim, tmp_path_factory):
    """The suite with either fail mode, and with certificates in both directions, blocking."""
    fail_mode = "allow" if request.param == "allow" else "block"
    directory = tmp_path_factory.mktemp("partition")
    certificates = flags_of_all(Authority(directory)) if request.param == "mutual" else None
    with ProxiedStack(directory, config(shared_sim, fail_mode), process_flags=certificates) as stack:
        stack.fail_mode = fail_mode
        stack.wait_ready("edge")
        yield stack


ONCE = pytest.mark.parametrize("partitioned", ["block"], indirect=True)  # the mode makes no difference
ALSO_MUTUAL = pytest.mark.parametrize("partitioned", ["block", "mutual"], indirect=True)


@pytest.fixture
def stack(partitioned, sim):
    yield partitioned
    partitioned.heal()


def expect_policy_away(stack, longest, error=503):
    status, code, took = timed(stack)
    assert took < longest + MARGIN, took
    if stack.fail_mode == "allow":
        assert status == 200
    else:
        assert (status, code) == (error, "policy_unavailable")


@ONCE
def test_a_slow_way_to_the_policies_is_only_slow(stack):
    stack.proxies["policy"].set("latency")
    status, code, took = timed(stack)
    assert (status, code) == (200, "") and took > 0.4  # there and back with the request


def test_a_way_to_the_policies_that_is_reset(stack):
    stack.proxies["policy"].set("reset")
    expect_policy_away(stack, 1.0)
    wait_for(lambda: stack.lanes("policy") == 0, "no lane in the metrics")
    expect_policy_away(stack, 1.0)


@pytest.mark.parametrize("mode", ["black_hole", "drip"])
def test_policies_that_do_not_answer_in_time(stack, mode):
    stack.proxies["policy"].rate = 10
    before = stack.metric("portcullis_unscanned_text_bytes_total", direction="input")
    stack.proxies["policy"].set(mode)
    for _ in range(2):
        expect_policy_away(stack, POLICY_TIMEOUT, 504)
    unscanned = stack.metric("portcullis_unscanned_text_bytes_total", direction="input") - before
    assert (unscanned > 0) == (stack.fail_mode == "allow")


@ONCE
def test_a_slow_way_to_the_router_is_only_slow(stack):
    stack.proxies["router"].set("latency")
    status, code, took = timed(stack)
    assert (status, code) == (200, "") and took > 0.3


@ALSO_MUTUAL
def test_a_way_to_the_router_that_is_reset(stack):
    stack.proxies["router"].set("reset")
    for _ in range(2):
        status, code, took = timed(stack)
        assert (status, code) == (503, "no_healthy_upstream") and took < 1 + MARGIN
    wait_for(lambda: stack.lanes("router") == 0, "no lane in the metrics")


def complete_within(stack, edge_pb, seconds):
    """The answer to a gRPC client whose request has a deadline of its own."""
    with grpc.insecure_channel(stack.addresses["edge"]["grpc"]) as channel:
        call = channel.unary_unary(COMPLETE, request_serializer=edge_pb.CompleteRequest.SerializeToString,
                                   response_deserializer=edge_pb.CompleteResponse.FromString)
        request = edge_pb.CompleteRequest(operation=edge_pb.OPERATION_CHAT_COMPLETIONS,
                                          body=json.dumps(chat("hello")).encode())
        request.context.remaining_us = int(seconds * 1_000_000)
        return call(request, timeout=DEADLINE)


@ONCE
@pytest.mark.parametrize("mode", ["black_hole", "drip"])
def test_the_deadline_of_a_caller_holds_when_the_router_does_not_answer(stack, edge_pb, mode):
    stack.proxies["router"].rate = 100  # not slow enough to be given up
    stack.proxies["router"].set(mode)
    began = time.monotonic()
    answer = complete_within(stack, edge_pb, 0.5)
    assert answer.http_status == 504 and time.monotonic() - began < 0.5 + MARGIN
    assert json.loads(answer.body)["error"]["code"] == "upstream_timeout"


@ALSO_MUTUAL
def test_a_router_in_a_black_hole(stack):
    stack.proxies["router"].set("black_hole")
    status, code, took = timed(stack)
    assert (status, code) == (503, "no_healthy_upstream") and took < KEEPALIVE + MARGIN
    assert stack.lanes("router") == 0


@ALSO_MUTUAL
@pytest.mark.parametrize("mode", ["latency", "drip", "reset", "black_hole"])
def test_a_spoiled_way_to_audit_keeps_the_records_and_the_answers(stack, mode):
    stack.proxies["audit"].set(mode)
    for _ in range(3):
        status, code, took = timed(stack)
        assert (status, code) == (200, "") and took < 1 + MARGIN
    if mode in ("reset", "black_hole"):
        wait_for(lambda: stack.metric("portcullis_audit_spool_records") >= 3, "records in the spool")
    stack.proxies["audit"].set("pass")
    wait_for(lambda: stack.metric("portcullis_audit_spool_records") == 0, "an empty spool", 90)


def spooled(stack, name):
    return stack.metric("portcullis_audit_spool_records", process=name)


def operate(stack, action):
    """An operator's action at the router, as `portcullis targets` asks for it."""
    [target] = json.loads(stack.admin("/targets", "router"))["targets"]
    request = urllib.request.Request(
        f"http://{stack.addresses['router']['admin']}/targets/{target['id']}/{action}", b"{}",
        {"content-type": "application/json", "x-portcullis-operator": action})
    began = time.monotonic()
    assert urllib.request.urlopen(request, timeout=60).status == 200
    return time.monotonic() - began


@ONCE
@pytest.mark.parametrize("mode", ["reset", "black_hole"])
def test_a_spoiled_way_from_the_router_to_audit_keeps_what_operators_did(stack, mode):
    """The router and the edge reach audit through the same proxy; no request is made here, so the edge is silent."""
    wait_for(lambda: spooled(stack, "router") == 0, "an empty spool of the router", 90)
    stored = len([r for r in stack.records() if r["user"] == "force_closed"])
    stack.proxies["audit"].set(mode)
    for action in ("force_closed", "release_circuit"):
        assert operate(stack, action) < 1 + MARGIN
    wait_for(lambda: spooled(stack, "router") == 4, "intents and outcomes in the router's spool")
    stack.proxies["audit"].set("pass")
    wait_for(lambda: spooled(stack, "router") == 0, "an empty spool of the router", 90)
    done = [r for r in stack.records() if r["user"] == "force_closed"]
    assert len(done) == stored + 1 and {(r["reason_code"], r["outcome"]) for r in done} == {("operator.force_closed", "ok")}
