"""gRPC between the services under mutual TLS: who may call whom, and certificates that change while it runs."""

import datetime
import json
import socket
import ssl
import subprocess
import time
import urllib.error

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from certificates import Authority, flags
from harness import BIN, CHAIN, DEADLINE, Stack, chat, portcullis, providers, wait_for
from raw import send
from traffic import Traffic, served

SERVICES = ("edge", "policy", "router", "audit")
LANE = "/portcullis.{0}.v1.{1}Service/Lane"
LIST_TARGETS = "/portcullis.router.v1.RouterService/ListTargets"
CHECK = "/portcullis.policy.v1.PolicyService/Check"
APPEND = "/portcullis.audit.v1.AuditService/Append"
STATS = "/portcullis.audit.v1.AuditService/Stats"
COMPLETE = "/portcullis.edge.v1.EdgeService/Complete"


class Suite:
    """Four processes, each with its certificate."""

    def __init__(self, directory, sim, config="", names=None):
        self.authority = Authority(directory)
        self.folders = {}
        for service in SERVICES:
            self.folders[service] = self.authority.issue(
                directory / service, (names or {}).get(service, [f"DNS:portcullis-{service}"]))
        self.stack = Stack("suite", directory / "stack", CHAIN + providers(sim) + config,
                           process_flags={name: flags(folder) for name, folder in self.folders.items()})


@pytest.fixture(scope="module")
def suite(tmp_path_factory, shared_sim):
    made = Suite(tmp_path_factory.mktemp("tls"), shared_sim)
    with made.stack:
        made.stack.wait_ready("edge")
        yield made


def channel(address, service, folder=None):
    """A channel as the holder of the folder's certificate, or as somebody without one."""
    def read(name):
        return (folder / name).read_bytes()

    if folder is None:
        return grpc.insecure_channel(address)
    credentials = grpc.ssl_channel_credentials(read("ca.crt"), read("tls.key"), read("tls.crt"))
    return grpc.secure_channel(address, credentials, [("grpc.ssl_target_name_override", f"portcullis-{service}")])


def call(stack, service, method, folder, request=b""):
    """The status of an RPC, and its message."""
    with channel(stack.addresses[service]["grpc"], service, folder) as made:
        try:
            if method.endswith(("Lane", "Append")):
                for _ in made.stream_stream(method)(iter([request]), timeout=DEADLINE):
                    pass
            else:
                made.unary_unary(method)(request, timeout=DEADLINE)
        except grpc.RpcError as error:
            return error.code(), error.details()
    return grpc.StatusCode.OK, ""


def entries(process, message):
    return [e for e in (json.loads(line) for line in process.lines if line.startswith("{")) if e["msg"] == message]


def test_requests_pass_and_the_start_says_that_it_is_encrypted(suite):
    for stream in (False, True):
        answer = send(suite.stack, chat("hello", stream=stream))
        assert answer.status == 200 and served(answer)
    for name in SERVICES:
        told = entries(suite.stack.processes[name], "tls")
        assert [entry["mode"] for entry in told] == ["mutual"], told
        assert told[0]["names"] == f"portcullis-{name}"
    in_a_day = suite.stack.metric("portcullis_tls_certificate_expiry_timestamp_seconds", certificate="own") / 4 - time.time()
    assert 80_000 < in_a_day < 86_500


def test_a_call_needs_the_certificate_of_one_who_may_make_it(suite, tmp_path):
    def issue(name):
        return suite.authority.issue(tmp_path / name, [f"DNS:{name}"])

    mine = suite.folders
    client, operator, stranger = issue("portcullis-client"), issue("portcullis-operator"), issue("portcullis-nobody")
    may = {
        ("router", LIST_TARGETS): {"edge": mine["edge"]},
        ("router", LANE.format("router", "Router")): {},
        ("policy", CHECK): {"edge": mine["edge"]},
        ("policy", LANE.format("policy", "Policy")): {},
        ("audit", APPEND): {},
        ("audit", STATS): {"edge": mine["edge"], "operator": operator},
        ("edge", COMPLETE): {"client": client, "operator": operator},
    }
    denied_of_append = {"policy": mine["policy"], "audit": mine["audit"], "operator": operator}
    everyone = {**mine, "client": client, "operator": operator, "stranger": stranger}
    refused = 0
    for (service, method), allowed in may.items():
        for who, folder in everyone.items():
            code, details = call(suite.stack, service, method, folder)
            if method == APPEND and who not in denied_of_append and who not in ("client", "stranger"):
                assert code != grpc.StatusCode.PERMISSION_DENIED, (who, method, details)
            elif method.endswith("Lane") and who == "edge":
                assert code != grpc.StatusCode.PERMISSION_DENIED, (who, method, details)
            elif who in allowed:
                assert code != grpc.StatusCode.PERMISSION_DENIED, (who, method, details)
                assert code != grpc.StatusCode.UNAVAILABLE, (who, method, details)
            else:
                assert code == grpc.StatusCode.PERMISSION_DENIED, (who, method, code, details)
                assert method in details and "portcullis-" in details, details
                refused += 1
    assert suite.stack.metric("portcullis_tls_refused_calls_total") >= refused
    assert any("may not call" in e["reason"] for e in entries(suite.stack.processes["router"], "refused a call"))


