"""What clients see of each fault of a provider, for each dialect: the table of docs/providers/fault-matrix.md.

`PORTCULLIS_WRITE_DOCS=1 pytest test_fault_matrix.py` writes the page; without it the page is compared.
"""

import os
import pathlib
import socket

import openai
import pytest

from harness import CHAIN, Simulator, Stack, providers, wait_for

PAGE = pathlib.Path(__file__).parents[2] / "docs/providers/fault-matrix.md"
PROVIDERS = {
    "mistral": ({"provider": "mistral", "model": "sim-fast"}, "/mistral/v1"),
    "azure": ({"provider": "azure", "model": "gpt-4o", "azure_api_version": "2024-10-21"}, "/azure"),
    "anthropic": ({"provider": "anthropic", "model": "claude-sim"}, "/anthropic/v1"),
}
# Faults that the simulator makes, by their name in the table.
SCRIPTED = {
    "reset before header": "reset",
    "reset mid-answer": {False: "cut=100", True: "cut=1500"},  # of a whole answer, of a stream
    "429": "429",
    "429 with retry-after": "429;retry-after=1",
    "500": "500",
    "502": "502",
    "503": "503",
    "529": "529",
    "malformed JSON": "malformed-json",
    "malformed SSE": "malformed-sse",
    "stall": "stall",
    "slow drip": "drip=20",
    "wrong content type": "wrong-type",
    "empty 200": "empty",
}
UNREACHABLE = ("connect refused", "connect slow", "TLS error")
# Of a stream these come when the client has seen its beginning: nothing can be asked again.
MID_STREAM = {"reset mid-answer", "malformed JSON", "malformed SSE", "stall", "slow drip"}
TEXT = "say: " + " ".join(["This sentence is long enough to be cut in its middle."] * 4)

INTRODUCTION = """\
# What clients see of a provider's faults

Written by `tests/e2e/test_fault_matrix.py`, which sends each request with OpenAI's Python SDK through the gateway to
simulated providers. Each target is tried twice at most (`retry: {max_attempts: 2}`), within `timeout_seconds: 1`. "two"
means that a second target of the same kind is well. `client` is the class of the SDK's exception with status and code,
or `answer`; "partly, then" stands for a stream whose beginning had arrived. `attempts` are those of the audit record.
The rows are those of the gateway in one process; Mistral's are compared with those of the four processes too.
"""


class Unreachable:
    """Ports at which nobody answers as HTTP should be."""

    def __init__(self, sim):
        closed = socket.socket()
        closed.bind(("127.0.0.1", 0))
        refused = closed.getsockname()[1]
        closed.close()
        # A full queue of connections: the kernel leaves further ones unanswered.
        self.full = socket.socket()
        self.full.bind(("127.0.0.1", 0))
        self.full.listen(0)
        self.waiting = []
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(self.full.getsockname())
            self.waiting.append(client)
        self.urls = {
            "connect refused": f"http://127.0.0.1:{refused}",
            "connect slow": f"http://127.0.0.1:{self.full.getsockname()[1]}",
            "TLS error": sim.url.replace("http://", "https://"),
        }

    def close(self):
        for s in [self.full, *self.waiting]:
            s.close()


@pytest.fixture(scope="module")
def sims():
    made = [Simulator(), Simulator()]
    yield made
    for sim in made:
        sim.stop()


def config(provider, first_url, second_url=None):
    target, path = PROVIDERS[provider]
    more = {"timeout_seconds": 1, "connect_timeout_seconds": 1, "pricing": "{prompt: 2.0, completion: 6.0}"}
    targets = [{"id": "one", **target, "base_url": first_url + path, **more}]
    if second_url:
        targets.append({"id": "two", **target, "base_url": second_url + path, **more})

    class NoUrl:
        url = ""

    # The rows must not depend on the ones before: only failures in a row open the circuit here.
    extra = "strategy: fallback\ncircuit_breaker: {error_rate_percent: 0}\nretry: {max_attempts: 2, initial_backoff_ms: 1, max_backoff_ms: 2, respect_retry_after: false}"
    return CHAIN + providers(NoUrl, targets, extra)


def describe(error):
    code = getattr(error, "code", None)
    status = getattr(error, "status_code", None)
    return " ".join(str(x) for x in (type(error).__name__, status, code) if x)


