"""The compose file fits the configuration, the manifests and the files that it mounts."""

import re
import subprocess

import yaml

from paths import DEPLOY, tool
from test_kubernetes import GRPC, config_of, of_kind, overlay, pods

COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
SUITE = {name: SERVICES[f"portcullis-{name}"] for name in GRPC}


def test_services_are_those_of_the_manifests():
    in_cluster = pods(overlay("production"))
    assert set(in_cluster) == set(GRPC)
    for name, service in SUITE.items():
        [container] = in_cluster[name]["spec"]["containers"]
        assert service["command"] == container["command"]
        assert service["image"] == container["image"]
        assert service["mem_limit"] == container["resources"]["limits"]["memory"].lower().removesuffix("i")
        assert service["stop_grace_period"] == f"{in_cluster[name]['spec']['terminationGracePeriodSeconds']}s"
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        admin = {port["name"]: port["containerPort"] for port in container["ports"]}["admin"]
        assert service["environment"]["ADMIN_PORT"] == str(admin)
        keys = [key for key in service["environment"] if key.endswith("_API_KEY")]
        assert bool(keys) == (name == "router")


def test_databases_are_those_of_the_manifests():
    found = {w["metadata"]["name"]: w for w in of_kind(overlay("production"), "Deployment", "StatefulSet")}
    for name, key in (("portcullis-redis", "REDIS_PASSWORD"), ("portcullis-postgresql", "AUDIT_DATABASE_PASSWORD")):
        [container] = found[name]["spec"]["template"]["spec"]["containers"]
        assert SERVICES[name]["image"] == container["image"]
        users = [s for s in SUITE.values() if key in s["environment"]]
        assert len(users) == 1 and users[0]["environment"][key].startswith(f"${{{key}:?")
        assert users[0]["environment"][key] in SERVICES[name]["environment"].values()


def test_the_configuration_is_that_of_the_manifests():
    _, text = config_of(overlay("production"))
    for service in SUITE.values():
        source = next(
            v for v in service["volumes"] if v.endswith("/etc/portcullis/policy-config.yaml:ro")
        ).split(":")[0]
        assert (DEPLOY / source).read_text() == text
    hosts = {address.split(":")[0] for address in yaml.safe_load(text)["gateway"]["peers"].values()}
    assert hosts <= set(SERVICES)


def test_what_is_mounted_exists():
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], (
                volume
            )
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), port


def test_prometheus_scrapes_every_service(tmp_path):
    done = subprocess.run(
        [tool("promtool"), "check", "config", DEPLOY / "prometheus" / "prometheus.yaml"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yaml").read_text())
    targets = config["scrape_configs"][0]["static_configs"][0]["targets"]
    assert set(targets) == {
        f"portcullis-{name}:{s['environment']['ADMIN_PORT']}" for name, s in SUITE.items()
    }


def test_provisioning_finds_the_dashboards_and_the_source():
    grafana = SERVICES["grafana"]
    provided = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/portcullis.yaml").read_text())
    path = provided["providers"][0]["options"]["path"]
    assert f"./grafana/dashboards:{path}:ro" in grafana["volumes"]
    source = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text())
    [variable] = re.findall(r"\$\{(\w+)\}", source["datasources"][0]["url"])
    assert variable in grafana["environment"]
