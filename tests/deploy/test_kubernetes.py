"""The manifests: every overlay builds with components in every pairwise combination, fits the schemas strictly, and
keeps the promises that deploy/k8s/README.md makes.
"""

import functools
import itertools
import json
import os
import pathlib
import subprocess
import tempfile
import urllib.parse

import jsonschema
import kubernetes_validate
import pytest
import yaml

from harness import BIN
from paths import DEPLOY, ROOT, TOOLS, documented_metrics, tool

K8S = DEPLOY / "k8s"
OVERLAYS = ("laptop", "small", "production")
COMPONENTS = (
    "k8s/components/cert-manager",
    "k8s/components/ingress",
    "k8s/components/mtls",
    "k8s/components/otel",
    "k8s/components/pod-monitor",
    "k8s/components/prometheus-rule",
    "k8s/components/scaling",
    "grafana",
)
# None, each alone, all, all but one: each two of them are seen in all four ways. (tests/deploy/live has every subset.)
SUBSETS = [s for n in (0, 1, len(COMPONENTS) - 1, len(COMPONENTS)) for s in itertools.combinations(COMPONENTS, n)]
KUBERNETES = "1.36"  # what the schemas are of; deploy/k8s needs 1.30

# Edges of the peer graph: who may open a connection to whom, on which port.
PEERS = {("edge", "policy"), ("edge", "router"), ("edge", "audit"), ("router", "audit")}
GRPC = {"edge": 41003, "policy": 41011, "router": 41021, "audit": 41031}
FLUSH_SECONDS = 10  # an edge ships its spool for as long as this after it has drained


def kustomize(directory):
    done = subprocess.run([tool("kustomize"), "build", directory], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr, done.stderr
    return list(yaml.safe_load_all(done.stdout))


@functools.cache
def overlay(name):
    return tuple(kustomize(K8S / "overlays" / name))


def combined(directory, name, components):
    """An overlay with components, as a kustomization of the user's own would have them."""
    relative = lambda path: os.path.relpath(path, directory)  # noqa: E731
    (directory / "kustomization.yaml").write_text(
        yaml.safe_dump(
            {
                "apiVersion": "kustomize.config.k8s.io/v1beta1",
                "kind": "Kustomization",
                "resources": [relative(K8S / "overlays" / name)],
                "components": [relative(DEPLOY / component) for component in components],
            }
        )
    )
    return kustomize(directory)


@functools.cache
def overlay_with(name, *components):
    """An overlay with components."""
    with tempfile.TemporaryDirectory() as directory:
        return tuple(combined(pathlib.Path(directory), name, components))


@functools.cache
def custom_schemas():
    """Schemas by kind of what the Prometheus operator and cert-manager brought, strict: no field that is not declared."""
    found = {}
    for path in (TOOLS / "crds").glob("*.yaml"):
        spec = yaml.safe_load(path.read_text())["spec"]
        [version] = [v for v in spec["versions"] if v["storage"]]
        found[spec["names"]["kind"]] = strict(version["schema"]["openAPIV3Schema"])
    assert set(found) == {"Certificate", "Issuer", "PodMonitor", "PrometheusRule"}
    return found


def strict(schema):
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items() if key != "format"}
    # "metadata" is declared as an object without properties; everything else names what it may hold.
    if (
        isinstance(made.get("properties"), dict)
        and made.get("type") == "object"
        and "additionalProperties" not in made
    ):
        made["additionalProperties"] = False
    return made


@functools.cache
def validate_once(text):
    """Most objects of two combinations are the same."""
    validate(json.loads(text))


def validate(item):
    if item["apiVersion"].startswith(("monitoring.coreos.com/", "cert-manager.io/")):
        jsonschema.Draft7Validator(custom_schemas()[item["kind"]]).validate(item)
    else:
        kubernetes_validate.validate(item, KUBERNETES, strict=True)


def of_kind(items, *kinds):
    return [item for item in items if item["kind"] in kinds]


def workloads(items):
    """Ours, by component; not Redis."""
    return {
        w["metadata"]["labels"]["app.kubernetes.io/component"]: w
        for w in of_kind(items, "Deployment", "StatefulSet")
        if w["metadata"]["labels"]["app.kubernetes.io/name"] == "portcullis"
    }


