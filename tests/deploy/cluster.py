"""The suite as the manifests describe it, without containers: each pod is the program of its container with an
address of its own on the loopback (127.x.y.n), on the ports of the manifests. What a cluster does around pods is
here, too: names that stand for the addresses of ready pods, a balancer for the Service of HTTP clients, rollouts.

Names are resolved by the programs as ever; libnss_wrapper reads them from a file instead of asking a server.
"""

import contextlib
import itertools
import os
import random
import shutil
import socket
import socketserver
import threading
import time
import urllib.error
import urllib.request

import yaml

from harness import BIN, Postgres, Process, metric_in, wait_for
from paths import tool

ADMIN = {"gateway": 41009, "edge": 41009, "policy": 41019, "router": 41029, "audit": 41039}
GRPC = {"gateway": 41003, "edge": 41003, "policy": 41011, "router": 41021, "audit": 41031}
HTTP = 41002
PRE_STOP = 3.0  # instead of the manifests' 10 s; names are resolved again every 2 s
FRONT_PRE_STOP = 1.0  # of those whom nobody finds by a name: the balancer forgets them at once


class Names:
    """The cluster's DNS: a name for the ready pods of each component, as a headless Service has."""

    def __init__(self, path):
        self.path = path
        self._ready = {}  # name of the Service: addresses
        self._lock = threading.Lock()
        self._version = 0
        self._write()

    def add(self, name, address):
        with self._lock:
            self._ready.setdefault(name, []).append(address)
            self._write()

    def remove(self, name, address):
        with self._lock:
            if address in self._ready.get(name, []):
                self._ready[name].remove(address)
            self._write()

    def addresses(self, name):
        with self._lock:
            return list(self._ready.get(name, []))

    def _write(self):
        lines = [f"{address} {name}\n" for name, ready in self._ready.items() for address in ready]
        fresh = self.path.with_suffix(".new")
        fresh.write_text("127.0.0.1 localhost\n" + "".join(lines))
        # The wrapper looks at whole seconds of this time to see a change.
        self._version += 1
        os.utime(fresh, (self._version, self._version))
        fresh.rename(self.path)

    def environment(self):
        return {
            "LD_PRELOAD": str(tool("libnss_wrapper.so")),
            "NSS_WRAPPER_HOSTS": str(self.path),
            "GRPC_DNS_RESOLVER": "native",  # its other one asks a name server
        }


class Balancer(socketserver.ThreadingTCPServer):
    """A Service with an address: each new connection goes to a ready pod; those it has stay where they are."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, names, name, port):
        self.names, self.name, self.port = names, name, port
        super().__init__(("127.0.0.1", 0), None)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):
        addresses = self.names.addresses(self.name)
        if not addresses:
            return
        with socket.create_connection((random.choice(addresses), self.port)) as upstream:
            for connection in (request, upstream):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=_copy, args=(upstream, request), daemon=True)
            back.start()
            _copy(request, upstream)
            back.join()

    def handle_error(self, *unused):
        """A pod that does not answer is the client's to notice."""

    def stop(self):
        self.shutdown()
        self.server_close()


