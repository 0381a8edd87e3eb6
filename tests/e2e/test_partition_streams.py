"""The way between the edge and a peer is spoiled in the middle of a stream: it ends with a typed error within its time, or
goes on as configured."""

import json
import socket
import threading
import time

import pytest

from harness import CHAIN, Simulator, chat, providers, wait_for
from proxied import POLICY_TIMEOUT, ProxiedStack
from raw import Reader, connect, head
from test_partitions import KEEPALIVE, MARGIN

WORDS = 60
TOKENS_PER_SECOND = 20
STREAM_TIMEOUT = 6  # seconds; twice what the stream takes
REQUEST_TIMEOUT = 30


@pytest.fixture(scope="module")
def slow_sim():
    sim = Simulator("--tokens-per-second", TOKENS_PER_SECOND)
    yield sim
    sim.stop()


@pytest.fixture(scope="module", params=["block", "allow"])
def stack(request, slow_sim, tmp_path_factory):
    target = {"id": "slow", "provider": "mistral", "model": "mistral-large-latest", "stream_timeout_seconds": STREAM_TIMEOUT}
    config = CHAIN + providers(slow_sim, [target]) + (
        f"gateway:\n  fail_mode: {request.param}\n  limits: {{request_timeout_seconds: {REQUEST_TIMEOUT}}}\n")
    with ProxiedStack(tmp_path_factory.mktemp("streams"), config) as stack:
        stack.fail_mode = request.param
        stack.wait_ready("edge")
        yield stack


ONCE = pytest.mark.parametrize("stack", ["block"], indirect=True)  # the mode makes no difference


@pytest.fixture
def spoiled(stack):
    """Begins a stream, spoils the way to a peer in the middle of it, and gives the answer with the seconds from then on."""

    def spoil(peer, mode, rate=10, patience=KEEPALIVE + 2 * MARGIN):
        stack.proxies[peer].rate = rate
        body = json.dumps(chat("say: " + "word " * WORDS, stream=True)).encode()
        connection = connect(stack.http_address)
        with connection:
            connection.sendall(head(body) + body)
            wait_for(lambda: stack.metric("portcullis_upstream_in_flight") == 1, "a stream under way")
            wait_for(lambda: connection.recv(65536, socket.MSG_PEEK).count(b"data: ") > 2, "some words")
            stack.proxies[peer].set(mode)
            began = time.monotonic()
            leave = threading.Timer(patience, connection.shutdown, [socket.SHUT_RDWR])
            leave.start()
            answer = Reader(connection).answer()
            leave.cancel()
            return answer, time.monotonic() - began

    yield spoil
    stack.heal()


def typed_end(answer):
    """The code of the error event that ends a stream."""
    assert answer.status == 200 and answer.whole
    return answer.chunks()[-1]["error"]["code"]


@ONCE
@pytest.mark.parametrize(("mode", "longest"), [("reset", 1), ("black_hole", KEEPALIVE)])
def test_the_way_to_the_router_breaks(spoiled, mode, longest):
    answer, took = spoiled("router", mode)
    assert typed_end(answer) == "upstream_cut" and took < longest + MARGIN


@ONCE
def test_the_way_to_the_router_drips_too_fast_to_be_given_up(spoiled):
    """The router keeps the times of a target, and has done its part; the edge keeps that of the request."""
    answer, took = spoiled("router", "drip", rate=100, patience=REQUEST_TIMEOUT + 2 * MARGIN)
    assert typed_end(answer) == "upstream_timeout" and took < REQUEST_TIMEOUT + MARGIN


@pytest.mark.parametrize("mode", ["reset", "black_hole", "drip"])
def test_the_way_to_the_policies_breaks(stack, spoiled, mode):
    before = stack.metric("portcullis_unscanned_text_bytes_total", direction="output")
    answer, took = spoiled("policy", mode)
    unscanned = stack.metric("portcullis_unscanned_text_bytes_total", direction="output") - before
    if stack.fail_mode == "block":
        assert typed_end(answer) == "policy_unavailable" and took < POLICY_TIMEOUT + MARGIN
        assert unscanned == 0
    else:
        assert answer.events()[-1] == "[DONE]" and answer.text().split() == ["word"] * WORDS
        assert took < WORDS / TOKENS_PER_SECOND + POLICY_TIMEOUT + MARGIN and unscanned > 0


@ONCE
@pytest.mark.parametrize("mode", ["reset", "black_hole"])
def test_the_way_to_audit_breaks(stack, spoiled, mode):
    answer, took = spoiled("audit", mode)
    assert answer.events()[-1] == "[DONE]" and took < WORDS / TOKENS_PER_SECOND + MARGIN
    wait_for(lambda: stack.metric("portcullis_audit_spool_records") > 0, "a record that waits")