def ask(stack, stream):
    """Returns what the client saw and the request's id."""
    with openai.OpenAI(base_url=stack.base_url, api_key="unused", max_retries=0) as client:
        begun = ""
        headers = None
        try:
            raw = client.chat.completions.with_raw_response.create(
                model="", messages=[{"role": "user", "content": TEXT}], stream=stream
            )
            headers = raw.headers
            if not stream:
                assert raw.parse().choices[0].message.content == TEXT[5:]
                return "answer", headers["x-request-id"]
            text = ""
            for chunk in raw.parse():
                text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
                begun = "partly, then " if text else ""
            return ("answer" if text == TEXT[5:] else "CUT SILENTLY"), headers["x-request-id"]
        except openai.APIStatusError as error:
            return describe(error), error.response.headers["x-request-id"]
        except openai.APIError as error:
            return begun + describe(error), headers["x-request-id"]


def row(stack, provider, fault, stream, targets):
    client, request_id = ask(stack, stream)
    record = stack.record(request_id)
    attempts = ", ".join(f"{a['target']}: {a['outcome']}" for a in record["attempts"])
    circuit = {0: "closed", 1: "half-open", 2: "open"}[int(stack.metric("portcullis_circuit_state", target="one"))]
    cost = "none" if record.get("cost_usd") is None else "estimated" if record.get("tokens_estimated") else "known"
    return (fault, provider, "stream" if stream else "whole", targets, client, attempts, circuit, record["outcome"], cost)


def check(result):
    fault, _, mode, targets, client, attempts, _, outcome, cost = result
    assert "SILENTLY" not in client, result
    if targets == "two" and not (mode == "stream" and fault in MID_STREAM):
        assert client == "answer", result
        assert attempts.endswith("two: ok"), result
    if client == "answer":
        assert outcome == "ok" and cost == "known", result
    else:
        assert outcome == "upstream_failed", result


def scripted_rows(provider, sims, tmp_path, targets, form="all-in-one"):
    second = sims[1].url if targets == "two" else None
    rows = []
    with Stack(form, tmp_path / f"{provider}-{targets}", config(provider, sims[0].url, second)) as stack:
        stack.wait_ready()
        for fault, spec in SCRIPTED.items():
            for stream in (False, True):
                words = spec[stream] if isinstance(spec, dict) else spec
                sims[0].script(*[words] * 4)  # libcurl repeats by itself on a kept connection
                rows.append(row(stack, provider, fault, stream, targets))
                sims[0].reset()
                # The circuit forgets; after a 429 it is open for as long as the provider asked.
                wait_for(lambda: ask(stack, False)[0] == "answer", "an answer after the fault")
    return rows


def unreachable_rows(provider, sims, tmp_path, targets, form="all-in-one"):
    second = sims[1].url if targets == "two" else None
    rows = []
    nowhere = Unreachable(sims[0])
    for fault in UNREACHABLE:
        directory = tmp_path / f"{provider}-{targets}-{fault.replace(' ', '-')}"
        with Stack(form, directory, config(provider, nowhere.urls[fault], second)) as stack:
            stack.wait_ready()
            rows += [row(stack, provider, fault, stream, targets) for stream in (False, True)]
    nowhere.close()
    return rows


def render(rows):
    page = INTRODUCTION
    for provider in PROVIDERS:
        page += f"\n## {provider}\n\n| fault | answer | targets | client | attempts | circuit after | audit outcome | cost |\n"
        page += "|---|---|---|---|---|---|---|---|\n"
        for fault in [*UNREACHABLE, *SCRIPTED]:
            for r in rows:
                if r[:2] == (fault, provider):
                    page += "| " + " | ".join((r[0], *r[2:])) + " |\n"
    return page


def test_fault_matrix(sims, tmp_path):
    rows = []
    for provider in PROVIDERS:
        for targets in ("one", "two"):
            rows += unreachable_rows(provider, sims, tmp_path, targets)
            rows += scripted_rows(provider, sims, tmp_path, targets)
    page = render(rows)
    if os.environ.get("PORTCULLIS_WRITE_DOCS"):
        PAGE.write_text(page)
    for result in rows:
        check(result)
    assert PAGE.read_text() == page, "PORTCULLIS_WRITE_DOCS=1 writes the page anew"


def page_rows(provider):
    """The rows of a provider as the page has them."""
    part = PAGE.read_text().split(f"\n## {provider}\n")[1].split("\n## ")[0]
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("| ")]
    return {tuple(c[:3]): (c[0], provider, *c[1:]) for c in cells[1:]}


def test_through_four_processes_it_is_the_same(sims, tmp_path):
    """What crosses the lanes between edge and router: errors before the head, cuts after it, waits, attempts."""
    expected = page_rows("mistral")
    for targets in ("one", "two"):
        rows = unreachable_rows("mistral", sims, tmp_path, targets, "suite")
        rows += scripted_rows("mistral", sims, tmp_path, targets, "suite")
        for result in rows:
            check(result)
            assert result == expected[(result[0], result[2], result[3])]