def _copy(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class Pod:
    """One running pod: its container's program, with what the manifest mounts."""

    def __init__(self, cluster, component, name, state_dir):
        self.cluster, self.component, self.name = cluster, component, name
        self.address = cluster.next_address()
        [container] = cluster.templates[component]["spec"]["containers"]
        program, *arguments = container["command"]
        folders = self._mounted(container)
        arguments = [self._on_this_machine(a, folders) for a in arguments]
        listens = {"--grpc-listen": GRPC[component], "--admin-listen": ADMIN[component]}
        if component in ("edge", "gateway"):
            listens["--listen"] = HTTP
        for flag, port in listens.items():
            arguments += [flag, f"{self.address}:{port}"]
        state_dir.mkdir(parents=True, exist_ok=True)
        self.process = Process(
            self.name,
            [BIN / program.rsplit("/", 1)[1], *arguments, "--state-dir", state_dir],
            cluster.environment_of(component),
        )

    def _mounted(self, container):
        """Folders of this machine by the paths where the container has them: its ConfigMap and its certificate."""
        volumes = {v["name"]: v for v in self.cluster.templates[self.component]["spec"]["volumes"]}
        folders = {}
        for mount in container["volumeMounts"]:
            volume = volumes.get(mount["name"], {})
            if "configMap" in volume:
                folders[mount["mountPath"]] = self.cluster.write_config(self.name).parent
            elif "secret" in volume:
                folders[mount["mountPath"]] = self.cluster.secret_folders[volume["secret"]["secretName"]]
        return folders

    @staticmethod
    def _on_this_machine(argument, folders):
        folder, _, file = argument.rpartition("/")
        return str(folders[folder] / file) if folder in folders else argument

    def get(self, path):
        return (
            urllib.request.urlopen(f"http://{self.address}:{ADMIN[self.component]}{path}", timeout=10)
            .read()
            .decode()
        )

    def ready(self):
        assert self.process.popen.poll() is None, f"{self.name} ended\n" + self.process.log()
        try:
            return self.get("/readyz")
        except (urllib.error.URLError, OSError):
            return None

    def metric(self, name):
        """The sum of a metric's series."""
        return metric_in(self.get("/metrics"), name)

    def publish(self):
        wait_for(self.ready, f"{self.name} to be ready")
        self.cluster.names.add(self.cluster.service_of(self.component), self.address)

    def withdraw(self):
        self.cluster.names.remove(self.cluster.service_of(self.component), self.address)

    def end(self):
        """As a kubelet does it: out of the endpoints, preStop, SIGTERM; the program must end by itself."""
        self.withdraw()
        time.sleep(FRONT_PRE_STOP if self.component in ("edge", "gateway") else self.cluster.pre_stop)
        code = self.process.stop()
        assert code == 0, f"{self.name} ended with {code}\n" + self.process.log()
        return self


class Cluster:
    """The pods of an overlay's manifests. `config` is what the ConfigMap holds, as a dict."""

    def __init__(self, directory, templates, config, pre_stop=PRE_STOP):
        self.directory, self.templates, self.config = directory, templates, config
        self.pre_stop = pre_stop
        self.secrets = {"portcullis-providers": {"MISTRAL_API_KEY": "the-key"}}  # by name: environment variables
        self.secret_folders = {}  # by name: where the files are
        self.pods = {}  # name: Pod
        self.ended = []
        directory.mkdir(parents=True, exist_ok=True)
        self.names = Names(directory / "hosts")
        self._subnet = f"127.{random.randrange(2, 250)}.{random.randrange(2, 250)}"
        self._numbers = itertools.count(1)
        self._serial = itertools.count(1)
        front = "portcullis-gateway" if "gateway" in templates else "portcullis-edge"
        self.balancer = Balancer(self.names, front, HTTP)

    @property
    def http_address(self):
        return self.balancer.server_address

    def next_address(self):
        return f"{self._subnet}.{next(self._numbers)}"

    def service_of(self, component):
        return f"portcullis-{component}"

    def write_config(self, pod):
        """What the pod's ConfigMap is mounted as; it keeps it, whatever later pods get."""
        file = self.directory / "config" / pod / "policy-config.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(self.config, sort_keys=False))
        return file

    def environment_of(self, component):
        """How a component's programs find names, and the keys of its Secrets."""
        [container] = self.templates[component]["spec"]["containers"]
        keys = {}
        for source in container.get("envFrom", []):
            keys |= self.secrets[source["secretRef"]["name"]]
        return {**self.names.environment(), **keys}

    def of(self, component):
        return [pod for pod in self.pods.values() if pod.component == component]

    def start(self, component, name=None):
        """A pod with an emptyDir; given its name, one of a StatefulSet, with the volume of the one before."""
        kept = name is not None
        name = name or f"portcullis-{component}-{next(self._serial)}"
        state = self.directory / "volumes" / name
        if not kept:
            shutil.rmtree(state, ignore_errors=True)
        pod = self.pods[name] = Pod(self, component, name, state)
        return pod

    def bring_up(self, replicas):
        for component, count in replicas.items():
            for number in range(count):
                durable = component in ("edge", "audit", "gateway")
                self.start(component, f"portcullis-{component}-{number}" if durable else None)
        for pod in list(self.pods.values()):
            pod.publish()

    def retire(self, pod):
        """Ends a pod on a thread of its own, which is returned."""
        del self.pods[pod.name]
        self.ended.append(pod)
        return _run(pod.end)

    def roll_deployment(self, component):
        """maxSurge 1, maxUnavailable 0: an old pod goes when a new one is ready; those that go do not count."""
        leaving = []
        for old in self.of(component):
            self.start(component).publish()
            leaving.append(self.retire(old))
        return leaving

    def roll_stateful_set(self, component):
        """One after the other, from the last, each under its name and on its volume again."""
        for old in sorted(self.of(component), key=lambda pod: pod.name, reverse=True):
            self.retire(old).result()
            self.start(component, old.name).publish()

    def close(self):
        self.balancer.stop()
        for pod in [*self.pods.values(), *self.ended]:
            pod.process.kill()
        self.pods.clear()


class Store(Postgres):
    """PostgreSQL as production has it: reached by TCP, with a database of its own."""

    def __init__(self, address, clients=None):
        super().__init__(address)
        if clients:  # a network besides this machine
            with (self.folder / "data" / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {clients} scram-sha-256\n")
            self.stop("fast")
            self.start()
        owner = f"{self.connection} password={self.PASSWORD}"
        self._run("createdb", "--maintenance-db", owner, "--host", self.folder, "portcullis")


class Running:
    """A function on a thread; its failure is the one who asks for the result's."""

    def __init__(self, function):
        self._function, self._error = function, None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            self._value = self._function()
        except BaseException as error:
            self._error = error

    def result(self):
        self._thread.join()
        if self._error:
            raise self._error
        return self._value


def _run(function):
    return Running(function)
