"""The suite with a proxy before each of the edge's peers, which spoils the way when a test says so."""

from fault_proxy import FaultProxy
from harness import Stack, chat, wait_for
from raw import send

POLICY_TIMEOUT = 2  # seconds


class ProxiedStack(Stack):
    """The suite with a proxy before each of the edge's peers."""

    def __init__(self, *args, **more):
        super().__init__("suite", *args, flags=["--workers", "1"], **more)
        self.proxies, self.admins = {}, {}

    def start_process(self, name):
        super().start_process(name)
        if name != "edge":
            self.proxies[name] = FaultProxy(self.addresses[name]["grpc"])
            self.addresses[name] = {**self.addresses[name], "grpc": self.proxies[name].address}

    def _with_peers(self):
        text = super()._with_peers()
        return text.replace("  peers:\n", f"  peers:\n    policy_timeout_seconds: {POLICY_TIMEOUT}\n")

    def close(self):
        super().close()
        for proxy in self.proxies.values():
            proxy.close()

    def heal(self):
        for proxy in self.proxies.values():
            proxy.set("pass")
        wait_for(lambda: send(self, chat("hello")).status == 200 and self.lanes("policy") == self.lanes("router") == 1, "a way that is whole")

    def lanes(self, peer):
        return self.metric("portcullis_peer_lanes", process="edge", peer=peer)
