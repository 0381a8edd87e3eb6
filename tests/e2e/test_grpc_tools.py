"""docs/grpc.md: its commands, run as they stand there by grpcurl and ghz against the suite with and without certificates."""

import os
import pathlib
import re
import subprocess

import pytest

from certificates import flags
from harness import CHAIN, DEADLINE, Stack, providers

ROOT = pathlib.Path(__file__).resolve().parents[2]
SDKS = pathlib.Path(os.environ["PORTCULLIS_SDKS"])
PORTS = {"edge": 41003, "policy": 41011, "router": 41021, "audit": 41031}
PLAINTEXT, MUTUAL, REFUSED = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "grpc.md").read_text(), re.S)
CALLED = [("edge", "Complete"), ("policy", "Check"), ("router", "ListTargets"), ("audit", "Stats")]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where the commands run: below it are the certificates, and deploy/ as in the repository."""
    directory = tmp_path_factory.mktemp("by-hand")
    (directory / "deploy").symlink_to(ROOT / "deploy")
    subprocess.run(["deploy/certificates", "certs"], cwd=directory, check=True, capture_output=True, timeout=DEADLINE)
    return directory


@pytest.fixture(scope="module", params=[PLAINTEXT, MUTUAL], ids=["plaintext", "mutual"])
def suite(request, place, shared_sim):
    certificates = {name: flags(place / "certs" / name) for name in PORTS} if request.param == MUTUAL else {}
    with Stack("suite", place / f"suite{len(certificates)}", CHAIN + providers(shared_sim), process_flags=certificates) as stack:
        stack.wait_ready("edge")
        yield stack


def run(script, stack, place):
    """What each command of a script printed, in their order, as (command, text); and the script's exit code."""
    for name, port in PORTS.items():
        script = script.replace(f"localhost:{port}", stack.addresses[name]["grpc"])
    trace = "set -e; trap 'echo \"@@ $BASH_COMMAND\"' DEBUG\n"
    done = subprocess.run(["bash", "-c", trace + script], cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=2 * DEADLINE, env={"PATH": f"{SDKS}:{os.environ['PATH']}"})
    parts = [part.split("\n", 1) for part in done.stdout.split("@@ ")[1:]]
    return [(command, text) for command, text in parts if command.startswith(("grpcurl", "ghz"))], done.returncode


def test_the_commands_of_the_page(suite, place, sim):
    ran, code = run(MUTUAL if suite.process_flags else PLAINTEXT, suite, place)
    assert code == 0, ran[-1]
    health = [text for command, text in ran if command.endswith("grpc.health.v1.Health/Check")]
    assert len(health) == 4 and all('"SERVING"' in text for text in health), health
    for service, method in CALLED:
        full = f"portcullis.{service}.v1.{service.capitalize()}Service"
        [answer] = [text for command, text in ran if command.endswith(f"{full}/{method}")]
        told = {"edge": '"verdict": "redact"', "policy": "ACTION_REDACT", "router": "mistral-large", "audit": '"total"'}
        assert told[service] in answer, answer
        [load] = [text for command, text in ran if command.startswith("ghz") and f"{full}.{method} " in command]
        assert re.search(r"Status code distribution:\s+\[OK\]\s+2000 responses\s*$", load), load
        print(f"{full}/{method}: {', '.join(re.findall('Requests/sec:.*|50 %.*|99 %.*', load))}")


@pytest.mark.parametrize("suite", [MUTUAL], ids=["mutual"], indirect=True)
def test_a_certificate_may_call_what_the_page_says(suite, place):
    identity = MUTUAL.split("\n\n")[0]
    [(_, said)], code = run(identity + "\n" + REFUSED, suite, place)
    assert code != 0
    for line in re.findall(r"^#   (.*)$", REFUSED, re.M):
        assert line in said
