"""Rollouts under load: constant requests and streams while each service in turn is restarted, with a changed
configuration, the way a cluster does it. No request may fail, and each leaves its audit record.
"""

import collections
import http.client
import json
import signal
import threading
import time

from cluster import Store
from harness import Process, chat, portcullis, wait_for
from raw import Reader, connect, head
from test_kubernetes import of_kind, overlay

REPLICAS = {"audit": 1, "policy": 2, "router": 2, "edge": 2}
MAIL = "bob@example.org"
WORDS = "Each of these words leaves by itself, so that the stream lasts. " * 4
PLAIN_CLIENTS, STREAM_CLIENTS = 4, 6
TOKENS_PER_SECOND = 20  # of the simulator: a stream lasts some seconds, longer than a pod waits before it drains


class Load:
    """Clients that never pause. Half of them keep their connections, half open one for each request. As the pools
    of the SDKs do, they send a request again that met a kept connection which was just being closed.
    """

    def __init__(self, cluster, plain=PLAIN_CLIENTS, streams=STREAM_CLIENTS):
        self.cluster, self.begun = cluster, time.monotonic()
        self.failures, self.answers = [], collections.Counter()
        self.ids = set()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(kind, number % 2 == 0), daemon=True)
            for kind, count in (("plain", plain), ("stream", streams))
            for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, kind, keep):
        client = Client(self.cluster.http_address, keep)
        while not self._stop.is_set():
            asked = time.monotonic()
            try:
                answer = client.ask(body_of(kind))
                check(kind, answer)
                self.ids.add(answer.request_id)
                self.answers[kind] += 1
            except Exception as error:  # whatever it is, the client was not served
                when = [round(t - self.begun, 2) for t in (asked, time.monotonic())]
                self.failures.append((kind, keep, when, repr(error)))
                client.close()
        self.answers["sent again"] += client.again
        client.close()

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()


class Client:
    """One connection at a time, kept or not."""

    def __init__(self, address, keep):
        self.address, self.keep = address, keep
        self.again = 0
        self._connection = None

    def ask(self, body):
        if self._connection is not None:
            try:
                return self._exchange(body)
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.again += 1
                self.close()
        self._connection = connect(self.address)
        self._reader = Reader(self._connection)
        return self._exchange(body)

    def _exchange(self, body):
        self._connection.sendall(head(body) + body)
        answer = self._reader.answer()
        if not self.keep or answer.headers.get("connection") == "close":
            self.close()
        return answer

    def close(self):
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def body_of(kind):
    text = f"say: {WORDS if kind == 'stream' else 'hello'} {MAIL} and some more"
    return json.dumps(chat(text, stream=kind == "stream")).encode()


def check(kind, answer):
    assert answer.status == 200, (answer.status, answer.body[:300])
    assert answer.whole, answer.body[-300:]
    assert MAIL.encode() not in answer.body
    if kind == "stream":
        assert answer.events()[-1] == "[DONE]", answer.body[-300:]
        assert answer.text().endswith("and some more"), answer.text()[-100:]
    else:
        assert answer.json()["choices"][0]["message"]["content"].endswith("and some more")


def recorded(cluster):
    """Ids of the requests in the store of the audit service, as they are seen in its pod."""
    [audit] = cluster.of("audit")
    place = ["--state-dir", cluster.directory / "volumes" / audit.name, "--policy-config", cluster.write_config(audit.name)]
    keys = cluster.environment_of(audit.component)
    done = portcullis("events", "export", *place, "--format", "json", "--output", "-", check=True, env=keys)
    return collections.Counter(json.loads(line)["request_id"] for line in done.stdout.splitlines())


def wait_until_recorded(cluster, load):
    """Each request of the load has exactly one record. (The gauge of what waits in spools lags behind a batch that hangs.)"""
    wanted = collections.Counter(load.ids)
    wait_for(lambda: recorded(cluster).keys() >= wanted.keys(), "a record of each request")
    assert recorded(cluster) == wanted


