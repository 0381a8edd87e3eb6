"""The Helm chart: made from the kustomizations, it gives the same objects, with the values applied."""

import json
import subprocess

import pytest
import yaml

from paths import DEPLOY, tool
from test_kubernetes import COMPONENTS, OVERLAYS, config_of, of_kind, overlay, overlay_with, pods, workloads

SUBSETS = ((), ("k8s/components/mtls", "k8s/components/cert-manager"), ("k8s/components/scaling", "grafana"), COMPONENTS)


@pytest.fixture(scope="module")
def chart(tmp_path_factory):
    directory = tmp_path_factory.mktemp("helm") / "portcullis"
    subprocess.run([DEPLOY / "helm" / "build.py", directory, "--kustomize", tool("kustomize")], check=True, timeout=120)
    return directory


def helm_template(chart, values, check=True):
    command = [tool("helm-template"), chart, "v1.30.0"]
    done = subprocess.run(command, input=json.dumps(values), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 or not check, done.stderr
    return done


def template(chart, **values):
    """The objects that the chart gives with these values."""
    return [item for item in yaml.safe_load_all(helm_template(chart, values).stdout) if item]


def by_identity(items):
    found = {(item["kind"], item["metadata"]["name"]): item for item in items}
    assert len(found) == len(items)
    return found


@pytest.mark.parametrize("name", OVERLAYS)
@pytest.mark.parametrize("components", SUBSETS, ids=lambda s: "+".join(c.rsplit("/", 1)[-1] for c in s) or "none")
def test_the_chart_gives_what_kustomize_gives(chart, name, components):
    given = template(chart, overlay=name, components=[c.rsplit("/", 1)[-1] for c in components])
    assert by_identity(given) == by_identity(overlay_with(name, *components))


def test_without_values_it_is_small(chart):
    assert by_identity(template(chart)) == by_identity(overlay("small"))


def test_the_chart_is_of_the_version_of_the_image(chart):
    said = yaml.safe_load((chart / "Chart.yaml").read_text())
    for pod in pods(overlay("small")).values():
        assert pod["spec"]["containers"][0]["image"] == f"portcullis:{said['appVersion']}"


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_values_are_applied_and_nothing_else_changes(chart, name):
    own = config_of(overlay(name))[1].replace("name: portcullis", "name: my-own")
    service = "gateway" if name == "laptop" else "router"
    given = template(chart, config=own, overlay=name, createNamespace=False,
                     image={"name": "registry.example.com/portcullis", "tag": "0.1.1"},
                     resources={service: {"limits": {"memory": "3Gi"}}},
                     replicas={} if name == "laptop" else {"router": {"min": 4, "max": 9}})  # fmt: skip
    before, after = by_identity(overlay(name)), by_identity(given)
    old, new = config_of(overlay(name))[0], config_of(given)[0]
    assert old != new and after[("ConfigMap", new)]["data"] == {"policy-config.yaml": own}
    # What was asked for, done to kustomize's objects by hand.
    del before[("Namespace", "portcullis")]
    before[("ConfigMap", new)] = after[("ConfigMap", new)]
    del before[("ConfigMap", old)]
    expected = json.loads(json.dumps(list(before.values())).replace(old, new))
    for pod in pods(expected).values():
        pod["spec"]["containers"][0]["image"] = "registry.example.com/portcullis:0.1.1"
    container = workloads(expected)[service]["spec"]["template"]["spec"]["containers"][0]
    container["resources"]["limits"]["memory"] = "3Gi"
    for scaler in of_kind(expected, "HorizontalPodAutoscaler"):
        if scaler["metadata"]["name"] == "portcullis-router":
            scaler["spec"] |= {"minReplicas": 4, "maxReplicas": 9}
    assert after == by_identity(expected)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"overlay": "medium"}, "overlay"),
        ({"replica": {}}, "replica"),
        ({"components": ["mTLS"]}, "components"),
        ({"replicas": {"audit": {"min": 2, "max": 3}}}, "replicas.audit: the overlay small has nothing"),
        ({"resources": {"gateway": {"limits": {}}}}, "resources.gateway: the overlay small has nothing"),
    ],
)
def test_values_that_mean_nothing_are_refused(chart, values, said):
    done = helm_template(chart, values, check=False)
    assert done.returncode != 0 and said in done.stderr, done.stderr
