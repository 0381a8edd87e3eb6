"""The image does what the manifests and the compose file say of it: scripts/image --check runs this."""

import contextlib
import json
import time
import urllib.error
import urllib.request

import pytest
import yaml

from cluster import ADMIN, HTTP
from containers import COMPONENTS, IMAGE, Databases, Podman, configuration, play_pods, run_compose
from harness import BIN, Process, chat, metric_in, wait_for
from paths import DEPLOY
from test_kubernetes import overlay, pods


@pytest.fixture
def podman():
    made = Podman()
    yield made
    made.show_logs()  # pytest shows them when the test failed
    made.close()


@pytest.fixture(scope="module")
def sim_port():
    process = Process("sim", [BIN / "portcullis", "sim", "--listen", "0.0.0.0:0"])
    line = process.wait_line(lambda line: line if "listening on " in line else None, "its address")
    yield int(line.split("listening on ")[1].split("/v1")[0].rsplit(":", 1)[1])
    process.kill()


def get(url):
    with contextlib.suppress(urllib.error.URLError, OSError):
        return urllib.request.urlopen(url, timeout=5).read().decode()


def serves(podman):
    """A request through all four, redacted on its way; then what each says of itself, as a kubelet would ask."""
    edge = podman.addresses["edge"]
    wait_for(lambda: get(f"http://{edge}:{ADMIN['edge']}/readyz"), "the edge to be ready")
    request = urllib.request.Request(
        f"http://{edge}:{HTTP}/v1/chat/completions",
        data=json.dumps(chat("say: write to bob@example.org")).encode(),
        headers={"content-type": "application/json"},
    )
    answer = json.load(urllib.request.urlopen(request, timeout=30))
    assert answer["choices"][0]["message"]["content"] == "write to [EMAIL]"
    for name in COMPONENTS:
        for path in ("/healthz", "/readyz"):
            assert get(f"http://{podman.addresses[name]}:{ADMIN[name]}{path}"), (name, path)


def confined(podman, container):
    told = json.loads(podman("inspect", container).stdout)[0]
    assert told["HostConfig"]["ReadonlyRootfs"] and not told["EffectiveCaps"]
    assert "no-new-privileges" in told["HostConfig"]["SecurityOpt"]
    assert podman("exec", container, "id", "-u").stdout.strip() == "65532"
    assert podman("exec", container, "touch", "/usr/bin/x", check=False).returncode != 0


def ends_by_itself(podman, container):
    podman("stop", container)
    told = podman("logs", container)
    assert json.loads((told.stdout + told.stderr).strip().splitlines()[-1])["msg"] == "stopped"


def test_a_pod_of_each_service(podman, sim_port):
    containers = list(play_pods(podman, pods(overlay("small")), configuration(sim_port)))
    serves(podman)
    for container in containers:
        confined(podman, container)
    for container in reversed(containers):
        ends_by_itself(podman, container)


@pytest.fixture
def databases(podman):
    made = Databases(podman)
    yield made
    made.close()


def metric(podman, component, name):
    page = get(f"http://{podman.addresses[component]}:{ADMIN[component]}/metrics")
    return metric_in(page, name)


def test_the_suite_of_the_compose_file(podman, databases, sim_port):
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    containers = list(run_compose(podman, services, configuration(sim_port, "production")))
    serves(podman)
    wait_for(lambda: metric(podman, "audit", "portcullis_audit_stored_total") >= 2, "the request's leaves in PostgreSQL")
    wait_for(lambda: metric(podman, "router", "portcullis_shared_state_up") == 1, "Redis")
    for container, name in zip(containers, COMPONENTS):
        confined(podman, container)
        _, *probe = services[f"portcullis-{name}"]["healthcheck"]["test"]
        podman("exec", container, *[word.replace("$$", "$") for word in probe])
    for container in reversed(containers):
        ends_by_itself(podman, container)


def test_size_and_start(podman, sim_port, capsys):
    [told] = json.loads(podman("image", "inspect", IMAGE).stdout)
    assert told["Config"]["User"] == "65532:65532" and told["Healthcheck"]
    config = yaml.safe_load((DEPLOY / "k8s/overlays/laptop/policy-config.yaml").read_text())
    config["providers"]["targets"][0]["base_url"] = configuration(sim_port)["providers"]["targets"][0]["base_url"]
    file = podman.directory / "policy-config.yaml"
    file.write_text(yaml.safe_dump(config))
    podman.directory.chmod(0o755)
    name, address = podman.prefix, podman.addresses["edge"]
    podman.later("rm", "-f", "-t", "0", name)
    options = ["--name", name, "--network", "podman", "--ip", address, "-e", "MISTRAL_API_KEY=k"]
    podman("create", *options, "-v", f"{file}:/etc/portcullis/policy-config.yaml:ro", IMAGE)
    seconds = []
    for _ in range(5):
        podman("start", name)
        started = time.time()
        wait_for(lambda: get(f"http://{address}:41009/readyz"), "readiness")
        seconds.append(time.time() - started)
        podman("stop", "-t", "20", name)
    size = told["Size"] / 1e6
    with capsys.disabled():
        print(f"\n{size:.0f} MB; ready {sorted(seconds)[2]:.2f} s after its start (median of 5)")
    assert size < 400 and sorted(seconds)[2] < 5
