"""Containers of the image that PORTCULLIS_IMAGE names, through podman, on its bridge network."""

import base64
import contextlib
import json
import os
import pathlib
import random
import subprocess
import tempfile

import yaml

from cluster import Store
from harness import Process
from paths import DEPLOY
from test_kubernetes import config_of, overlay

IMAGE = "localhost/" + os.environ.get("PORTCULLIS_IMAGE", "portcullis:0.1.0")
HOST = "10.88.0.1"  # this machine, as podman's network sees it
COMPONENTS = ("audit", "policy", "router", "edge")
# Where there is neither systemd nor a full set of cgroups, podman must be told.
CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


# The compose file's databases come from a registry. Here they are this machine's own, under the same names.
SECRETS = {"MISTRAL_API_KEY": "the-key", "REDIS_PASSWORD": "of-the-test", "AUDIT_DATABASE_PASSWORD": Store.PASSWORD}


class Databases:
    """PostgreSQL and Redis on this machine's address in podman's network."""

    def __init__(self, podman):
        podman("run", "--rm", "--network", "podman", IMAGE, "/usr/bin/portcullis", "--version")  # now the network is there
        self.postgresql = Store(HOST, clients="10.88.0.0/16")
        place = ["--bind", HOST, "--port", 6379, "--save", "", "--requirepass", SECRETS["REDIS_PASSWORD"]]
        self.redis = Process("redis", ["redis-server", *place])
        self.redis.wait_line(lambda line: "Ready to accept connections" in line, "its readiness")

    def close(self):
        self.redis.kill()
        self.postgresql.close()


class Podman:
    """Everything that it makes has a name with this prefix, and goes with close()."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="portcullis-image-"))
        self.prefix = f"pt{random.randrange(10**6)}"
        conf = self.directory / "containers.conf"
        conf.write_text(CONTAINERS_CONF)
        self._environment = {**os.environ, "CONTAINERS_CONF": str(conf)}
        block = random.randrange(2, 250)
        self.addresses = {name: f"10.88.{block}.{10 + n}" for n, name in enumerate(COMPONENTS)}
        self._undo = contextlib.ExitStack()

    def __call__(self, *arguments, check=True, stdin=None):
        done = subprocess.run(
            ["podman", *map(str, arguments)], env=self._environment, capture_output=True, text=True, input=stdin
        )
        assert done.returncode == 0 or not check, f"podman {arguments}: {done.stdout}{done.stderr}"
        return done

    def later(self, *arguments):
        self._undo.callback(self, *arguments, check=False)

    def show_logs(self):
        for name in self("ps", "-a", "--format", "{{.Names}}").stdout.split():
            if name.startswith(self.prefix):
                told = self("logs", "--tail", "20", name)
                print(name, told.stdout + told.stderr, sep="\n")

    def close(self):
        self._undo.close()


def configuration(sim_port, name="small"):
    """That of an overlay, with a simulator on this machine in place of Mistral."""
    config = yaml.safe_load(config_of(overlay(name))[1])
    config["providers"]["targets"][0]["base_url"] = f"http://{HOST}:{sim_port}/v1"
    return config


def play_pods(podman, templates, config):
    """`podman play kube` for a Pod of each template. What podman 4.3 has no word for is done from outside: names of
    the Services (hostAliases), probes."""
    aliases = [{"ip": ip, "hostnames": [f"portcullis-{name}"]} for name, ip in podman.addresses.items()]
    # Its Secrets are not Kubernetes': a map of base64 texts.
    secret = json.dumps({"MISTRAL_API_KEY": base64.b64encode(b"the-key").decode()})
    podman("secret", "create", "portcullis-providers", "-", stdin=secret)
    podman.later("secret", "rm", "portcullis-providers")
    for name in COMPONENTS:
        spec = json.loads(json.dumps(templates[name]["spec"]))
        for key in ("topologySpreadConstraints", "serviceAccountName"):
            spec.pop(key)
        spec["hostAliases"] = aliases
        [container] = spec["containers"]
        container["image"], container["imagePullPolicy"] = IMAGE, "Never"
        for key in ("startupProbe", "livenessProbe", "readinessProbe", "ports"):
            container.pop(key)
        if name in ("edge", "audit"):
            claim = f"{podman.prefix}-{name}-state"
            spec["volumes"].append({"name": "state", "persistentVolumeClaim": {"claimName": claim}})
            podman.later("volume", "rm", "-f", claim)
        [config_name] = [v["configMap"]["name"] for v in spec["volumes"] if "configMap" in v]
        podman.later("volume", "rm", "-f", config_name)
        documents = [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": config_name},
                "data": {"policy-config.yaml": yaml.safe_dump(config)},
            },
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": f"{podman.prefix}-{name}", "labels": templates[name]["metadata"]["labels"]},
                "spec": spec,
            },
        ]
        file = podman.directory / f"{name}.yaml"
        file.write_text("---\n".join(yaml.safe_dump(d, sort_keys=False) for d in documents))
        podman.later("pod", "rm", "-f", f"{podman.prefix}-{name}")
        podman("play", "kube", "--network", "podman", "--ip", podman.addresses[name], file)
        yield f"{podman.prefix}-{name}-{name}"


def run_compose(podman, services, config):
    """The services of the suite as deploy/compose.yaml has them."""
    file = podman.directory / "policy-config.yaml"
    file.write_text(yaml.safe_dump(config))
    file.chmod(0o644)
    podman.directory.chmod(0o755)
    for name in COMPONENTS:
        service = services[f"portcullis-{name}"]
        made = f"{podman.prefix}-{name}"
        options = ["--name", made, "--network", "podman", "--ip", podman.addresses[name], "--memory", service["mem_limit"]]
        for peer, address in podman.addresses.items():
            options += ["--add-host", f"portcullis-{peer}:{address}"]
        options += [f"--add-host=portcullis-{database}:{HOST}" for database in ("postgresql", "redis")]
        options += ["--read-only"] if service["read_only"] else []
        options += [f"--cap-drop={c}" for c in service["cap_drop"]]
        options += [f"--security-opt={o.replace(':true', '')}" for o in service["security_opt"]]
        options += [f"--stop-timeout={service['stop_grace_period'].removesuffix('s')}"]
        for key, value in service["environment"].items():
            options += ["--env", f"{key}={SECRETS[key] if value.startswith('${') else value}"]
        for volume in service["volumes"]:
            source, target = volume.split(":", 1)
            if source.startswith("."):
                assert (DEPLOY / source).exists()
                source = file
            else:
                source = f"{made}-{source}"
                podman.later("volume", "rm", "-f", source)
            options += ["--volume", f"{source}:{target}"]
        podman.later("rm", "-f", "-t", "0", made)
        podman("run", "--detach", *options, IMAGE, *service["command"])
        yield made
