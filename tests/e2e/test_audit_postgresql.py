"""The audit log in PostgreSQL: written, found, proved, and whole when the server goes and comes back."""

import json
import signal
import urllib.request

import pytest

from harness import BIN, CHAIN, Postgres, Process, chat, metric_in, portcullis, providers, wait_for
from raw import send


@pytest.fixture
def postgres():
    server = Postgres()
    yield server
    server.close()


def config(sim, postgres):
    store = f"""
services:
  audit:
    store: postgresql
    postgresql:
      connection: "{postgres.connection}"
      secret_key_ref: {{env: AUDIT_DATABASE_PASSWORD}}
"""
    return CHAIN + providers(sim) + store


def run(stack, *words):
    done = portcullis(*words, *stack.place, env=stack.env | {"TEST_PROVIDER_KEY": "k"})
    assert Postgres.PASSWORD not in done.stdout + done.stderr
    return done


def outcomes(stack):
    """The x-request-ids of all finished records, each as often as it is there."""
    done = run(stack, "events", "export")
    assert done.returncode == 0, done.stderr
    return sorted(r["request_id"] for r in map(json.loads, done.stdout.splitlines()) if r["outcome"])


def test_the_log_is_found_and_proved(make_stack, sim, postgres):
    stack = make_stack(config(sim, postgres), env={"AUDIT_DATABASE_PASSWORD": Postgres.PASSWORD})
    answers = [send(stack, chat(f"say: number {i}", stream=i % 2 == 1)) for i in range(6)]
    assert [a.status for a in answers] == [200] * 6
    ids = sorted(a.headers["x-request-id"] for a in answers)
    wait_for(lambda: outcomes(stack) == ids, "all records")
    configuration = "".join(stack.admin("/config", name) for name in stack.processes)
    assert postgres.connection in configuration and Postgres.PASSWORD not in configuration
    logs = "".join(process.log() for process in stack.processes.values())
    assert Postgres.PASSWORD not in logs
    assert set(stack.stop().values()) == {0}
    assert not (stack.state_dir / "audit.db").exists()
    for answer in answers:
        done = run(stack, "audit", "prove", answer.headers["x-portcullis-receipt"])
        assert done.returncode == 0, done.stderr
    done = run(stack, "audit", "verify")
    assert done.returncode == 0 and "verified: 12 leaves" in done.stdout, done.stdout + done.stderr
    exported = stack.directory / "export"
    assert run(stack, "audit", "export", "--output", exported).returncode == 0
    done = run(stack, "audit", "verify", exported, "--key", stack.state_dir / "audit-key.pub")
    assert done.returncode == 0, done.stderr
    done = run(stack, "events", "stats", "--by", "verdict", "--json")
    assert json.loads(done.stdout)["total"]["records"] == 6, done.stdout


def test_a_server_that_goes_and_comes_back_loses_nothing(make_stack, sim, postgres):
    stack = make_stack(config(sim, postgres), env={"AUDIT_DATABASE_PASSWORD": Postgres.PASSWORD})
    ids = []
    for i in range(60):
        if i in (20, 40):
            postgres.stop("immediate" if i == 20 else "fast")
        answer = send(stack, chat(f"say: number {i}"))
        assert answer.status == 200
        ids.append(answer.headers["x-request-id"])
        if i in (30, 50):
            postgres.start()
    wait_for(lambda: outcomes(stack) == sorted(ids), "all records, each once")
    assert set(stack.stop().values()) == {0}
    done = run(stack, "audit", "verify")
    assert done.returncode == 0 and "verified: 120 leaves" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("make_stack", ["suite"], indirect=True)
def test_records_go_to_each_audit_service_and_past_one_that_dies(make_stack, sim, postgres):
    stack = make_stack(config(sim, postgres), env={"AUDIT_DATABASE_PASSWORD": Postgres.PASSWORD})
    other = Process("audit 2", [BIN / "portcullis-audit", "--policy-config", stack.config_file, "--state-dir", stack.directory / "second",
                                "--grpc-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"], stack.env)  # fmt: skip
    try:
        there = other.listening()
        stack.process_flags["edge"] = ["--audit-peer", stack.addresses["audit"]["grpc"], "--audit-peer", there["grpc"]]
        stack.processes.pop("edge").stop()
        stack.start_process("edge")
        ids = []

        def asked():
            ids.append(send(stack, chat(f"say: number {len(ids)}")).headers["x-request-id"])
            page = urllib.request.urlopen(f"http://{there['admin']}/metrics").read().decode()
            return min(stack.metric("portcullis_audit_stored_total", "audit"), metric_in(page, "portcullis_audit_stored_total")) > 2

        wait_for(asked, "records in both services")
        other.stop(signal.SIGKILL)
        ids += [send(stack, chat(f"say: number {i}")).headers["x-request-id"] for i in range(10)]
        wait_for(lambda: stack.metric("portcullis_audit_spool_records") == 0, "the rest in the one that is left", 10)
        assert outcomes(stack) == sorted(ids)
    finally:
        other.stop(signal.SIGKILL)


def test_a_password_in_the_connection_is_refused(tmp_path, sim):
    file = tmp_path / "policy-config.yaml"
    file.write_text(CHAIN + providers(sim) + """
services:
  audit:
    store: postgresql
    postgresql: {connection: "host=db password=pg-Passw0rd-of-the-test"}
""")
    done = portcullis("policy", "lint", "--file", file, env={"TEST_PROVIDER_KEY": "k"})
    assert done.returncode != 0
    assert "secret_key_ref" in done.stdout + done.stderr
    assert "pg-Passw0rd" not in done.stdout + done.stderr, done.stdout + done.stderr