def pods(items):
    return {name: workload["spec"]["template"] for name, workload in workloads(items).items()}


@pytest.mark.parametrize("name", OVERLAYS)
def test_each_combination_fits_the_schemas(tmp_path, name):
    for index, components in enumerate(SUBSETS):
        directory = tmp_path / str(index)
        directory.mkdir()
        items = combined(directory, name, components)
        kinds = {item["kind"] for item in items}
        assert ("Ingress" in kinds) == ("k8s/components/ingress" in components)
        assert ("PodMonitor" in kinds) == ("k8s/components/pod-monitor" in components)
        for item in items:
            validate_once(json.dumps(item))
            assert (
                item["kind"] in ("Namespace", "PriorityClass")
                or item["metadata"].get("namespace") == "portcullis"
            )
        names = [(item["kind"], item["metadata"]["name"]) for item in items]
        assert len(names) == len(set(names))


def test_the_kustomization_of_the_documentation_builds(tmp_path):
    page = (ROOT / "docs" / "kubernetes.md").read_text()
    example = page.split("```yaml\n# kustomization.yaml\n")[1].split("```")[0]
    example = example.replace("portcullis/deploy/", os.path.relpath(DEPLOY, tmp_path) + "/")
    (tmp_path / "kustomization.yaml").write_text(example)
    own = (K8S / "base" / "policy-config.yaml").read_text().replace("name: portcullis", "name: my-own")
    (tmp_path / "policy-config.yaml").write_text(own)
    items = kustomize(tmp_path)
    name, text = config_of(items)
    assert text == own
    for pod in pods(items).values():
        [container] = pod["spec"]["containers"]
        assert container["image"] == "registry.example.com/portcullis:0.1.0"
        assert name in [v["configMap"]["name"] for v in pod["spec"]["volumes"] if "configMap" in v]


def test_labels_of_the_operator_do_not_displace_those_of_our_metrics():
    """Prometheus renames a scraped label which the target has, too: `exported_endpoint`."""
    [monitor] = yaml.safe_load_all((K8S / "components/pod-monitor/pod-monitor.yaml").read_text())
    of_target = {"namespace", "pod", "container", "endpoint", "job", "instance"}  # as the operator makes them
    of_metrics = set().union(*documented_metrics().values())
    [endpoint] = monitor["spec"]["podMetricsEndpoints"]
    dropped = {r["regex"] for r in endpoint["relabelings"] if r.get("action") == "labeldrop"}
    assert of_target & of_metrics == dropped