def test_somebody_without_a_certificate_of_the_ca_gets_no_connection(suite, tmp_path):
    other = Authority(tmp_path, "other").issue(tmp_path / "other", ["DNS:portcullis-edge"])
    (other / "ca.crt").write_bytes(suite.authority.file.read_bytes())  # it believes the server
    expired = suite.authority.issue(tmp_path / "expired", ["DNS:portcullis-edge"], datetime.timedelta(minutes=-1))
    for folder in (None, other, expired):
        assert call(suite.stack, "router", LIST_TARGETS, folder)[0] == grpc.StatusCode.UNAVAILABLE
    anonymous = grpc.secure_channel(suite.stack.addresses["router"]["grpc"],
                                    grpc.ssl_channel_credentials(suite.authority.file.read_bytes()),
                                    [("grpc.ssl_target_name_override", "portcullis-router")])
    with anonymous, pytest.raises(grpc.RpcError) as refused:
        anonymous.unary_unary(LIST_TARGETS)(b"", timeout=DEADLINE)
    assert refused.value.code() == grpc.StatusCode.UNAVAILABLE


def test_health_is_for_every_certificate_of_the_ca(suite, tmp_path):
    stranger = suite.authority.issue(tmp_path / "stranger", ["DNS:probe"])
    for service in SERVICES:
        with channel(suite.stack.addresses[service]["grpc"], service, stranger) as made:
            answer = health_pb2_grpc.HealthStub(made).Check(health_pb2.HealthCheckRequest(), timeout=DEADLINE)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_an_operator_reads_the_log_of_the_service(suite, tmp_path):
    def stats(*more):
        return portcullis("events", "stats", "--json", "--server", suite.stack.addresses["audit"]["grpc"], *more)

    assert send(suite.stack, chat("hello")).status == 200
    operator = suite.authority.issue(tmp_path / "operator", ["DNS:portcullis-operator"])
    done = stats(*flags(operator))
    assert done.returncode == 0 and json.loads(done.stdout), done.stderr
    assert stats().returncode == 1
    denied = stats(*flags(suite.folders["router"]))
    assert denied.returncode == 1 and "may not call" in denied.stderr


def served_serial(address, folder):
    """The serial number of the certificate that a server shows to a new connection."""
    context = ssl.create_default_context(cafile=folder / "ca.crt")
    context.check_hostname = False
    context.set_alpn_protocols(["h2"])
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), DEADLINE) as plain, context.wrap_socket(plain) as encrypted:
        return encrypted.getpeercert()["serialNumber"]


