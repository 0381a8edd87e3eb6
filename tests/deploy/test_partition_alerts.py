"""The way between the edge and a peer is spoiled, and the alerts that say so come up in a real Prometheus with our rules.

(Pending is enough here: what an alert waits for after that is in deploy/prometheus/tests.)
"""

import contextlib

import pytest

from harness import CHAIN, Simulator, chat, providers, wait_for
from prometheus_server import Prometheus
from proxied import ProxiedStack
from raw import send

UP = ("pending", "firing")


class Watched:
    """The suite with a proxy before each peer, and the Prometheus that scrapes it."""

    def __init__(self, stack, prometheus):
        self.stack, self.prometheus = stack, prometheus

    def alerts(self, name, **labels):
        found = self.prometheus.get("alerts")["alerts"]
        return [a for a in found if a["labels"]["alertname"] == name and a["state"] in UP
                and labels.items() <= a["labels"].items()]  # fmt: skip

    def wait(self, name, ask=True, **labels):
        """Makes requests until the alert is up."""

        def up():
            if ask:
                send(self.stack, chat("hello"))
            return self.alerts(name, **labels)

        wait_for(up, f"{name} {labels}", 60)


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    with contextlib.ExitStack() as undo:
        sim = Simulator()
        undo.callback(sim.process.kill)
        config = CHAIN + providers(sim) + "gateway:\n  fail_mode: allow\n"
        stack = undo.enter_context(ProxiedStack(tmp_path_factory.mktemp("suite"), config))
        stack.wait_ready("edge")
        prometheus = Prometheus(stack, tmp_path_factory.mktemp("prometheus"))
        undo.callback(prometheus.process.kill)
        wait_for(lambda: len(prometheus.instant("portcullis_peer_lanes == 1")) == 2, "its first look")
        yield Watched(stack, prometheus)


def test_each_fault_has_its_alert(watched):
    stack = watched.stack
    names = ("AuditNotShipping", "OverheadBudgetBurn", "UnscannedText", "PeerUnreachable", "AvailabilityBudgetBurn")
    assert not any(watched.alerts("Portcullis" + name) for name in names)
    stack.proxies["audit"].set("reset")
    watched.wait("PortcullisAuditNotShipping")
    stack.heal()
    stack.proxies["policy"].set("latency")
    watched.wait("PortcullisOverheadBudgetBurn", severity="page")
    stack.heal()
    stack.proxies["policy"].set("black_hole")
    watched.wait("PortcullisUnscannedText", direction="input")
    watched.wait("PortcullisPeerUnreachable", ask=False, peer="policy")
    stack.heal()
    stack.proxies["router"].set("reset")
    watched.wait("PortcullisPeerUnreachable", peer="router")
    watched.wait("PortcullisAvailabilityBudgetBurn", severity="page")
    stack.heal()
    wait_for(lambda: not watched.alerts("PortcullisPeerUnreachable"), "an alert that ends with its cause")
