"""log_all_access: each read of the audit log is a record of it, and what cannot be recorded is not read."""

import getpass
import json
import shutil

import pytest

from harness import CHAIN, Stack, chat, portcullis, providers, wait_for
from raw import send
from test_axonflow import ENTERPRISE, SECRET, basic, call

RECORDED = CHAIN.replace("retention_days: 365", "retention_days: 365, log_all_access: true")
ME = f"operator:{getpass.getuser()}"


def events(stack, *words):
    return portcullis("events", *words)


def lines(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def reads(records):
    return [record for record in records if record["reason_code"].startswith("operator.read_")]


@pytest.fixture
def asked(make_stack, sim):
    """A stack that has answered one request of user zoe."""
    stack = make_stack(RECORDED + providers(sim))
    answer = send(stack, chat("hello", user="zoe"))
    assert answer.status == 200
    stack.record(answer.request_id)
    return stack


def test_a_read_of_the_files_is_the_next_reads_record(asked):
    before = len(reads(lines(events(asked, "tail", "--json", "--limit", "10000", *asked.place))))
    lines(events(asked, "tail", "--json", "--user", "zoe", "--limit", "7", *asked.place))
    found = reads(lines(events(asked, "tail", "--json", "--limit", "10000", *asked.place)))
    assert len(found) == before + 2  # the one with --user, and the one before it
    last = found[-1]
    assert (last["principal"], last["reason_code"]) == (ME, "operator.read_records")
    assert last["findings"][0]["reason"] == '{"user":"*"}'
    assert last["target"].startswith("sha256:") and "zoe" not in json.dumps(last)
    events(asked, "stats", *asked.place)
    found = reads(lines(events(asked, "tail", "--json", "--limit", "10000", *asked.place)))
    assert "operator.read_stats" in [record["reason_code"] for record in found]


def test_the_records_of_reads_reach_the_signed_log(asked):
    out = asked.directory / "log.pcaudit"
    wait_for(lambda: asked.metric("portcullis_audit_heads_total") > 0, "a signed head")
    done = portcullis("audit", "export", "--output", out, *asked.place)
    assert done.returncode == 0, done.stderr
    # No configuration at hand: the state folder says that reads are recorded.
    by_folder = ["--state-dir", asked.state_dir]
    wait_for(
        lambda: [
            record
            for record in lines(events(asked, "tail", "--json", "--limit", "10000", *by_folder))
            if record["reason_code"] == "operator.read_log"
        ],
        "the record of the export",
    )
    asked.stop()
    found = reads(lines(events(asked, "tail", "--json", "--limit", "10000", *by_folder)))
    assert len(found) > 2
    verified = portcullis("audit", "verify", *asked.place)
    assert verified.returncode == 0 and "verified" in verified.stdout, verified.stderr


def test_a_read_through_the_service_is_recorded_once(sim, tmp_path):
    with Stack("suite", tmp_path, RECORDED + providers(sim)) as stack:
        answers = [send(stack, chat(f"hello {i}")) for i in range(3)]
        for answer in answers:
            stack.record(answer.request_id)
        server = ["--server", stack.addresses["audit"]["grpc"]]
        count = stack.metric("portcullis_audit_reads_total", "audit", result="recorded")
        exported = lines(events(stack, "export", *server, *stack.place))
        assert {answer.request_id for answer in answers} <= {record["request_id"] for record in exported}
        assert stack.metric("portcullis_audit_reads_total", "audit", result="recorded") == count + 1
        events(stack, "stats", *server, *stack.place)
        assert stack.metric("portcullis_audit_reads_total", "audit", result="recorded") == count + 2
        found = reads(lines(events(stack, "export", *server, "--principal", ME, *stack.place)))
        through = [r for r in found if r["findings"][0]["rule"] == "peer:127.0.0.1"]
        assert {"operator.read_records", "operator.read_stats"} <= {record["reason_code"] for record in through}


def test_a_caller_of_the_api_is_named_and_does_not_read_about_reading(make_stack, sim):
    stack = make_stack(RECORDED + providers(sim) + ENTERPRISE)
    as_app = basic("app", SECRET)
    call(stack, "/api/request", {"query": "say: x"}, **as_app)
    wait_for(lambda: call(stack, "/api/v1/audit/search", {}, **as_app)[2]["entries"], "the record is in the log")
    assert call(stack, "/api/v1/usage", **as_app)[2]["total_requests"] == 1
    entries = call(stack, "/api/v1/audit/search", {}, **as_app)[2]["entries"]
    found = [r for r in reads(stack.records()) if r["principal"] == "axonflow:app"]
    assert not {entry["request_id"] for entry in entries} & {record["request_id"] for record in found}
    assert {"operator.read_records", "operator.read_stats"} <= {record["reason_code"] for record in found}
    assert '"principal":"*"' in found[0]["findings"][0]["reason"]


def test_what_cannot_be_recorded_is_not_read(asked):
    asked.stop()
    shutil.rmtree(asked.state_dir / "spool")
    (asked.state_dir / "spool").write_text("a file in the way")
    for command in (("events", "tail"), ("events", "stats"), ("events", "export")):
        done = portcullis(*command, "--state-dir", asked.state_dir)
        assert done.returncode == 1 and not done.stdout
        assert "log_all_access" in done.stderr and "--server" in done.stderr
    out = asked.directory / "log.pcaudit"
    done = portcullis("audit", "export", "--output", out, "--state-dir", asked.state_dir)
    assert done.returncode == 1 and "log_all_access" in done.stderr and not out.exists()


def test_without_the_key_reads_leave_nothing(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    stack.record(send(stack, chat("hello")).request_id)
    assert not (stack.state_dir / "audit-reads-are-recorded").exists()
    assert len(stack.records()) == 1
    assert len(stack.records()) == 1
