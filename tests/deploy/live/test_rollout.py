"""The whole set on nodes that only pretend: it becomes available, is updated pod by pod, and survives a drained node."""

import threading

import pytest

import kube
from harness import wait_for
from kube import get, kubectl
from test_kubernetes import COMPONENTS, combined

NODES = 6
ALONE = ("audit", "postgresql", "redis")  # one pod


@pytest.fixture(scope="module", params=("small", "production"))
def deployed(request, tmp_path_factory):
    kube.prepare()
    kube.add_nodes(NODES)
    items = combined(tmp_path_factory.mktemp("all"), request.param, COMPONENTS)
    kube.apply([*items, kube.secret()])
    names = kube.workload_names(items)
    print(f"\n{request.param}: all available after {kube.wait_rolled_out(names):.1f} s")
    kube.wait_scaled()
    yield names
    kube.remove()


def ready_pods():
    """Names of the ready pods by component."""
    found = {}
    for pod in get("pods"):
        conditions = {c["type"]: c["status"] for c in pod["status"].get("conditions", [])}
        if conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]:
            component = pod["metadata"]["labels"]["app.kubernetes.io/component"]
            found.setdefault(component, []).append(pod["metadata"]["name"])
    return found


class Watcher:
    """The least number of ready pods of each component while something goes on."""

    def __init__(self):
        self.least = {component: len(names) for component, names in ready_pods().items()}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._stop.is_set():
            now = ready_pods()
            self.least = {component: min(least, len(now.get(component, []))) for component, least in self.least.items()}
            self._stop.wait(0.05)

    def result(self):
        self._stop.set()
        self._thread.join()
        return self.least


def test_pods_are_spread(deployed):
    nodes = {}
    for pod in get("pods"):
        component = pod["metadata"]["labels"]["app.kubernetes.io/component"]
        nodes.setdefault(component, []).append(pod["spec"]["nodeName"])
    print("nodes:", {component: sorted(names) for component, names in nodes.items()})
    assert all(len(set(names)) == len(names) for names in nodes.values())


def test_an_update_goes_pod_by_pod(deployed):
    before = ready_pods()
    watcher = Watcher()
    for name in deployed:
        container = name.split("portcullis-")[1]
        kubectl("-n", kube.NAMESPACE, "set", "image", name, f"{container}=portcullis:0.1.1")
    seconds = kube.wait_rolled_out(deployed)
    least = watcher.result()
    print(f"updated in {seconds:.1f} s; fewest ready meanwhile: {least} of { {c: len(n) for c, n in before.items()} }")
    for component, names in before.items():
        # Deployments bring the new pod first; StatefulSets take one away, and Redis is recreated.
        assert least[component] >= len(names) - (component in ("edge", *ALONE))
    images = {pod["spec"]["containers"][0]["image"] for pod in get("pods")}
    assert images == {"portcullis:0.1.1"}


def test_a_second_eviction_waits_for_the_budget(deployed):
    def evict(pod):
        body = f'{{"apiVersion":"policy/v1","kind":"Eviction","metadata":{{"name":"{pod}","namespace":"{kube.NAMESPACE}"}}}}'
        path = f"/api/v1/namespaces/{kube.NAMESPACE}/pods/{pod}/eviction"
        return kubectl("create", "--raw", path, "-f", "-", stdin=body, check=False)

    allowed = lambda: {b["metadata"]["name"]: b["status"].get("disruptionsAllowed", 0) for b in get("pdb")}  # noqa: E731
    wait_for(lambda: all(n == 1 for n in allowed().values()), "the budgets to allow one")
    # Nodes that take no pod: what is evicted is not replaced, and the budget stays used.
    kubectl("cordon", *[f"node-{n}" for n in range(NODES)])
    try:
        for component in ("policy", "router", "edge"):
            first, second = ready_pods()[component][:2]
            assert evict(first).returncode == 0
            refused = evict(second)
            assert refused.returncode != 0 and "disruption budget" in refused.stderr, refused.stderr
    finally:
        kubectl("uncordon", *[f"node-{n}" for n in range(NODES)])
    kube.wait_rolled_out(deployed)


def test_a_drained_node_leaves_all_available(deployed):
    wait_for(lambda: all(b["status"].get("disruptionsAllowed") == 1 for b in get("pdb")), "the budgets to allow one")
    watcher = Watcher()
    node = next(p for p in get("pods") if p["metadata"]["labels"]["app.kubernetes.io/component"] == "policy")
    node = node["spec"]["nodeName"]
    done = kubectl("drain", node, "--delete-emptydir-data", "--ignore-daemonsets", "--timeout=120s")
    kube.wait_rolled_out(deployed)
    least = watcher.result()
    print(f"{done.stdout.count('evicted')} pods left {node}; fewest ready meanwhile: {least}")
    assert all(count >= 1 for component, count in least.items() if component not in ALONE)
    kubectl("uncordon", node)
