"""The cluster that KUBECONFIG names, through kubectl."""

import json
import os
import subprocess
import time

import yaml

from harness import wait_for
from paths import DEPLOY, TOOLS

KUBECTL = os.environ.get("KUBECTL", "kubectl")
NAMESPACE = "portcullis"
ZONES = ("a", "b", "c")


def kubectl(*args, stdin=None, check=True):
    done = subprocess.run([KUBECTL, *map(str, args)], input=stdin, capture_output=True, text=True)
    assert done.returncode == 0 or not check, f"kubectl {args}: {done.stdout}{done.stderr}"
    return done


def get(kind, *args, namespace=NAMESPACE):
    """The objects of a kind."""
    return json.loads(kubectl("-n", namespace, "get", kind, *args, "-o", "json").stdout)["items"]


def apply(items, *args):
    text = "---\n".join(yaml.safe_dump(item, sort_keys=False) for item in items)
    return kubectl("apply", "--validate=strict", *args, "-f", "-", stdin=text)


def prepare():
    """The namespace, and the kinds of the Prometheus operator and of cert-manager."""
    kubectl("apply", "-f", DEPLOY / "k8s" / "base" / "common" / "namespace.yaml")  # with its Pod Security labels
    for path in sorted((TOOLS / "crds").glob("*.yaml")):
        definition = yaml.safe_load(path.read_text())
        kind = definition["metadata"]["name"]
        definition["metadata"] = {"name": kind}  # cert-manager's labels are templates of its chart
        kubectl("apply", "--server-side", "-f", "-", stdin=yaml.safe_dump(definition))
        kubectl("wait", "--for=condition=Established", "--timeout=60s", f"crd/{kind}")


def add_nodes(count):
    """Nodes that kwok plays, in three zones, and volumes for whoever claims one."""
    room = {"cpu": "32", "memory": "64Gi", "pods": "110", "ephemeral-storage": "100Gi"}
    nodes = [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": f"node-{n}",
                "annotations": {"kwok.x-k8s.io/node": "fake"},
                "labels": {
                    "kubernetes.io/hostname": f"node-{n}",
                    "topology.kubernetes.io/zone": ZONES[n % len(ZONES)],
                },
            },
            "status": {"allocatable": room, "capacity": room},
        }
        for n in range(count)
    ]
    volumes = [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"volume-{n}"},
            "spec": {
                "capacity": {"storage": "100Gi"},
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": f"/var/tmp/volume-{n}"},
            },
        }
        for n in range(24)
    ]
    apply(nodes + volumes)
    kubectl("wait", "--for=condition=Ready", "--timeout=60s", *[f"node/node-{n}" for n in range(count)])


def secret():
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "portcullis-providers", "namespace": NAMESPACE},
        "stringData": {"MISTRAL_API_KEY": "the-key"},
    }


def workload_names(items):
    return [f"{i['kind'].lower()}/{i['metadata']['name']}" for i in items if i["kind"] in ("Deployment", "StatefulSet")]


def wait_rolled_out(names):
    """Seconds until each is complete."""
    begun = time.monotonic()
    for name in names:
        kubectl("-n", NAMESPACE, "rollout", "status", name, "--timeout=120s")
    return time.monotonic() - begun


def wait_scaled():
    """Until each autoscaler has its least number of replicas, and all of them are ready."""

    def reached():
        scalers = {s["spec"]["scaleTargetRef"]["name"]: s["spec"]["minReplicas"] for s in get("hpa")}
        ready = {w["metadata"]["name"]: w["status"].get("readyReplicas", 0) for w in get("deployment,statefulset")}
        return all(ready[name] >= least for name, least in scalers.items())

    wait_for(reached, "the autoscalers' least replicas")


def remove():
    """All that the tests made; the nodes' pods end as kwok ends them."""
    for kind in ("hpa", "pdb", "deployment", "statefulset", "pvc"):
        kubectl("-n", NAMESPACE, "delete", kind, "--all", "--wait=true", "--timeout=60s")
    wait_for(lambda: not get("pods"), "the pods to be gone")
    kubectl("delete", "pv", "--all", "--wait=true", "--timeout=60s")
    kubectl("delete", "node", "-l", "topology.kubernetes.io/zone", "--wait=true")
