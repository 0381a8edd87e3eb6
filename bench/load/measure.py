"""One measurement: puts load on a subject for some seconds, checks every answer, returns figures."""

import http.client
import json
import pathlib
import subprocess
import time

from load.processes import Failure, cpu_seconds

HERE = pathlib.Path(__file__).resolve().parent


class Loader:
    """core: where the load runs; tools: folder of stream_client; directory: for the files of the requests."""

    def __init__(self, core, tools, directory, seconds, upstream):
        self._core, self._tools, self._directory, self._seconds = core, tools, directory, seconds
        self._upstream = upstream
        self._expected = directory / "expected.json"

    def learn_answer(self, body):
        """Keeps the upstream's own answer: every proxy must give these bytes."""
        self._expected.write_bytes(post(self._upstream, body))

    def check_answer(self, subject, body):
        answer = post(subject.address, body)
        if answer != self._expected.read_bytes():
            raise Failure(f"{subject.name} gave another answer: {answer[:300]!r}")

    def whole(self, subject, body, connections):
        """Whole answers as fast as they come, one request under way per connection."""
        file = self._directory / "request.json"
        file.write_text(body)
        command = ["wrk", "-t1", f"-c{connections}", f"-d{self._seconds:g}s", "-s", HERE / "answer.lua",
                   f"http://{subject.address}", "--", file, self._expected]
        served = self._served()
        out, busy = self._run(subject, command)
        figures = json.loads(out.strip().splitlines()[-1])
        if figures["bad"] or figures["errors"] or not figures["requests"]:
            raise Failure(f"{subject.name}, {connections} connections, {len(body)} bytes: {figures}")
        # wrk counts no answers to requests under way at its end; a proxy may have tried a few again.
        extra = self._served() - served - figures["requests"]
        if not 0 <= extra <= 2 * connections:
            raise Failure(f"{subject.name}: the upstream served {extra} more than the load got answers")
        return {"per_second": figures["requests"] / figures["seconds"], "p50_us": figures["p50"],
                "p99_us": figures["p99"], "busy": busy,
                "cpu_us_per_request": busy * figures["seconds"] * 1e6 / figures["requests"]}

    def decisions(self, subject, path, body, expected, connections, pause_ms=0):
        """Verdicts of AxonFlow's API, as fast as they come or with a pause of each connection between two."""
        file = self._directory / "decision.json"
        file.write_text(body)
        command = ["wrk", "-t1", f"-c{connections}", f"-d{self._seconds:g}s", "-s", HERE / "decision.lua",
                   f"http://{subject.address}", "--", path, file, expected, str(pause_ms)]
        out, busy = self._run(subject, command)
        figures = json.loads(out.strip().splitlines()[-1])
        if figures["bad"] or figures["errors"] or not figures["requests"]:
            raise Failure(f"{subject.name}, {path}: {figures}")
        return {"per_second": figures["requests"] / figures["seconds"], "p50_us": figures["p50"],
                "p95_us": figures["p95"], "p99_us": figures["p99"], "busy": busy,
                "cpu_us_per_request": busy * figures["seconds"] * 1e6 / figures["requests"]}

    def streams(self, subject, body, expected_text, count):
        file = self._directory / "stream.json"
        file.write_text(body)
        command = [self._tools / "stream_client", "--address", subject.stream_address, "--body", file,
                   "--expect", expected_text, "--streams", count, "--seconds", f"{self._seconds:g}"]
        out, busy = self._run(subject, command)
        figures = json.loads(out)
        if figures["errors"]:
            raise Failure(f"{subject.name}, streams: {figures['error']}")
        result = {"streams": figures["streams"], "events_per_stream": figures["events"] / figures["streams"],
                  "busy": busy}
        for key in ("first_event", "first_content", "gap"):
            result |= {f"{key}_p50_us": figures[key]["p50"], f"{key}_p99_us": figures[key]["p99"]}
        return result

    def _served(self):
        return json.loads(get(self._upstream, "/served"))

    def _run(self, subject, command):
        """The output, and the share of its core that the subject used meanwhile."""
        pids = [pid for process in subject.processes.values() for pid in process.pids()]
        cpu, begin = cpu_seconds(pids), time.monotonic()
        done = subprocess.run(["taskset", "-c", str(self._core), *[str(c) for c in command]],
                              capture_output=True, text=True, timeout=self._seconds + 90)
        if not done.stdout.strip():
            raise Failure(f"{command[0]} on {subject.name}: {done.stderr}")
        return done.stdout, (cpu_seconds(pids) - cpu) / (time.monotonic() - begin)


def post(address, body):
    return exchange(address, "POST", "/v1/chat/completions", body)


def get(address, path):
    return exchange(address, "GET", path)


def exchange(address, method, path, body=None):
    connection = http.client.HTTPConnection(address, timeout=30)
    try:
        connection.request(method, path, body, {"content-type": "application/json"})
        response = connection.getresponse()
        data = response.read()
        if response.status != 200:
            raise Failure(f"{address}: status {response.status}: {data[:500]!r}")
        return data
    finally:
        connection.close()
