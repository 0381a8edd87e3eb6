"""The chart in the hands of Helm: installed into nothing, updated with another configuration, taken back, removed."""

import json
import os
import subprocess

import pytest

import kube
from harness import wait_for
from kube import get, kubectl
from paths import DEPLOY, tool
from test_kubernetes import config_of, overlay

HELM = os.environ.get("HELM", "helm")


def helm(*arguments):
    done = subprocess.run([HELM, *map(str, arguments)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def chart(tmp_path):
    kube.prepare()
    kube.add_nodes(4)
    kubectl("delete", "namespace", kube.NAMESPACE, "--wait=true", "--timeout=60s")  # the chart brings it
    directory = tmp_path / "portcullis"
    subprocess.run([DEPLOY / "helm" / "build.py", directory, "--kustomize", tool("kustomize")], check=True, timeout=120)
    yield directory
    kube.remove()


def mounted():
    """Names of the ConfigMaps that the ready pods have, once all have the same."""
    names = lambda: {v["configMap"]["name"] for p in get("pods") for v in p["spec"]["volumes"] if "configMap" in v}  # noqa: E731
    wait_for(lambda: len(names()) == 1, "one configuration")
    return names().pop()


def test_helm_installs_updates_takes_back_and_removes(chart, tmp_path):
    helm("lint", "--strict", chart)
    helm("install", "portcullis", chart, "--wait", "--timeout", "120s", "--set", "components={scaling,pod-monitor,mtls}")
    kube.wait_scaled()
    first = mounted()
    assert first == config_of(overlay("small"))[0]
    own = tmp_path / "policy-config.yaml"
    own.write_text(config_of(overlay("small"))[1].replace("threshold: 0.8", "threshold: 0.7"))
    options = ["--wait", "--timeout", "120s", "--set-file", f"config={own}", "--set", "replicas.edge.min=3,replicas.edge.max=4"]
    helm("upgrade", "portcullis", chart, "--reuse-values", *options)
    kube.wait_scaled()
    assert mounted() != first and len(get("pods", "-l", "app.kubernetes.io/component=edge")) == 3
    helm("rollback", "portcullis", "1", "--wait", "--timeout", "120s")
    assert mounted() == first
    release = json.loads(helm("status", "portcullis", "-o", "json"))
    print(f"\nrevision {release['version']} {release['info']['status']}")
    helm("uninstall", "portcullis", "--wait", "--timeout", "120s")
    assert kubectl("get", "namespace", kube.NAMESPACE, check=False).returncode != 0
    kubectl("apply", "-f", DEPLOY / "k8s" / "base" / "common" / "namespace.yaml")  # for those that come after
