"""Starts the real programs for a test and stops them, whatever happens.

A Stack is the gateway in one of its two forms, one process or four, with a provider simulator behind it. Every
port is picked by the system; processes tell theirs in their log line "listening".
"""

import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

BIN = pathlib.Path(os.environ["PORTCULLIS_BIN"])
DEADLINE = 60.0

FORMS = ("all-in-one", "suite")

CHAIN = """\
pack:
  name: e2e
  version: 1.0.0
  enabled: true
policies:
  chain: [prompt-injection, pii-detector, safety-filter, audit-logger]
policy:
  prompt-injection: {threshold: 0.8, action: block}
  pii-detector: {action: redact}
  safety-filter: {mode: strict, action: block}
  audit-logger: {retention_days: 365}
"""


def providers(sim, targets=None, extra=""):
    """The providers block for targets given as dicts (default: one Mistral target at the simulator)."""
    lines = ["providers:"]
    for line in extra.splitlines():
        lines.append("  " + line)
    lines.append("  targets:")
    for target in targets or [{"id": "mistral-large", "provider": "mistral", "model": "mistral-large-latest"}]:
        target = {"base_url": sim.url + "/v1", "secret_key_ref": "{env: TEST_PROVIDER_KEY}", **target}
        for index, (key, value) in enumerate(target.items()):
            lines.append(("  - " if index == 0 else "    ") + f"{key}: {value}")
    return "\n".join(lines) + "\n"


def portcullis(*words, **more):
    """The command line program, run to its end; `more` is subprocess.run's."""
    return subprocess.run([BIN / "portcullis", *map(str, words)], capture_output=True,
                          **{"text": True, "timeout": DEADLINE, **more})


def wait_for(condition, what, deadline=DEADLINE, pause=0.01):
    """Polls until the condition is true, each `pause` seconds; what it returned is returned."""
    end = time.monotonic() + deadline
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what}")
        time.sleep(pause)


def metric_in(page, name, **labels):
    """The sum of a metric over the series of a page that carry these labels."""
    found = [line for line in page.splitlines() if line.startswith((name + "{", name + " "))]
    return sum(float(line.rsplit(" ", 1)[1]) for line in found
               if all(f'{key}="{value}"' in line for key, value in labels.items()))


