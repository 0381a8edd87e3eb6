"""What an autoscaler needs, for real but for containers: pods as processes, Prometheus, the adapter; and its story."""

import json
import os
import socket
import threading
import time

import yaml

import kube
from cluster import ADMIN
from harness import Process, wait_for
from kube import get
from paths import DEPLOY, tool

ADAPTER = os.environ.get("PROMETHEUS_ADAPTER", "prometheus-adapter")
SCRAPE = "2s"
GROUPS = ("custom.metrics.k8s.io/v1beta2", "custom.metrics.k8s.io/v1beta1", "external.metrics.k8s.io/v1beta1")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Kubelet:
    """Runs a process for each pod that the cluster has bound to a node, and ends it with the pod."""

    def __init__(self, cluster, targets):
        self.cluster, self.targets = cluster, targets
        self._starting, self._leaving = [], []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._stop.is_set():
            self.step()
            self._stop.wait(0.3)

    def step(self):
        found = {
            p["metadata"]["name"]: p["metadata"]["labels"]["app.kubernetes.io/component"]
            for p in get("pods")
            if p["spec"].get("nodeName") and "deletionTimestamp" not in p["metadata"]
        }
        wanted = {name: component for name, component in found.items() if component in self.cluster.templates}
        for name in set(self.cluster.pods) - set(wanted):
            self._leaving.append(self.cluster.retire(self.cluster.pods[name]))
        self._starting += [self.cluster.start(wanted[name], name) for name in set(wanted) - set(self.cluster.pods)]
        for pod in [pod for pod in self._starting if pod.name not in wanted or pod.ready()]:
            self._starting.remove(pod)
            if pod.name in wanted:
                pod.publish()
        self._tell_prometheus()

    def _tell_prometheus(self):
        """Targets with the labels that the operator makes of our PodMonitor."""
        text = json.dumps(
            [
                {
                    "targets": [f"{pod.address}:{ADMIN[pod.component]}"],
                    "labels": {
                        "job": "portcullis",
                        "namespace": kube.NAMESPACE,
                        "pod": pod.name,
                        "instance": pod.name,
                        "container": pod.component,
                    },
                }
                for pod in self.cluster.pods.values()
            ]
        )
        if not self.targets.exists() or self.targets.read_text() != text:
            fresh = self.targets.with_suffix(".new")
            fresh.write_text(text)
            fresh.rename(self.targets)

    def stop(self):
        self._stop.set()
        self._thread.join()


def start_prometheus(directory, targets):
    config = directory / "prometheus.yaml"
    job = {"job_name": "pods", "file_sd_configs": [{"files": [str(targets)], "refresh_interval": "1s"}]}
    scrape = {"scrape_interval": SCRAPE, "scrape_timeout": SCRAPE}
    config.write_text(yaml.safe_dump({"global": scrape, "scrape_configs": [job]}))
    port = free_port()
    process = Process(
        "prometheus",
        [
            tool("prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={directory / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
    )
    process.wait_line(lambda line: "Server is ready" in line, "its readiness")
    return process, f"http://127.0.0.1:{port}"


def start_adapter(directory, prometheus):
    port, config = free_port(), os.environ["KUBECONFIG"]
    process = Process(
        "adapter",
        [
            ADAPTER,
            f"--config={DEPLOY / 'prometheus' / 'adapter.yaml'}",
            f"--prometheus-url={prometheus}",
            f"--secure-port={port}",
            f"--cert-dir={directory / 'certificates'}",
            f"--lister-kubeconfig={config}",
            "--authentication-skip-lookup=true",
            f"--authentication-kubeconfig={config}",
            f"--authorization-kubeconfig={config}",
            "--metrics-relist-interval=2s",
            "--metrics-max-age=60s",
        ],
    )
    register(port)
    return process


def register(port):
    """Makes the API server ask the adapter, at this machine's loopback."""
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "prometheus-adapter", "namespace": "kube-system"},
        "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]},
    }
    # An API server without a certificate of its own for this is nobody to the adapter.
    everybody = [
        {"apiGroups": sorted({g.split("/")[0] for g in GROUPS}), "resources": ["*"], "verbs": ["get", "list"]},
        {"nonResourceURLs": ["*"], "verbs": ["get"]},
    ]
    role = {"name": "prometheus-adapter-readers"}
    rbac = "rbac.authorization.k8s.io"
    found = [
        service,
        {"apiVersion": f"{rbac}/v1", "kind": "ClusterRole", "metadata": role, "rules": everybody},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": role,
            "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", **role},
            "subjects": [{"apiGroup": rbac, "kind": "User", "name": "system:anonymous"}],
        },
    ]
    for group, version in (name.split("/") for name in GROUPS):
        found.append(
            {
                "apiVersion": "apiregistration.k8s.io/v1",
                "kind": "APIService",
                "metadata": {"name": f"{version}.{group}"},
                "spec": {
                    "group": group,
                    "version": version,
                    "groupPriorityMinimum": 100,
                    "versionPriority": 100,
                    "insecureSkipTLSVerify": True,
                    "service": {"name": "prometheus-adapter", "namespace": "kube-system", "port": port},
                },
            }
        )
    kube.apply(found)


def unregister():
    """A cluster in which a registered API does not answer cannot delete a namespace."""
    for group, version in (name.split("/") for name in GROUPS):
        kube.kubectl("delete", "apiservice", f"{version}.{group}")


def scaler(name):
    [found] = [s for s in get("hpa") if s["metadata"]["name"] == name]
    return found


def values(name):
    """What the autoscaler saw last, by metric; empty until it saw all."""
    found, status = {}, scaler(name).get("status", {})
    for metric in status.get("currentMetrics") or []:
        kind = metric["type"].lower()
        if kind not in metric:
            return {}
        body = metric[kind]
        found[body["metric"]["name"]] = body["current"].get("averageValue")
    return found if len(found) == len(scaler(name)["spec"]["metrics"]) else {}


class Story:
    """Prints what an autoscaler sees and does, when it changes."""

    def __init__(self, name):
        self.name, self.begun, self.last = name, time.monotonic(), None

    def replicas(self):
        found = scaler(self.name)
        now = (found["status"].get("currentReplicas"), found["status"].get("desiredReplicas"), values(self.name))
        if now != self.last:
            self.last = now
            print(f"  {time.monotonic() - self.begun:5.1f} s {self.name}: {now[0]} -> {now[1]} {now[2]}", flush=True)
        return now[1]

    def wait(self, condition, what, deadline=120):
        wait_for(lambda: condition(self.replicas()), what, deadline, pause=0.5)