def test_no_request_fails_while_each_service_is_rolled_and_the_configuration_changes(make_cluster):
    cluster = make_cluster(REPLICAS, simulator=["--tokens-per-second", TOKENS_PER_SECOND])
    load = Load(cluster)
    try:
        wait_for(lambda: load.answers["stream"] >= STREAM_CLIENTS, "the load to flow")
        cluster.config["pack"]["version"] = "1.0.1"
        cluster.config["policy"]["prompt-injection"]["threshold"] = 0.7
        leaving = cluster.roll_deployment("policy") + cluster.roll_deployment("router")
        cluster.roll_stateful_set("edge")
        cluster.roll_stateful_set("audit")
        for pod in leaving:
            pod.result()
        enough = load.answers["stream"] + STREAM_CLIENTS
        wait_for(lambda: load.answers["stream"] >= enough, "streams through the new pods alone")
    finally:
        load.stop()
    if load.failures:  # pytest shows it then
        for pod in [*cluster.ended, *cluster.pods.values()]:
            print(pod.name, pod.address, *pod.process.lines[-12:], sep="\n")
    assert load.failures == [], load.answers
    assert load.answers["sent again"] == 0, load.answers
    assert len(cluster.ended) == sum(REPLICAS.values())
    for pod in cluster.pods.values():
        assert json.loads(pod.get("/config"))["pack"]["version"] == "1.0.1"
    wait_until_recorded(cluster, load)


def test_replicas_share_the_requests_and_a_dead_one_takes_only_those_it_had(make_cluster):
    cluster = make_cluster({"audit": 1, "policy": 3, "router": 1, "edge": 1})
    load = Load(cluster, plain=8, streams=4)
    try:
        wait_for(lambda: sum(load.answers.values()) > 300, "requests")
        shares = [pod.metric("portcullis_policy_scanned_bytes_total") for pod in cluster.of("policy")]
        assert max(shares) < 1.5 * min(shares), shares
        dead = cluster.of("policy")[0]
        dead.process.kill(signal.SIGKILL)
        enough = sum(load.answers.values()) + 100
        wait_for(lambda: sum(load.answers.values()) > enough, "requests without it")
        lost = len(load.failures)
        dead.withdraw()
        del cluster.pods[dead.name]
        fresh = cluster.start("policy")
        fresh.publish()
        wait_for(lambda: fresh.metric("portcullis_policy_scanned_bytes_total") > 0, "a request at the new one", 5)
    finally:
        load.stop()
    # An exchange belongs to its replica: what that one had begun ends in a typed error. All else is served.
    assert len(load.failures) == lost <= 12, load.failures
    assert all("policy_unavailable" in failure for *_, failure in load.failures), load.failures


def test_routers_of_production_share_their_state(make_cluster):
    """Redis with the arguments of its container, from the Secret that the routers have, too."""
    cluster = make_cluster({}, name="production")
    [container] = [
        w["spec"]["template"]["spec"]["containers"][0]
        for w in of_kind(overlay("production"), "Deployment")
        if w["metadata"]["name"] == "portcullis-redis"
    ]
    secret = {"REDIS_PASSWORD": "the-password"}
    address = cluster.next_address()
    arguments = [a.replace("$(REDIS_PASSWORD)", secret["REDIS_PASSWORD"]) for a in container["args"]]
    redis = Process("redis", [*container["command"], *arguments, "--bind", address])
    try:
        redis.wait_line(lambda line: "Ready to accept connections" in line, "its readiness")
        cluster.names.add("portcullis-redis", address)
        cluster.secrets["portcullis-redis"] = secret
        cluster.bring_up({"router": 2})
        for pod in cluster.of("router"):
            wait_for(lambda: pod.metric("portcullis_shared_state_up") == 1, "the shared state")
    finally:
        redis.stop()
    for pod in cluster.of("router"):
        wait_for(lambda: pod.metric("portcullis_shared_state_up") == 0, "its loss to be told")
        assert "ready" in pod.ready()


def test_audits_of_production_share_a_store_and_one_may_die(make_cluster):
    cluster = make_cluster({}, name="production")
    cluster.secrets["portcullis-postgresql"] = {"AUDIT_DATABASE_PASSWORD": Store.PASSWORD}
    cluster.secrets["portcullis-redis"] = {"REDIS_PASSWORD": "of a Redis that is away"}
    store = Store(cluster.next_address())
    try:
        cluster.names.add("portcullis-postgresql", store.address)
        cluster.bring_up({"audit": 2, "policy": 1, "router": 1, "edge": 2})
        load = Load(cluster, plain=4, streams=2)
        wait_for(lambda: load.answers["stream"] >= 4, "requests")
        for pod in cluster.of("audit"):
            assert "ready" in pod.ready()
        dead = cluster.of("audit")[0]
        dead.process.kill(signal.SIGKILL)
        dead.withdraw()
        del cluster.pods[dead.name]
        enough = sum(load.answers.values()) + 50
        wait_for(lambda: sum(load.answers.values()) > enough, "requests without it")
        load.stop()
        assert load.failures == []
        wait_until_recorded(cluster, load)
    finally:
        store.close()