def test_the_schemas_refuse_what_they_should():
    [monitor] = yaml.safe_load_all((K8S / "components/pod-monitor/pod-monitor.yaml").read_text())
    monitor["spec"]["podMetricsEndpoints"][0]["intervall"] = "15s"
    with pytest.raises(jsonschema.ValidationError):
        validate(monitor)
    deployment = yaml.safe_load(yaml.safe_dump(workloads(overlay("small"))["policy"]))
    deployment["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        validate(deployment)


@pytest.mark.parametrize("name", OVERLAYS)
def test_pods_have_no_privilege(name):
    for pod in pods(overlay(name)).values():
        spec, context = pod["spec"], pod["spec"]["securityContext"]
        assert context["runAsNonRoot"] and context["runAsUser"] > 10000
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        for container in spec["containers"]:
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"]
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"] and container["resources"]["requests"]["cpu"]
        keys = [source["secretRef"]["name"] for c in spec["containers"] for source in c.get("envFrom", [])]
        component = pod["metadata"]["labels"]["app.kubernetes.io/component"]
        expected = ["portcullis-providers"] if component in ("router", "gateway") else []
        if (component, name) == ("router", "production"):
            expected.append("portcullis-redis")
        if (component, name) == ("audit", "production"):
            expected.append("portcullis-postgresql")
        assert keys == expected


def config_of(items):
    [config] = [
        c for c in of_kind(items, "ConfigMap") if c["metadata"]["name"].startswith("portcullis-config-")
    ]
    return config["metadata"]["name"], config["data"]["policy-config.yaml"]


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_configuration_is_valid_and_mounted(tmp_path, name):
    config_name, text = config_of(overlay(name))
    file = tmp_path / "policy-config.yaml"
    file.write_text(text)
    done = subprocess.run(
        [BIN / "portcullis", "policy", "lint", "--file", file], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for pod in pods(overlay(name)).values():
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        assert volumes["config"]["configMap"]["name"] == config_name
        [container] = pod["spec"]["containers"]
        assert {"name": "config", "mountPath": "/etc/portcullis", "readOnly": True} in container[
            "volumeMounts"
        ]
        assert "/etc/portcullis/policy-config.yaml" in container["command"]


@pytest.mark.parametrize("name", OVERLAYS)
def test_addresses_of_the_configuration_are_those_of_the_manifests(name):
    items = overlay(name)
    config = yaml.safe_load(config_of(items)[1])
    gateway = config["gateway"]
    listens = {"http": gateway["listen"], "grpc": gateway["grpc_listen"], "admin": gateway["admin_listen"]}
    expected = {"gateway": listens, "edge": listens}
    for service, settings in config.get("services", {}).items():
        if service == "tls":
            continue
        expected[service] = {"grpc": settings["listen"], "admin": settings["admin_listen"]}
    for component, pod in pods(items).items():
        [container] = pod["spec"]["containers"]
        ports = {port["name"]: f"0.0.0.0:{port['containerPort']}" for port in container["ports"]}
        assert ports == expected[component]
        [state] = [m for m in container["volumeMounts"] if m["name"] == "state"]
        assert state["mountPath"] == gateway["state_dir"]
    services = {s["metadata"]["name"]: s["spec"] for s in of_kind(items, "Service")}
    for peer, address in gateway.get("peers", {}).items():
        host, port = address.split(":")
        assert services[host]["clusterIP"] == "None" and int(port) in [
            p["port"] for p in services[host]["ports"]
        ]
        assert services[host]["selector"]["app.kubernetes.io/component"] == peer


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_grace_period_is_longer_than_the_longest_stream(name):
    config = yaml.safe_load(config_of(overlay(name))[1])
    drain = config["gateway"]["drain_seconds"]
    targets = config["providers"]["targets"]
    assert drain >= max(
        max(t.get("timeout_seconds", 60), t.get("stream_timeout_seconds", 0)) for t in targets
    )
    for pod in pods(overlay(name)).values():
        pre_stop = pod["spec"]["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pod["spec"]["terminationGracePeriodSeconds"] > pre_stop + drain + FLUSH_SECONDS


@pytest.mark.parametrize("name", OVERLAYS)
def test_probes(name):
    for component, pod in pods(overlay(name)).items():
        [container] = pod["spec"]["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        served = "edge" if component == "gateway" else component
        service = f"portcullis.{served}.v1.{served.capitalize()}Service"
        assert container["startupProbe"]["grpc"] == {"port": ports["grpc"], "service": service}
        assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "admin"}
        assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "admin"}


@pytest.mark.parametrize("name", OVERLAYS)
def test_with_certificates_each_pod_has_its_own_and_no_probe_speaks_grpc(name):
    items = overlay_with(name, "k8s/components/mtls", "k8s/components/cert-manager")
    issued = {c["spec"]["secretName"]: c["spec"] for c in of_kind(items, "Certificate")}
    for component, pod in pods(items).items():
        [container] = pod["spec"]["containers"]
        served = "edge" if component == "gateway" else component
        [secret] = [v["secret"] for v in pod["spec"]["volumes"] if "secret" in v]
        assert f"portcullis-{served}" in issued[secret["secretName"]]["dnsNames"]
        assert {"server auth", "client auth"} <= set(issued[secret["secretName"]]["usages"])
        assert secret["defaultMode"] == 0o440 and pod["spec"]["securityContext"]["fsGroup"]
        folder = next(m["mountPath"] for m in container["volumeMounts"] if m["name"] == "certificate")
        flags = dict(itertools.pairwise(container["command"]))
        files = {"--tls-certificate": "tls.crt", "--tls-key": "tls.key", "--tls-ca": "ca.crt"}
        assert all(flags[flag] == f"{folder}/{file}" for flag, file in files.items())
        assert container["startupProbe"]["httpGet"] == {"path": "/healthz", "port": "admin"}
    for service in of_kind(items, "Service"):
        for port in service["spec"]["ports"]:
            if port["name"] == "grpc":
                assert port["appProtocol"] == "https"


@pytest.mark.parametrize("name", OVERLAYS)
def test_records_are_on_a_volume(name):
    for component, workload in workloads(overlay(name)).items():
        durable = component in ("edge", "audit", "gateway")
        assert (workload["kind"] == "StatefulSet") == durable
        if durable:
            [claim] = workload["spec"]["volumeClaimTemplates"]
            assert claim["metadata"]["name"] == "state"
            kept = workload["spec"]["persistentVolumeClaimRetentionPolicy"]
            assert kept == {"whenDeleted": "Retain", "whenScaled": "Retain"}


def matches(selector, labels):
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for rule in selector.get("matchExpressions", []):
        assert rule["operator"] == "In"
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return True


def allowed(policies, pod, peer, direction, port):
    """Whether the policies of `pod` let it exchange with `peer`, a pod of the same namespace."""
    where, whom = ("ingress", "from") if direction == "Ingress" else ("egress", "to")
    for policy in policies:
        spec = policy["spec"]
        if direction not in spec["policyTypes"] or not matches(spec["podSelector"], pod):
            continue
        for rule in spec.get(where, []):
            here = any(
                "podSelector" in p and "namespaceSelector" not in p and matches(p["podSelector"], peer)
                for p in rule[whom]
            )
            if here and port in [p["port"] for p in rule["ports"]]:
                return True
    return False


@pytest.mark.parametrize("name", ("small", "production"))
def test_network_policies_allow_the_peer_graph_and_no_more(name):
    items = overlay(name)
    policies = of_kind(items, "NetworkPolicy")
    labels = {component: pod["metadata"]["labels"] for component, pod in pods(items).items()}
    assert all(
        any(
            p["metadata"]["name"] == "portcullis-deny-all" and matches(p["spec"]["podSelector"], pod)
            for p in policies
        )
        for pod in labels.values()
    )
    for source, target in itertools.permutations(labels, 2):
        out = allowed(policies, labels[source], labels[target], "Egress", "grpc")
        into = allowed(policies, labels[target], labels[source], "Ingress", "grpc")
        if target == "edge":  # clients in the namespace may call it; the services have no way there
            assert not out, source
        else:
            assert (out and into) == ((source, target) in PEERS) and out == into, (source, target)
    ways_out = {
        c
        for c in labels
        for p in policies
        if matches(p["spec"]["podSelector"], labels[c])
        for rule in p["spec"].get("egress", [])
        for peer in rule["to"]
        if "ipBlock" in peer
    }
    assert ways_out == {"router"}


@pytest.mark.parametrize("name", OVERLAYS)
def test_with_a_collector_each_pod_that_traces_is_told_of_it_and_reaches_it(name):
    items = overlay_with(name, "k8s/components/otel")
    [collector] = [
        c for c in of_kind(items, "ConfigMap") if c["metadata"]["name"].startswith("portcullis-tracing-")
    ]
    url = urllib.parse.urlsplit(collector["data"]["endpoint"])
    policies = of_kind(items, "NetworkPolicy")

    def reaches(labels, namespace, pods_there, port):
        return any(
            to.get("namespaceSelector") == {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
            and to.get("podSelector") == {"matchLabels": pods_there}
            and port in [p["port"] for p in rule["ports"]]
            for policy in policies
            if matches(policy["spec"]["podSelector"], labels)
            for rule in policy["spec"].get("egress", [])
            for to in rule["to"]
        )

    for component, pod in pods(items).items():
        [container] = pod["spec"]["containers"]
        labels = pod["metadata"]["labels"]
        service, namespace = url.hostname.split(".")
        way = reaches(labels, namespace, {"app.kubernetes.io/name": service}, url.port)
        flags = dict(itertools.pairwise(container["command"]))
        if component == "audit":  # it serves no requests
            assert not way and "--tracing-endpoint" not in flags and "env" not in container
            continue
        assert way and reaches(labels, "kube-system", {"k8s-app": "kube-dns"}, 53), component
        [env] = container["env"]
        assert flags["--tracing-endpoint"] == f"$({env['name']})"
        assert env["valueFrom"]["configMapKeyRef"] == {"name": collector["metadata"]["name"], "key": "endpoint"}


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_collector_of_the_documentation_takes_the_place_of_the_components(tmp_path, name):
    page = (ROOT / "docs" / "tracing.md").read_text()
    example = page.split("```yaml\n# kustomization.yaml\n")[1].split("```")[0]
    example = example.replace("portcullis/deploy/", os.path.relpath(DEPLOY, tmp_path) + "/")
    (tmp_path / "kustomization.yaml").write_text(example.replace("/production", f"/{name}"))
    (tmp_path / "to-collector.yaml").write_text(page.split("```yaml\n# to-collector.yaml\n")[1].split("```")[0])
    items = kustomize(tmp_path)
    for item in items:
        validate_once(json.dumps(item))
    endpoints = [c["data"]["endpoint"] for c in of_kind(items, "ConfigMap") if "endpoint" in c["data"]]
    assert endpoints == ["http://tempo.tracing:4318"]
    [way] = [p for p in of_kind(items, "NetworkPolicy") if p["metadata"]["name"] == "portcullis-collector"]
    [rule] = way["spec"]["egress"]
    assert rule["to"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "tracing"}}}]