def test_certificates_change_under_traffic_without_a_failed_request(tmp_path, sim):
    made = Suite(tmp_path, sim)
    with made.stack as stack:
        stack.wait_ready("edge")
        watched = {name: stack.addresses[name]["grpc"] for name in SERVICES}
        before = {name: served_serial(address, made.folders["edge"]) for name, address in watched.items()}
        with Traffic(stack, chat("hello"), chat("hello", stream=True), threads=3) as traffic:
            for name in SERVICES:  # a half-written pair is refused
                good = (made.folders[name] / "tls.crt").read_bytes()
                (made.folders[name] / "tls.crt").write_bytes(good[: len(good) // 2])
            wait_for(lambda: stack.metric("portcullis_tls_reloads_total", result="rejected") == 4, "four refusals")
            assert before == {n: served_serial(a, made.authority.issue(tmp_path / "probe", ["DNS:probe"]))
                              for n, a in watched.items()}
            for name in SERVICES:
                made.authority.issue(made.folders[name], [f"DNS:portcullis-{name}"])
            wait_for(lambda: stack.metric("portcullis_tls_reloads_total", result="applied") >= 4, "four reloads")
            wait_for(lambda: all(served_serial(a, made.folders["edge"]) != before[n] for n, a in watched.items()),
                     "new certificates on new connections")
        assert traffic.done > 50 and traffic.failed == []
        stack.processes["router"].stop()  # new lanes have the new certificates on both sides
        stack.start_process("router")
        stack.wait_ready("edge")
        assert send(stack, chat("hello")).status == 200
        told = entries(stack.processes["policy"], "the certificates before stay in use")
        assert told and "tls.crt" in told[0]["reason"]


def test_a_peer_with_the_certificate_of_another_service_is_not_called(tmp_path, sim):
    made = Suite(tmp_path, sim, names={"policy": ["DNS:portcullis-audit"]})
    with made.stack as stack:
        answer = send(stack, chat("hello"))
        assert answer.status == 503
        assert b"portcullis-audit" in answer.body or b"policy" in answer.body
        ready = wait_for(lambda: _unready(stack), "an edge that is not ready")
        assert "no policy service is reachable" in ready


def _unready(stack):
    try:
        stack.admin("/readyz", "edge")
        return None
    except urllib.error.HTTPError as error:
        return error.read().decode()


def test_names_may_be_uris(tmp_path, sim):
    uri = "spiffe://cluster.local/ns/portcullis/sa/edge"
    config = f'services: {{tls: {{identities: {{edge: ["{uri}"]}}}}}}\n'
    made = Suite(tmp_path, sim, config, names={"edge": [f"URI:{uri}"]})
    with made.stack as stack:
        stack.wait_ready("edge")
        assert send(stack, chat("hello")).status == 200
        as_before = made.authority.issue(tmp_path / "dns", ["DNS:portcullis-edge"])
        code, details = call(stack, "router", LIST_TARGETS, as_before)
        assert code == grpc.StatusCode.PERMISSION_DENIED and "portcullis-edge" in details


def test_a_certificate_that_expires_in_service(tmp_path, sim):
    made = Suite(tmp_path, sim)
    with made.stack as stack:
        stack.wait_ready("edge")
        assert send(stack, chat("hello")).status == 200
        made.authority.issue(made.folders["edge"], ["DNS:portcullis-edge"], datetime.timedelta(seconds=6))
        text = wait_for(lambda: "expired at" in (_unready(stack) or "") and _unready(stack), "an edge that says so")
        assert "renew it" in text
        wait_for(lambda: entries(stack.processes["edge"], "the certificate has expired: peers refuse new connections"),
                 "a line in the log")
        stack.processes["policy"].stop()
        stack.start_process("policy")  # new connections are refused from now on
        answer = send(stack, chat("hello"))
        assert answer.status == 503 and answer.error["message"], answer.body
        made.authority.issue(made.folders["edge"], ["DNS:portcullis-edge"])
        stack.wait_ready("edge")
        # Ready by its certificate; the connection to the policy service comes back by gRPC's own pauses.
        wait_for(lambda: send(stack, chat("hello")).status == 200, "requests that are served again")


def refused_start(name, *args):
    done = subprocess.run([BIN / f"portcullis-{name}", *[str(a) for a in args]], capture_output=True, text=True,
                          timeout=DEADLINE, env={"MISTRAL_API_KEY": "test"})
    assert done.returncode != 0
    return done.stderr


def test_certificates_that_cannot_be_used_stop_the_start(tmp_path):
    authority = Authority(tmp_path)
    good = authority.issue(tmp_path / "good", ["DNS:portcullis-router"])
    expired = authority.issue(tmp_path / "expired", ["DNS:portcullis-router"], datetime.timedelta(minutes=-1))
    foreign = Authority(tmp_path, "other").issue(tmp_path / "foreign", ["DNS:portcullis-router"])
    place = ["--state-dir", tmp_path / "state", "--grpc-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]

    def start(certificate, key, ca):
        return refused_start("router", *place, "--tls-certificate", certificate, "--tls-key", key, "--tls-ca", ca)

    ca = good / "ca.crt"
    assert "it expired at" in start(expired / "tls.crt", expired / "tls.key", ca)
    assert "it is not the key of the certificate" in start(good / "tls.crt", foreign / "tls.key", ca)
    assert "unable to get local issuer certificate" in start(foreign / "tls.crt", foreign / "tls.key", ca)
    assert "absent.crt cannot be read: No such file" in start(tmp_path / "absent.crt", good / "tls.key", ca)
    assert "no certificate in PEM" in start(good / "tls.key", good / "tls.key", ca)
    half = refused_start("router", *place, "--tls-certificate", good / "tls.crt")
    assert "no key_file and ca_file" in half


@pytest.mark.parametrize("name", ["audit", "policy", "router", "edge"])
def test_plaintext_off_loopback_must_be_meant(tmp_path, sim, name):
    place = ["--state-dir", tmp_path / "state", "--admin-listen", "127.0.0.1:0"]
    assert "services.tls.allow_plaintext" in refused_start(name, *place, "--grpc-listen", "0.0.0.0:0")
    if name == "edge":
        told = refused_start(name, *place, "--grpc-listen", "127.0.0.1:0", "--policy-peer", "policy:41011")
        assert "gateway.peers.policy is policy:41011" in told
    config = CHAIN + providers(sim) + "services: {tls: {allow_plaintext: true}}\n"
    stack = Stack("suite", tmp_path, config)
    stack.state_dir.mkdir(parents=True, exist_ok=True)
    stack.addresses[name] = {"grpc": "0.0.0.0:0"}
    try:
        stack.start_process(name)
        assert [e["mode"] for e in entries(stack.processes[name], "tls")] == ["plaintext"]
    finally:
        stack.close()
