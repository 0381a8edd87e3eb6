"""What the audit log keeps: retention, legal holds, erasure of a user, and that the log still verifies."""

import hashlib
import importlib
import json
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

import grpc
import pytest

from harness import CHAIN, DEADLINE, Postgres, Stack, chat, portcullis, providers, wait_for
from raw import send

PROTOS = pathlib.Path(__file__).parents[2] / "protos"
DAY_US = 24 * 3600 * 1_000_000


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request):
    if request.param == "sqlite":
        yield None
        return
    server = Postgres()
    yield server
    server.close()


def settings(sim, store, chain=CHAIN):
    """The configuration and the environment that it needs."""
    config = chain + providers(sim)
    if not store:
        return config, {}
    config += f"""
services:
  audit:
    store: postgresql
    postgresql: {{connection: "{store.connection}", secret_key_ref: {{env: AUDIT_DATABASE_PASSWORD}}}}
"""
    return config, {"AUDIT_DATABASE_PASSWORD": Postgres.PASSWORD}


def keeper(stack):
    return stack.addresses["audit" if "audit" in stack.addresses else "gateway"]["admin"]


def audit(stack, *words):
    return portcullis("audit", *words, env=stack.env | {"TEST_PROVIDER_KEY": "k"})


def order(stack, *words):
    return audit(stack, *words, "--admin", keeper(stack), "--by", "ann", "--why", "ticket 7")


def verify(stack, *words):
    return audit(stack, "verify", "--policy-config", stack.config_file, "--state-dir", stack.state_dir, *words)


def records(stack):
    done = portcullis("events", "export", "--policy-config", stack.config_file, "--state-dir", stack.state_dir,
                      env=stack.env | {"TEST_PROVIDER_KEY": "k"}, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def users(stack):
    return sorted(r["user"] for r in records(stack) if r["user"])


def ask(stack, *names):
    """A request by each user; when it returns, their leaves are in the store (spools are not erased from)."""
    before = stack.metric("portcullis_audit_stored_total")
    for name in names:
        assert send(stack, chat("say: hello", user=name)).status == 200
    wait_for(lambda: stack.metric("portcullis_audit_stored_total") >= before + 2 * len(names), "all leaves in the store")
    return len(names)


def test_a_user_is_erased_and_the_log_still_verifies(make_stack, sim, store):
    config, env = settings(sim, store)
    stack = make_stack(config, env=env)
    ask(stack, "zoe-the-user", "max", "zoe-the-user", "eve")
    wait_for(lambda: len(users(stack)) == 4, "all records")
    done = order(stack, "hold", "--user", "eve")
    assert done.returncode == 0, done.stderr
    hold = done.stdout.split()[1]
    done = order(stack, "erase", "--user", "zoe-the-user")
    assert done.returncode == 0 and "removed 2 records; 0 stay" in done.stdout, done.stdout + done.stderr
    done = order(stack, "erase", "--user", "eve")
    assert done.returncode == 0 and "removed 0 records; 1 stay" in done.stdout, done.stdout + done.stderr
    assert users(stack) == ["eve", "max"]
    done = order(stack, "erase", "--verdict", "allow")
    assert done.returncode == 1 and "immutable" in done.stderr
    assert json.loads(audit(stack, "holds", "--admin", keeper(stack)).stdout)["query"] == {"user": "eve"}
    assert order(stack, "release", hold).returncode == 0
    assert order(stack, "release", hold).returncode == 1
    assert "removed 1 records" in order(stack, "erase", "--user", "eve").stdout
    own = [r for r in records(stack) if r["principal"] == "operator:ann"]
    assert {r["reason_code"] for r in own} == {"operator.place_hold", "operator.erase", "operator.release_hold"}
    assert {r["event_type"] for r in own} == {"operator_action"}
    erased = [r for r in own if r["reason_code"] == "operator.erase"]
    results = [r["findings"][1]["reason"] for r in erased]
    assert results == ["removed 2, held 0", "removed 0, held 1", "removed 1, held 0"]
    whom = erased[0]["request_id"] + '\n{"user":"zoe-the-user"}'
    assert erased[0]["target"] == "sha256:" + hashlib.sha256(whom.encode()).hexdigest()
    assert set(stack.stop().values()) == {0}
    done = verify(stack, "--removed-at-most", 6)
    assert done.returncode == 0 and "6 of them removed" in done.stdout, done.stdout + done.stderr
    done = verify(stack, "--removed-at-most", 5)
    assert done.returncode == 2 and "was removed" in done.stderr
    if store is None:
        for file in stack.state_dir.glob("audit.db*"):
            assert b"zoe-the-user" not in file.read_bytes(), file


def test_orders_that_cannot_be_are_refused(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))

    def post(path, body, kind="application/json"):
        request = urllib.request.Request(f"http://{keeper(stack)}/audit/{path}", data=body.encode(), method="POST",
                                         headers={"content-type": kind, "x-portcullis-operator": "ann"})
        try:
            return urllib.request.urlopen(request).status
        except urllib.error.HTTPError as error:
            return error.code

    good = '{"query": {"user": "zoe"}, "reason": "case 7"}'
    assert post("holds", good, "text/plain") == 415
    assert post("holds", "{") == 400
    assert post("holds", '{"query": {"usr": "zoe"}, "reason": "case 7"}') == 400
    assert post("holds", '{"query": {"user": "zoe"}}') == 400
    assert post("holds/none/release", '{"reason": "case 7"}') == 404
    assert post("removals", '{"query": {"tenant": "acme"}, "reason": "case 7"}') == 403
    assert post("holds", good) == 200
    assert post("removals", '{"query": {"user": "zoe"}, "reason": "case\\n7"}') == 400
    assert stack.metric("portcullis_audit_holds") == 1


