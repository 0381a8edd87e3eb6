"""Several replicas of the policy service behind one edge: even load, and none missed when one goes or comes."""

import signal
import time
import urllib.request

import pytest

from harness import BIN, CHAIN, DEADLINE, Process, Stack, chat, metric_in, providers, wait_for
from raw import send
from traffic import Traffic

REPLICAS = 3
TEXT = "hello"


class Replicas:
    """The suite with several policy processes, all of them peers of the edge from its start."""

    def __init__(self, directory, sim):
        self.stack = Stack("suite", directory, CHAIN + providers(sim), flags=["--workers", "1"])
        self.addresses, self.processes = [], []

    def __enter__(self):
        stack = self.stack
        stack.state_dir.mkdir(parents=True)
        stack.start_process("audit")
        for _ in range(REPLICAS):
            self.start()
        stack.start_process("router")
        peers = [flag for address in self.addresses for flag in ("--policy-peer", address["grpc"])]
        stack.process_flags["edge"] = peers
        stack.start_process("edge")
        stack.wait_ready("edge")
        return self

    def __exit__(self, *unused):
        for process in self.processes:
            process.stop(signal.SIGKILL)
        self.stack.close()

    def start(self, index=None):
        """A new replica, or the one of this number again, where it was."""
        known = {"grpc": "127.0.0.1:0", "admin": "127.0.0.1:0"} if index is None else self.addresses[index]
        process = Process("policy", [BIN / "portcullis-policy", "--policy-config", self.stack.config_file, "--state-dir",
                                     self.stack.state_dir, "--workers", "1", "--grpc-listen", known["grpc"],
                                     "--admin-listen", known["admin"]])
        if index is None:
            self.processes.append(process)
            self.addresses.append(process.listening())
        else:
            self.processes[index] = process
            self.addresses[index] = process.listening()

    def checked(self, which=range(REPLICAS)):
        """How many requests each replica has looked at."""
        pages = [urllib.request.urlopen(f"http://{self.addresses[index]['admin']}/metrics", timeout=DEADLINE) for index in which]
        return [metric_in(page.read().decode(), "portcullis_policy_scanned_bytes_total", direction="input") / len(TEXT)
                for page in pages]


@pytest.fixture
def replicas(tmp_path, sim):
    with Replicas(tmp_path, sim) as made:
        yield made


def test_requests_are_spread_evenly_and_one_by_one(replicas):
    for _ in range(60):
        assert send(replicas.stack, chat(TEXT)).status == 200
    assert replicas.checked() == [20, 20, 20]
    with Traffic(replicas.stack, chat(TEXT)) as traffic:
        wait_for(lambda: traffic.done >= 300, "300 requests")
    counts = replicas.checked()
    assert traffic.failed == []
    assert sum(counts) == 60 + traffic.done
    assert max(counts) < 1.3 * min(counts), counts


def test_a_replica_that_stops_or_is_killed_loses_no_check(replicas):
    for index, how in ((0, signal.SIGTERM), (1, signal.SIGKILL)):
        with Traffic(replicas.stack, chat(TEXT)) as traffic:
            wait_for(lambda: traffic.done >= 50, "50 requests")
            replicas.processes[index].stop(how)
            before = traffic.done
            wait_for(lambda: traffic.done >= before + 50, "50 requests more")
        # What was begun there and then killed cannot go on elsewhere: the exchange guards the answer, too.
        begun = [] if how == signal.SIGTERM else [f for f in traffic.failed if f[0] == 503 and b'"policy_unavailable"' in f[1]]
        assert [f for f in traffic.failed if f not in begun] == []
        assert len(begun) <= 4  # requests under way
    assert send(replicas.stack, chat(TEXT)).status == 200


def test_a_new_replica_has_work_within_five_seconds(replicas):
    replicas.processes[2].stop(signal.SIGKILL)
    with Traffic(replicas.stack, chat(TEXT), threads=2) as traffic:
        wait_for(lambda: traffic.done >= 50, "50 requests")
        replicas.start(2)
        began = time.monotonic()
        wait_for(lambda: replicas.checked([2])[0] > 0, "a request at the new replica")
        assert time.monotonic() - began < 5
