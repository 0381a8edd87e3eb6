"""What operators have: `portcullis doctor`, `portcullis status`, and the admin port's log level and drain."""

import json
import subprocess
import urllib.error
import urllib.request

import pytest

from certificates import Authority, flags, flags_of_all
from harness import BIN, CHAIN, DEADLINE, Postgres, Redis, Simulator, Stack, chat, providers, wait_for

SERVICES = ("edge", "policy", "router", "audit")
SECRET = "planted-in-a-key-4711"


def run(command, *args, env=None):
    env = {"TEST_PROVIDER_KEY": "test-provider-key"} if env is None else env
    done = subprocess.run([BIN / "portcullis", command, *args], capture_output=True, text=True, timeout=DEADLINE, env=env)
    assert SECRET not in done.stdout + done.stderr
    return done


def findings(*args, env=None):
    done = run("doctor", "--json", *args, env=env)
    answer = json.loads(done.stdout)
    assert done.returncode == (0 if answer["healthy"] else 1)
    assert all(f["fix"] for f in answer["findings"] if f["level"] != "ok")
    return answer["findings"]


def errors(found):
    return {(f["check"], f["subject"]): f["message"] for f in found if f["level"] == "error"}


def post(stack, path, name=None, **headers):
    request = urllib.request.Request(
        f"http://{stack.addresses[name or stack.front]['admin']}{path}", b"{}",
        {"content-type": "application/json", "x-portcullis-operator": "jane", **headers})
    with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
        return answer.status, json.loads(answer.read())


@pytest.fixture(scope="module")
def suite(tmp_path_factory, shared_sim):
    """Four processes under mutual TLS."""
    folder = tmp_path_factory.mktemp("operators")
    own = flags_of_all(Authority(folder))
    config = CHAIN + providers(shared_sim) + "audit:\n  head_interval_seconds: 1\n"
    with Stack("suite", folder / "stack", config, process_flags=own) as stack:
        stack.wait_ready("edge")
        stack.certificates = own
        yield stack


def admins(stack, *names):
    return [part for name in names for part in ("--admin", stack.addresses[name]["admin"])]


def test_the_status_of_a_suite(suite):
    done = run("status", "--json", *admins(suite, *SERVICES))
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert answer["ready"]
    services = {s["process"]: s for s in answer["services"]}
    assert set(services) == set(SERVICES)
    for service in services.values():
        assert service["state"] == "ready" and service["version"] and len(service["config_version"]) == 12
        assert service["certificate_expires"] > "2026"
    assert {"spool_records", "lag_seconds"} <= set(services["edge"])
    assert [t["circuit"] for t in services["router"]["targets"]] == ["closed"]
    post(suite, "/log-level/info")  # leaves of which there is a head
    wait_for(lambda: "audit_head" in json.loads(run("status", "--json", *admins(suite, "audit")).stdout)["services"][0],
             "a signed head")
    text = run("status", *admins(suite, *SERVICES)).stdout
    assert "targets: 1 of 1 at their best" in text and "audit log: " in text


def test_a_status_tells_of_what_is_away(suite, tmp_path):
    done = run("status", *admins(suite, "edge"), "--admin", "127.0.0.1:1")
    assert done.returncode == 1
    assert "127.0.0.1:1: no answer from the admin port" in done.stdout
    config = tmp_path / "config.yaml"
    listens = "".join(f"  {name}: {{admin_listen: '{suite.addresses[name]['admin']}'}}\n" for name in ("router", "audit"))
    front = f"gateway: {{admin_listen: '{suite.addresses['edge']['admin']}'}}\n"
    config.write_text(CHAIN + front + "services:\n  policy: {admin_listen: '127.0.0.1:1'}\n" + listens)
    done = run("status", "--policy-config", config)
    assert done.returncode == 1
    assert [line.split()[:3:2] for line in done.stdout.splitlines()[1:5]] == [
        ["edge", "ready"], ["policy", "away"], ["router", "ready"], ["audit", "ready"]]
    assert "policy: no answer" in done.stdout


def test_the_doctor_finds_a_suite_well(suite, shared_sim):
    for name in ("edge", "router"):
        config = suite.directory / f"doctor-{name}.yaml"
        given = dict(zip(suite.certificates[name][::2], suite.certificates[name][1::2]))
        tls = "".join(f"    {key}_file: {given['--tls-' + key]}\n" for key in ("certificate", "key", "ca"))
        config.write_text(suite._with_peers() + "services:\n  tls:\n" + tls)
        found = findings("--policy-config", config, "--state-dir", suite.state_dir, "--process", name)
        assert errors(found) == {}
        assert {f["message"].split()[-1] for f in found if f["check"] == "peer"} == {"serves"}
        assert ("provider" in {f["check"] for f in found}) == (name == "router")


def test_the_doctor_names_peers_that_are_away_or_strangers(suite, tmp_path):
    stranger = flags(Authority(tmp_path).issue(tmp_path / "edge", ["DNS:portcullis-edge"]))
    given = dict(zip(stranger[::2], stranger[1::2]))
    tls = "".join(f"    {key}_file: {given['--tls-' + key]}\n" for key in ("certificate", "key", "ca"))
    config = tmp_path / "config.yaml"
    text = suite._with_peers().replace(suite.addresses["audit"]["grpc"], "127.0.0.1:1")
    config.write_text(text + "services:\n  tls:\n" + tls)
    found = errors(findings("--policy-config", config, "--state-dir", tmp_path / "state", "--process", "edge",
                            "--timeout", "3"))
    assert set(found) == {("peer", "policy"), ("peer", "router"), ("peer", "audit")}
    assert "127.0.0.1:1" in found["peer", "audit"]


