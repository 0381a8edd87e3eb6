"""Starts a program on one core, finds its addresses, reads what the kernel knows of it, and ends it."""

import json
import os
import pathlib
import queue
import signal
import subprocess
import threading
import time

DEADLINE = 30.0
TICKS = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """A measurement that must not become a figure."""


class Process:
    def __init__(self, name, core, args, env=None):
        self.name = name
        self._lines = queue.Queue()
        self._log = []
        self.started_at = time.monotonic()
        self.popen = subprocess.Popen(
            ["taskset", "-c", str(core), *[str(a) for a in args]],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={"PATH": os.environ["PATH"], **(env or {})},
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.popen.stdout:
            self._log.append(line)
            del self._log[:-200]
            self._lines.put(line)
        self._lines.put(None)

    def wait_line(self, predicate, what):
        end = time.monotonic() + DEADLINE
        while True:
            try:
                line = self._lines.get(timeout=max(0.001, end - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise Failure(f"{self.name}: not seen: {what}\n" + "".join(self._log))
            found = predicate(line)
            if found:
                return found

    def listening(self):
        """The addresses in the log line "listening": {"http": "127.0.0.1:1", "grpc": ..., "admin": ...}."""

        def parse(line):
            entry = json.loads(line) if line.startswith("{") else {}
            return entry if entry.get("msg") == "listening" else None

        return self.wait_line(parse, "its addresses")

    def pids(self):
        """The process and its children (nginx has a worker)."""
        pid = self.popen.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *[int(c) for c in children]]

    def stop(self):
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
        try:
            return self.popen.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            raise Failure(f"{self.name} did not end")


def cpu_seconds(pids):
    """Processor time used so far, user and system."""
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory_mib(pid):
    """MiB: resident, the most that was resident, and the resident part that no file backs."""
    values = {}
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        key, _, value = line.partition(":")
        if key in ("VmRSS", "VmHWM", "RssAnon"):
            values[key] = int(value.split()[0]) / 1024
    return {"resident": values["VmRSS"], "peak": values["VmHWM"], "anonymous": values["RssAnon"]}