@pytest.fixture(scope="module")
def audit_pb(tmp_path_factory):
    """The messages of the audit service, made from its definition."""
    out = tmp_path_factory.mktemp("audit-protos")
    names = [f"portcullis/audit/v1/{name}.proto" for name in ("record", "audit_service")]
    subprocess.run(["protoc", f"-I{PROTOS}", f"--python_out={out}", *names], check=True, timeout=DEADLINE)
    sys.path.insert(0, str(out))
    yield importlib.import_module("portcullis.audit.v1.audit_service_pb2")
    sys.path.remove(str(out))


def append(stack, pb, asked):
    """Sends records as a gateway's spool would: (tenant, user, age in days) each."""
    record_pb = importlib.import_module("portcullis.audit.v1.record_pb2")
    leaves = []
    for sequence, (tenant, user, days) in enumerate(asked, 1):
        at = time.time_ns() // 1000 - days * DAY_US
        record = record_pb.Record(kind=record_pb.LEAF_KIND_OUTCOME, request_id=f"{tenant}-{user}-{days}", time_us=at,
                                  started_us=at, tenant=tenant, user=user, verdict="allow", outcome="ok")
        leaves.append(pb.Leaf(sequence=sequence, record=record.SerializeToString()))
    batch = pb.AppendRequest(spool="0123456789abcdef", leaves=leaves)
    with grpc.insecure_channel(stack.addresses["audit"]["grpc"]) as channel:
        call = channel.stream_stream("/portcullis.audit.v1.AuditService/Append",
                                     request_serializer=pb.AppendRequest.SerializeToString,
                                     response_deserializer=pb.AppendResponse.FromString)
        assert next(call(iter([batch]), timeout=DEADLINE)).acknowledged_sequence == len(leaves)


def test_retention_goes_by_tenant_and_a_hold_outlives_it(sim, store, audit_pb, tmp_path):
    rules = "{retention_days: 30, tenant_retention: [{tenant: acme, days: 5}, {tenant: bank, days: 365}]}"
    config, env = settings(sim, store, CHAIN.replace("{retention_days: 365}", rules))
    stack = Stack("suite", tmp_path / "stack", config, env=env)
    stack.state_dir.mkdir(parents=True)
    asked = [(tenant, user, days) for tenant in ("acme", "bank", "") for user in ("max", "zoe")
             for days in (1, 10, 40, 400)]

    def restart(removed):
        assert stack.processes.pop("audit").stop() == 0
        stack.start_process("audit")
        wait_for(lambda: stack.metric("portcullis_audit_expired_total") == removed, "what has expired to be removed")

    def kept():
        found = (r for r in records(stack) if r["user"])
        return sorted((r["tenant"], r["user"], int(r["request_id"].split("-")[-1])) for r in found)

    try:
        stack.start_process("audit")
        append(stack, audit_pb, asked)
        assert kept() == sorted(asked)
        placed = order(stack, "hold", "--user", "zoe", "--until", "20d")
        assert placed.returncode == 0, placed.stderr
        restart(removed=7)
        limits = {"acme": 5, "bank": 365, "": 30}
        held = [r for r in asked if r[1] == "zoe" and r[2] > 20]
        assert kept() == sorted({r for r in asked if r[2] < limits[r[0]]} | set(held))
        append(stack, audit_pb, asked)  # sent again
        assert len(kept()) == 17
        released = order(stack, "release", placed.stdout.split()[1])
        assert released.returncode == 0, released.stderr
        restart(removed=5)
        assert kept() == sorted(r for r in asked if r[2] < limits[r[0]])
        assert stack.processes.pop("audit").stop() == 0
        done = verify(stack)
        assert done.returncode == 0 and "28 leaves (12 of them removed)" in done.stdout, done.stdout + done.stderr
    finally:
        stack.close()
