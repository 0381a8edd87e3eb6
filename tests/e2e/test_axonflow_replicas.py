"""What is changed by AxonFlow's API reaches every replica of the service that it concerns."""

import json
import signal
import time

import pytest

from harness import BIN, CHAIN, Postgres, Process, Stack, providers, wait_for
from test_axonflow import call
from test_axonflow_api import TARGETS, ask
from test_axonflow_policies import STATIC, WORD

ROUTING = "/api/v1/llm-providers/routing"


class Replicas(Stack):
    """The suite with two replicas of some services, each with a state folder of its own."""

    def __init__(self, directory, config, twins, **more):
        super().__init__("suite", directory, config, **more)
        self.twins = twins

    def start(self):
        self.state_dir.mkdir(parents=True)
        for name in ("audit", "policy", "router"):
            self.start_process(name)
            if name in self.twins:
                self.start_twin(name)
        peers = [word for name in self.twins for each in (name, f"{name}-2")
                 for word in (f"--{name}-peer", self.addresses[each]["grpc"])]
        self.process_flags["edge"] = peers
        self.start_process("edge")
        self.wait_ready("edge")

    def start_twin(self, name):
        twin = f"{name}-2"
        known = self.addresses.get(twin, {"grpc": "127.0.0.1:0", "admin": "127.0.0.1:0"})
        self.processes[twin] = Process(twin, [BIN / f"portcullis-{name}", "--policy-config", self.config_file, "--state-dir",
                                              self.directory / twin, "--grpc-listen", known["grpc"], "--admin-listen",
                                              known["admin"], *self.process_flags.get(name, [])], self.env)
        self.addresses[twin] = self.processes[twin].listening()


@pytest.fixture
def routers(tmp_path, sim):
    config = CHAIN + providers(sim, TARGETS, "strategy: weighted_round_robin")
    with Replicas(tmp_path, config, ["router"]) as stack:
        yield stack


def weights_of(stack, router):
    return {target["id"]: target["weight"] for target in json.loads(stack.admin("/targets", router))["targets"]}


def weigh(stack, **weights):
    return call(stack, ROUTING, {"weights": weights}, method="PUT")


def test_every_router_has_new_weights(routers):
    assert weigh(routers, large=20, other=80)[0] == 200
    for router in ("router", "router-2"):
        assert weights_of(routers, router) == {"large": 20, "other": 80}
    targets = [ask(routers)[2]["metadata"]["target"] for _ in range(40)]  # by either router
    assert 0 < targets.count("large") < 20  # of 40, where the configuration's weights give 30


def test_a_router_that_is_away_is_named_and_hears_them_the_next_time(routers):
    routers.processes["router-2"].stop(signal.SIGKILL)
    status, _, answer = weigh(routers, large=20, other=80)
    assert status == 503 and routers.addresses["router-2"]["grpc"] in answer["error"]["message"]
    assert weights_of(routers, "router") == {"large": 20, "other": 80}
    routers.start_twin("router")
    wait_for(lambda: weigh(routers, large=20, other=80)[0] == 200, "the router to be back")
    assert weights_of(routers, "router-2") == {"large": 20, "other": 80}


# ---- policies


@pytest.fixture
def policies(tmp_path, sim):
    postgres = Postgres()
    catalog = ("services:\n  policy:\n    catalog:\n      store: postgresql\n      postgresql:\n"
               f"        connection: {postgres.connection}\n        secret_key_ref: {{env: POLICY_DATABASE_PASSWORD}}\n")
    try:
        with Replicas(tmp_path, CHAIN + providers(sim) + catalog, ["policy"],
                      env={"POLICY_DATABASE_PASSWORD": Postgres.PASSWORD}) as stack:
            yield stack
    finally:
        postgres.close()


def blocked_in_a_row(stack, requests=10):
    """Until both services, which take turns, refuse what the policy refuses."""
    wait_for(lambda: all(ask(stack, "zulu-123")[0] == 403 for _ in range(requests)), "the policy in both services")


def test_every_policy_service_has_new_policies(policies):
    status, _, made = call(policies, STATIC, WORD)
    assert status == 201
    begun = time.monotonic()
    blocked_in_a_row(policies)
    assert time.monotonic() - begun < 5  # a second, and what a loaded machine takes
    policies.processes["policy"].stop(signal.SIGKILL)
    assert call(policies, f"{STATIC}/{made['id']}", {"enabled": False}, method="PUT")[0] == 200  # by the other one
    wait_for(lambda: ask(policies, "zulu-123")[0] == 200, "the other one to serve all")
    policies.start_process("policy")
    wait_for(lambda: call(policies, f"{STATIC}/{made['id']}", {"enabled": True}, method="PUT")[0] == 200, "a change")
    blocked_in_a_row(policies)
