"""A real OpenTelemetry Collector takes the traces of both forms; what it writes of them is read."""

import os
import re
import socket

import pytest

from harness import CHAIN, FORMS, Process, Simulator, Stack, chat, providers, wait_for
from raw import send

CALLER = "b7ad6b7169203331"
CONFIG = """\
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:%d}}}}
exporters: {debug: {verbosity: detailed}}
service:
  pipelines: {traces: {receivers: [otlp], exporters: [debug]}}
  telemetry: {metrics: {level: none}}
"""
FIELD = re.compile(r"^\s+(?:-> )?(Trace ID|Parent ID|ID|Name|Kind|Status code|[a-z_.]+)\s*: ?(.*)$", re.MULTILINE)


@pytest.fixture
def collector(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "otelcol.yaml").write_text(CONFIG % port)
    process = Process("otelcol", [os.environ["OTELCOL"], "--config", f"file:{tmp_path}/otelcol.yaml"])
    process.url = f"http://127.0.0.1:{port}"
    process.wait_line(lambda line: "Everything is ready" in line, "its readiness")
    yield process
    process.kill()


def spans(collector, trace):
    """Each span of a trace: its fields and attributes by name."""
    blocks = re.split(r"^Span #\d+$", collector.log(), flags=re.MULTILINE)[1:]
    found = [dict(FIELD.findall(block.split("Events:")[0])) for block in blocks]
    return {span["Name"]: span for span in found if span.get("Trace ID") == trace}


@pytest.mark.parametrize("stream", (False, True))
@pytest.mark.parametrize("form", FORMS)
def test_it_takes_the_traces(tmp_path, collector, form, stream):
    sim = Simulator()
    trace = "0af7651916cd43dd8448eb211c80319c"
    text = CHAIN + f"tracing: {{endpoint: '{collector.url}', interval_ms: 20}}\n" + providers(sim)
    with Stack(form, tmp_path / "stack", text) as stack:
        stack.wait_ready()
        body = chat("my mail is planted.person@example.com", stream=stream)
        assert send(stack, body, traceparent=f"00-{trace}-{CALLER}-01").status == 200
        found = wait_for(lambda: len(s := spans(collector, trace)) == 6 and s, "six spans")
        assert stack.metric("portcullis_trace_spans_total", result="exported") == 6
    sim.stop()
    root = found["POST /v1/chat/completions"]
    assert (root["Parent ID"], root["Kind"], root["Status code"]) == (CALLER, "Server", "Unset")
    assert root["gen_ai.provider.name"] == "Str(mistral_ai)"
    assert root["gen_ai.response.model"] == "Str(mistral-large-latest)"
    for name in ("policy input", "policy output", "route", "audit record"):
        assert found[name]["Parent ID"] == root["ID"]
    call = found["chat mistral-large-latest"]
    assert (call["Parent ID"], call["Kind"]) == (found["route"]["ID"], "Client")
    assert "planted" not in collector.log()