class Process:
    """A program under test. Its log is kept and read as it comes."""

    def __init__(self, name, args, env=None):
        self.name = name
        self.lines = []
        self._arrived = queue.Queue()
        full_env = {"PATH": os.environ["PATH"], "TEST_PROVIDER_KEY": "test-provider-key", **(env or {})}
        self.popen = subprocess.Popen(
            [str(a) for a in args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=full_env
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.popen.stdout:
            self.lines.append(line)
            self._arrived.put(line)
        self._arrived.put(None)

    def wait_line(self, predicate, what):
        end = time.monotonic() + DEADLINE
        while True:
            try:
                line = self._arrived.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{self.name}: no line for: {what}\n" + self.log())
            if line is None:
                raise AssertionError(f"{self.name} ended before: {what}\n" + self.log())
            found = predicate(line)
            if found:
                return found

    def listening(self):
        """The addresses of the log line that says so: {"http": "127.0.0.1:1", "grpc": ..., "admin": ...}."""

        def parse(line):
            if not line.startswith("{"):
                return None
            entry = json.loads(line)
            return entry if entry.get("msg") == "listening" else None

        return self.wait_line(parse, "its addresses")

    def log(self):
        return "".join(self.lines)

    def kill(self, sig=signal.SIGKILL):
        if self.popen.poll() is None:
            self.popen.send_signal(sig)

    def stop(self, sig=signal.SIGTERM):
        self.kill(sig)
        try:
            code = self.popen.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            raise AssertionError(f"{self.name} did not end after {sig!r}\n" + self.log())
        self._reader.join(DEADLINE)
        return code


class Simulator:
    def __init__(self, *args):
        self.process = Process("sim", [BIN / "portcullis", "sim", "--listen", "127.0.0.1:0", *args])
        self.url = self.process.wait_line(
            lambda line: line.split("listening on ")[1].split("/v1")[0].strip() if "listening on " in line else None,
            "its address",
        )

    def requests(self):
        return json.load(urllib.request.urlopen(self.url + "/sim/requests"))["requests"]

    def bodies(self):
        return [json.loads(r["body"]) for r in self.requests() if r["method"] == "POST" and r["path"].endswith("completions")]

    def stats(self):
        return json.load(urllib.request.urlopen(self.url + "/sim/stats"))

    def script(self, *faults):
        """Faults for the next calls, one each."""
        data = json.dumps(list(faults)).encode()
        urllib.request.urlopen(urllib.request.Request(self.url + "/sim/script", data=data, method="POST")).read()

    def reset(self):
        urllib.request.urlopen(urllib.request.Request(self.url + "/sim/reset", data=b"", method="POST")).read()

    def stop(self):
        self.process.stop()


class Redis:
    """A redis-server without files, on a free port of the loopback."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = Process("redis", ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "",
                                         "--appendonly", "no"])
        self.process.wait_line(lambda line: "Ready to accept connections" in line, "its readiness")
        self.address = f"127.0.0.1:{self.port}"

    def stop(self):
        self.process.stop(signal.SIGKILL)


class Postgres:
    """A PostgreSQL cluster of its own in a folder, reached by a socket there and at `address`, that asks for a
    password."""

    PASSWORD = "pg-Passw0rd-of-the-test"

    def __init__(self, address=""):
        self.address = address
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pc-postgres-"))  # short: a socket lies in it
        self.programs = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        # PostgreSQL does not run as root.
        self.user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        (self.folder / "password").write_text(self.PASSWORD)
        if self.user:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run("initdb", "--no-sync", "--auth=scram-sha-256", "--username=portcullis",
                  f"--pwfile={self.folder}/password", "-D", self.folder / "data")
        self.connection = f"host={self.folder} user=portcullis dbname=postgres"
        self.start()

    def _run(self, program, *args):
        done = subprocess.run([self.programs / program, *map(str, args)], cwd=self.folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, timeout=120, **self.user)
        assert done.returncode == 0, done.stderr

    def start(self):
        self._run("pg_ctl", "start", "-w", "-D", self.folder / "data", "-l", self.folder / "log",
                  "-o", f"-k {self.folder} -c listen_addresses={self.address} -c fsync=off")

    def close(self):
        self.stop()
        shutil.rmtree(self.folder)

    def stop(self, mode="immediate"):
        self._run("pg_ctl", "stop", "-w", "-m", mode, "-D", self.folder / "data")


class Stack:
    """The gateway under test."""

    def __init__(self, form, directory, config, env=None, flags=(), process_flags=None):
        self.form = form
        self.directory = pathlib.Path(directory)
        self.config = config
        self.env = env or {}
        self.flags = list(flags)
        self.process_flags = process_flags or {}  # by the name of the process
        self.prefixes = {}  # words before its command, by the name of the process
        self.processes = {}
        self.addresses = {}

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *unused):
        self.close()

    @property
    def state_dir(self):
        return self.directory / "state"

    @property
    def config_file(self):
        return self.directory / "policy-config.yaml"

    @property
    def place(self):
        """Flags of commands that read what it keeps."""
        return ["--policy-config", self.config_file, "--state-dir", self.state_dir]

    def start(self):
        self.state_dir.mkdir(parents=True, exist_ok=True)
        if self.form == "all-in-one":
            self.config_file.write_text(self.config)
            self.start_process("gateway")
        else:
            for name in ("audit", "policy", "router", "edge"):
                self.start_process(name)

    def start_process(self, name):
        """Starts one process, on the ports it had before if it is started again."""
        known = self.addresses.get(name, {})
        args = [BIN / "portcullis", "gateway", "run"] if name == "gateway" else [BIN / f"portcullis-{name}"]
        self.config_file.write_text(self._with_peers())
        args += ["--policy-config", self.config_file, "--state-dir", self.state_dir]
        for flag, key in (("--listen", "http"), ("--grpc-listen", "grpc"), ("--admin-listen", "admin")):
            if flag == "--listen" and name not in ("gateway", "edge"):
                continue
            args += [flag, known.get(key, "127.0.0.1:0")]
        args = self.prefixes.get(name, []) + args
        process = Process(name, args + self.flags + self.process_flags.get(name, []), self.env)
        self.processes[name] = process
        self.addresses[name] = process.listening()

    def _with_peers(self):
        """The configuration with the addresses of the services that have started."""
        known = [p for p in ("audit", "policy", "router") if p in self.addresses]
        if self.form == "all-in-one" or not known:
            return self.config
        peers = "gateway:\n  peers:\n" + "".join(f"    {p}: {self.addresses[p]['grpc']}\n" for p in known)
        if "\ngateway:\n" in self.config:
            return self.config.replace("\ngateway:\n", "\n" + peers)
        return self.config + peers

    @property
    def front(self):
        return "gateway" if self.form == "all-in-one" else "edge"

    @property
    def base_url(self):
        return f"http://{self.addresses[self.front]['http']}/v1"

    @property
    def http_address(self):
        host, port = self.addresses[self.front]["http"].rsplit(":", 1)
        return host, int(port)

    def admin(self, path, name=None):
        return urllib.request.urlopen(f"http://{self.addresses[name or self.front]['admin']}{path}").read().decode()

    def wait_ready(self, name=None):
        """Until a process says that it is ready; its peers connect after the start."""

        def ready():
            try:
                return self.admin("/readyz", name)
            except urllib.error.HTTPError:
                return None

        assert json.loads(wait_for(ready, "readiness"))["status"] == "ready"

    def metric(self, name, process=None, **labels):
        """The sum of a metric over the processes, or at one, and over all series that carry these labels."""
        return sum(metric_in(self.admin("/metrics", p), name, **labels) for p in ([process] if process else self.processes))

    def records(self):
        """All audit records, as `portcullis events export` gives them."""
        done = portcullis("events", "export", *self.place, "--format", "json", "--output", "-", check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def record(self, request_id):
        """The one record of a request, once it is there."""
        found = wait_for(
            lambda: [r for r in self.records() if r["request_id"] == request_id and r["outcome"]],
            f"a record of {request_id}",
        )
        assert len(found) == 1, found
        return found[0]

    def stop(self):
        """A polite end of every process; returns their exit codes by name."""
        codes = {}
        for name in reversed(list(self.processes)):
            codes[name] = self.processes.pop(name).stop()
        return codes

    def close(self):
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.stop(signal.SIGKILL)
        self.processes.clear()


def chat(text, **more):
    return {"model": "mistral-large-latest", "messages": [{"role": "user", "content": text}], **more}
