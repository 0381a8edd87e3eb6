"""What is measured: nginx as a plain proxy, and the gateway in its two forms with policies on and off."""

import socket
import time
import urllib.request

from load.processes import DEADLINE, Failure, Process

CHAINS = {
    "on": "[prompt-injection, pii-detector, safety-filter, audit-logger]",
    "off": "[audit-logger]",
}

CONFIG = """\
pack: {{name: bench, version: 1.0.0, enabled: true}}
policies:
  chain: {chain}
policy:
  prompt-injection: {{threshold: 0.8, action: block}}
  pii-detector: {{action: redact}}
  safety-filter: {{mode: strict, action: block}}
  audit-logger: {{retention_days: 365}}
providers:
{routing}  targets:
{targets}"""

TARGET = """\
  - id: mistral-large{name}
    provider: mistral
    model: mistral-large-latest
    base_url: http://{upstream}/v1
    secret_key_ref: {{env: BENCH_PROVIDER_KEY}}
"""

# For `bench/run --routing`: three targets, of which `single` uses the first with nothing around it. What "all" has on
# by default (retry, breaker) is written out.
ROUTING = {
    "single": """\
  strategy: single
  retry: {max_attempts: 1}
  fallback: {enabled: false}
  circuit_breaker: {enabled: false}
""",
    "all": """\
  strategy: latency
  retry: {max_attempts: 3}
  fallback: {enabled: true}
  circuit_breaker: {enabled: true}
""",
}
PROBE = "    health_probe: {enabled: true, interval_seconds: 1, timeout_seconds: 1}\n"


# For `bench/run --tracing`: of how many requests spans are exported. Each makes six.
TRACED = {"untraced": None, "tenth": 0.1, "traced": 1}


def tracing(variant, collector):
    if TRACED.get(variant) is None:
        return ""
    return f"tracing: {{endpoint: http://{collector}, sample_ratio: {TRACED[variant]}}}\n"


def targets(upstream, variant):
    if variant not in ROUTING:
        return TARGET.format(name="", upstream=upstream)
    more = PROBE if variant == "all" else ""
    return "".join(TARGET.format(name=f"-{i}", upstream=upstream) + more for i in (1, 2, 3))


# Bodies stay in memory, connections to the upstream stay open, nothing is written.
NGINX = """\
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  client_max_body_size 32m;
  client_body_buffer_size 1m;
  keepalive_requests 1000000000;
  tcp_nodelay on;
  upstream mock {{
    server {upstream};
    keepalive 256;
    keepalive_requests 1000000000;
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }}
  }}
  server {{
    listen 127.0.0.1:{stream_port};
    location / {{
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }}
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def poll(condition, what):
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"not within {DEADLINE} s: {what}")
        time.sleep(0.001)


class Direct:
    """No proxy: the load goes straight to the upstream. The base of what a proxy adds."""

    name = "direct"
    processes = {}
    ready_seconds = {}

    def __init__(self, upstream):
        self.address = self.stream_address = upstream

    def stop(self):
        pass


class Nginx:
    name = "nginx"

    def __init__(self, core, directory, upstream):
        directory.mkdir(parents=True)
        port = free_port()
        stream_port = free_port()
        self.address = f"127.0.0.1:{port}"
        self.stream_address = f"127.0.0.1:{stream_port}"
        file = directory / "nginx.conf"
        file.write_text(NGINX.format(directory=directory, upstream=upstream, port=port, stream_port=stream_port))
        process = Process("nginx", core, ["nginx", "-p", directory, "-e", "stderr", "-c", file])
        self.processes = {"nginx": process}
        poll(lambda: accepts(port), "nginx accepts connections")
        self.ready_seconds = {"nginx": time.monotonic() - process.started_at}

    def stop(self):
        self.processes["nginx"].stop()


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Gateway:
    """form: "all-in-one" or "suite"; policies: "on" or "off"; variant: a key of ROUTING or TRACED, or "" for one target
    without more."""

    def __init__(self, form, policies, bin_dir, core, directory, upstream, variant="", collector=""):
        self.name = variant or f"{form} {policies}"
        self._bin, self._core, self._directory = bin_dir, core, directory
        self._config = CONFIG.format(chain=CHAINS[policies], routing=ROUTING.get(variant, ""),
                                     targets=targets(upstream, variant)) + tracing(variant, collector)
        self.processes, self.ready_seconds, self._addresses = {}, {}, {}
        (directory / "state").mkdir(parents=True)
        begin = time.monotonic()
        try:
            for name in ["gateway"] if form == "all-in-one" else ["audit", "policy", "router", "edge"]:
                self._start(name)
        except BaseException:
            self.stop()
            raise
        self.ready_seconds["all"] = time.monotonic() - begin
        self.address = self._addresses["gateway" if form == "all-in-one" else "edge"]["http"]
        self.stream_address = self.address

    def _start(self, name):
        file = self._directory / f"{name}.yaml"
        file.write_text(self._config + self._peers())
        args = [self._bin / "portcullis", "gateway", "run"] if name == "gateway" else [self._bin / f"portcullis-{name}"]
        args += ["--policy-config", file, "--state-dir", self._directory / "state", "--workers", "1"]
        args += ["--grpc-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]
        if name in ("gateway", "edge"):
            args += ["--listen", "127.0.0.1:0"]
        process = Process(name, self._core, args, {"BENCH_PROVIDER_KEY": "bench-key"})
        self.processes[name] = process
        self._addresses[name] = process.listening()
        poll(lambda: ready(self._addresses[name]["admin"]), f"{name} is ready")
        self.ready_seconds[name] = time.monotonic() - process.started_at

    def _peers(self):
        peers = {k: v["grpc"] for k, v in self._addresses.items()}
        if not peers:
            return ""
        return "gateway:\n  peers:\n" + "".join(f"    {k}: {v}\n" for k, v in peers.items())

    def stop(self):
        for process in reversed(list(self.processes.values())):
            process.stop()


def ready(admin):
    try:
        return urllib.request.urlopen(f"http://{admin}/readyz", timeout=5).status == 200
    except OSError:
        return False