@pytest.mark.parametrize("name", ("small", "production"))
def test_what_scales_has_a_budget(name):
    items = overlay(name)
    found = workloads(items)
    budgets = {
        b["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"]
        for b in of_kind(items, "PodDisruptionBudget")
    }
    assert budgets == set(found) == set(GRPC)
    scalers = {
        s["spec"]["scaleTargetRef"]["name"]: s["spec"] for s in of_kind(items, "HorizontalPodAutoscaler")
    }
    for component, workload in found.items():
        scaler = scalers.get(workload["metadata"]["name"])
        assert (scaler is None) == (component == "audit" and name == "small")  # SQLite serves one
        assert ("replicas" in workload["spec"]) == (scaler is None)  # else the two would fight
        if scaler:
            assert scaler["scaleTargetRef"]["kind"] == workload["kind"] and scaler["minReplicas"] >= 2


def test_production_has_the_configuration_of_the_base_a_shared_state_and_a_shared_store():
    base, production = (yaml.safe_load(config_of(overlay(name))[1]) for name in ("small", "production"))
    shared = production["providers"].pop("shared_state")
    audit = production["services"]["audit"]
    assert audit.pop("store") == "postgresql"
    store = audit.pop("postgresql")
    assert production == base
    services = {s["metadata"]["name"]: s["spec"] for s in of_kind(overlay("production"), "Service")}
    host, port = shared["redis"].split(":")
    assert int(port) in [p["port"] for p in services[host]["ports"]]
    [server] = [
        w for w in of_kind(overlay("production"), "StatefulSet") if w["metadata"]["name"] == "portcullis-postgresql"
    ]
    [container] = server["spec"]["template"]["spec"]["containers"]
    env = {e["name"]: e.get("value") or e["valueFrom"]["secretKeyRef"]["key"] for e in container["env"]}
    words = dict(word.split("=") for word in store["connection"].split())
    assert services[words["host"]]["ports"][0]["port"] == container["ports"][0]["containerPort"] == 5432
    assert (env["POSTGRES_USER"], env["POSTGRES_DB"]) == (words["user"], words["dbname"])
    assert env["POSTGRES_PASSWORD"] == store["secret_key_ref"]["env"]


def test_production_spreads_its_pods():
    for component, pod in pods(overlay("production")).items():
        assert pod["spec"]["priorityClassName"] == "portcullis"
        keys = {c["topologyKey"] for c in pod["spec"]["topologySpreadConstraints"]}
        assert keys == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}
        [term] = pod["spec"]["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
        assert matches(term["podAffinityTerm"]["labelSelector"], pod["metadata"]["labels"])
