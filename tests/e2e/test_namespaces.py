"""The edge in a network namespace of its own, whose firewall drops what goes to its peers and what comes from them: nobody
answers a new connection, and those that are open fall silent. (What proxies can do is in test_partitions.py.)"""

import contextlib
import json
import random
import subprocess
import urllib.error

import pytest

from harness import CHAIN, DEADLINE, Stack, chat, providers, wait_for
from proxied import POLICY_TIMEOUT
from raw import send
from test_partitions import KEEPALIVE, MARGIN, timed

PEERS = ("policy", "router", "audit")


def run(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=DEADLINE)
    assert done.returncode == 0, (words, done.stderr)


class Namespace:
    """A namespace with one cable to this one: `here` and `there` are the addresses of its ends."""

    def __init__(self):
        number = random.randrange(2**14)
        self.name = f"portcullis-{number}"
        net = f"198.18.{number // 64}.{number % 64 * 4}".rsplit(".", 1)
        self.here, self.there = (f"{net[0]}.{int(net[1]) + n}" for n in (1, 2))
        ends = [f"pc{number}a", f"pc{number}b"]
        run("ip", "netns", "add", self.name)
        try:
            self._connect(ends)
        except BaseException:
            self.close()
            raise

    def _connect(self, ends):
        run("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1], "netns", self.name)
        run("ip", "address", "add", f"{self.here}/30", "dev", ends[0])
        run("ip", "link", "set", ends[0], "up")
        for words in (["address", "add", f"{self.there}/30", "dev", ends[1]], ["link", "set", ends[1], "up"],
                      ["link", "set", "lo", "up"]):
            run("ip", "-n", self.name, *words)

    def drop(self, port):
        """Silence between the namespace and a port of this one."""
        self._rules("-A", port)

    def pass_on(self, port):
        self._rules("-D", port)

    def _rules(self, what, port):
        for chain, way in (("OUTPUT", "--dport"), ("INPUT", "--sport")):
            run("ip", "netns", "exec", self.name, "iptables", what, chain, "-p", "tcp", way, port, "-j", "DROP")

    def close(self):
        run("ip", "netns", "del", self.name)  # with its end of the cable, and so the cable


class DividedStack(Stack):
    """The suite with the edge behind the cable."""

    def __init__(self, namespace, directory, config):
        super().__init__("suite", directory, config, flags=["--workers", "1"])
        self.namespace = namespace
        self.prefixes["edge"] = ["ip", "netns", "exec", namespace.name]
        for peer in PEERS:
            self.addresses[peer] = {"grpc": f"{namespace.here}:0"}
        self.addresses["edge"] = {key: f"{namespace.there}:0" for key in ("http", "grpc", "admin")}

    def _with_peers(self):
        known = [peer for peer in PEERS if peer in self.processes]
        peers = "".join(f"    {peer}: {self.addresses[peer]['grpc']}\n" for peer in known)
        return self.config + f"  peers:\n    policy_timeout_seconds: {POLICY_TIMEOUT}\n{peers}" if known else self.config

    def port(self, peer):
        return self.addresses[peer]["grpc"].rsplit(":", 1)[1]

    def lanes(self, peer):
        return self.metric("portcullis_peer_lanes", process="edge", peer=peer)

    def unready(self):
        """Why the edge is not ready; empty when it is."""
        try:
            self.admin("/readyz", "edge")
            return ""
        except urllib.error.HTTPError as error:
            return error.read().decode()


@pytest.fixture
def stack(sim, tmp_path):
    with contextlib.ExitStack() as undo:
        try:
            namespace = Namespace()
        except (AssertionError, OSError) as error:
            pytest.skip(f"network namespaces want root, iproute2 and a kernel that has them: {error}")
        undo.callback(namespace.close)
        plain = "services: {tls: {allow_plaintext: true}}\ngateway:\n  fail_mode: block\n"
        yield undo.enter_context(DividedStack(namespace, tmp_path, CHAIN + providers(sim) + plain))


def heal(stack):
    for peer in PEERS:
        stack.namespace.pass_on(stack.port(peer))
    stack.wait_ready("edge")
    wait_for(lambda: send(stack, chat("hello")).status == 200, "a way that is whole")
    wait_for(lambda: stack.metric("portcullis_audit_spool_records") == 0, "an empty spool", 90)


def test_peers_fall_silent_and_come_back(stack):
    stack.wait_ready("edge")
    assert timed(stack)[:2] == (200, "")
    for peer in PEERS:
        stack.namespace.drop(stack.port(peer))
    status, code, took = timed(stack)
    assert (status, code) == (504, "policy_unavailable") and took < POLICY_TIMEOUT + MARGIN
    wait_for(lambda: stack.lanes("policy") == stack.lanes("router") == 0, "lanes that are given up", KEEPALIVE + MARGIN)
    assert "no policy service is reachable" in stack.unready()
    status, code, took = timed(stack)
    assert (status, code) == (503, "policy_unavailable") and took < 1 + MARGIN
    wait_for(lambda: stack.metric("portcullis_audit_spool_records") >= 2, "records that wait")  # told after each attempt to ship
    stack.namespace.pass_on(stack.port("policy"))
    wait_for(lambda: stack.lanes("policy") == 1, "the policies again")
    status, code, took = timed(stack)
    assert (status, code) == (503, "no_healthy_upstream") and took < 1 + MARGIN
    stack.namespace.drop(stack.port("policy"))
    heal(stack)


def test_an_edge_starts_in_silence(stack):
    stack.processes["edge"].stop()
    for peer in PEERS:
        stack.namespace.drop(stack.port(peer))
    stack.start_process("edge")
    assert json.loads(stack.admin("/healthz", "edge"))
    assert "no policy service is reachable" in stack.unready()
    status, code, took = timed(stack)
    assert (status, code) == (503, "policy_unavailable") and took < 1 + MARGIN
    heal(stack)