@pytest.fixture
def strict_sim():
    """A provider that knows one key."""
    sim = Simulator("--key", "the-only-key")
    yield sim
    sim.stop()


def test_the_doctor_says_what_to_mend(tmp_path, strict_sim):
    config = tmp_path / "config.yaml"
    targets = [
        {"id": "refused", "provider": "mistral", "model": "mistral-small-latest", "base_url": strict_sim.url + "/v1",
         "secret_key_ref": {"env": "REFUSED_KEY"}},
        {"id": "keyless", "provider": "mistral", "model": "mistral-small-latest", "base_url": strict_sim.url + "/v1",
         "secret_key_ref": {"env": "NO_SUCH_KEY"}},
        {"id": "away", "provider": "mistral", "model": "mistral-small-latest", "base_url": "http://127.0.0.1:1/v1",
         "secret_key_ref": {"env": "REFUSED_KEY"}},
    ]
    config.write_text(CHAIN + "providers:\n  targets: " + json.dumps(targets) + "\n")
    (tmp_path / "file").write_text("")
    found = errors(findings("--policy-config", config, "--state-dir", tmp_path / "file" / "state",
                            env={"REFUSED_KEY": "bad-" + SECRET}))
    assert ("keys", "keyless") in found and "NO_SUCH_KEY" in found["keys", "keyless"]
    assert "127.0.0.1:1" in found["provider", "away"]
    assert "refused (401)" in found["provider", "refused"]
    assert any(check == "disk" for check, _ in found)


def test_the_doctor_asks_redis_and_postgresql(tmp_path, shared_sim):
    redis, postgres = Redis(), Postgres()
    config = tmp_path / "config.yaml"
    config.write_text(
        CHAIN + providers(shared_sim, extra=f"shared_state: {{redis: '{redis.address}'}}") + "services:\n  audit:\n"
        "    store: postgresql\n    postgresql:\n"
        f"      connection: {postgres.connection}\n      secret_key_ref: {{env: DATABASE_PASSWORD}}\n")

    def look(password=Postgres.PASSWORD):
        env = {"TEST_PROVIDER_KEY": "test-provider-key", "DATABASE_PASSWORD": password}
        found = findings("--policy-config", config, "--state-dir", tmp_path / "state", "--timeout", "2", env=env)
        return {f["check"]: f for f in found if f["check"] in ("redis", "postgresql")}

    try:
        found = look()
        assert {f["level"] for f in found.values()} == {"ok"}
        assert "PostgreSQL 1" in found["postgresql"]["message"] and "Redis " in found["redis"]["message"]
        refused = look("wrong-" + SECRET)["postgresql"]
        assert refused["level"] == "error" and "DATABASE_PASSWORD" in refused["fix"], refused
        subprocess.run(["redis-cli", "-p", str(redis.port), "config", "set", "requirepass", "secret"], check=True,
                       stdout=subprocess.DEVNULL, timeout=DEADLINE)
        refused = look()["redis"]
        assert refused["level"] == "error" and "NOAUTH" in refused["message"], refused
        postgres.stop()
        redis.stop()
        found = look()
        assert found["postgresql"]["level"] == "error" and "start PostgreSQL" in found["postgresql"]["fix"]
        assert found["redis"]["level"] == "warning" and "start Redis" in found["redis"]["fix"]
        postgres.start()
    finally:
        redis.stop()
        postgres.close()


def test_the_doctor_of_a_wrong_file_and_of_none(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(CHAIN + "gateway: {lisen: '127.0.0.1:0'}\n")
    done = run("doctor", "--policy-config", config)
    assert done.returncode == 1 and "listen" in done.stdout and "config.yaml:" in done.stdout
    assert run("doctor", env={}).returncode == 2


@pytest.mark.parametrize("name", SERVICES)
def test_the_log_level_changes_while_it_runs(suite, name):
    assert post(suite, "/log-level/debug", name) == (200, {"level": "debug"})
    assert json.loads(suite.admin("/log-level", name)) == {"level": "debug"}
    assert post(suite, "/log-level/info", name) == (200, {"level": "info"})
    wait_for(lambda: '"log level changed by an operator","log_level":"debug","user":"jane"' in suite.processes[name].log(),
             "the line of the log")
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(suite, "/log-level/loud", name)
    assert refused.value.code == 404


def test_what_operators_do_is_on_record(suite):
    post(suite, "/log-level/warning")
    post(suite, "/log-level/info", "router")
    wanted = {("operator.log_level", "log-level/warning"), ("operator.log_level", "log-level/info")}
    wait_for(lambda: wanted <= {(r["reason_code"], r["target"]) for r in suite.records() if r["user"] == "jane"},
             "the records of both processes")
    assert suite.metric("portcullis_operator_actions_total", action="log_level", result="ok") >= 2
    post(suite, "/log-level/info")


def test_a_drain_ends_the_process_and_loses_nothing(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    request = urllib.request.Request(f"{stack.base_url}/chat/completions", json.dumps(chat("hello")).encode(),
                                     {"content-type": "application/json"})
    assert urllib.request.urlopen(request).status == 200
    for code, headers in ((415, {"content-type": "text/plain"}), (403, {"origin": "http://localhost"}),
                          (403, {"sec-fetch-site": "same-origin"})):
        with pytest.raises(urllib.error.HTTPError) as refused:
            post(stack, "/drain", **headers)
        assert refused.value.code == code
    assert post(stack, "/drain") == (202, {"status": "draining"})
    assert stack.processes[stack.front].popen.wait(DEADLINE) == 0
    assert [r["outcome"] for r in stack.records() if r["reason_code"] == "operator.drain_process"][-1] == "ok"
