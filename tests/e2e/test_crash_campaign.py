"""The crash campaign: processes are killed and disks fail at random moments under load, and each answer that arrived whole
has exactly one record, in a log that verifies.

PORTCULLIS_CAMPAIGN=1000000 asks for so many answers in sum (default 50,000), PORTCULLIS_CAMPAIGN_SEED=N for another order
of faults. The faults by name and the counts are printed (-s shows them).
"""

import mmap
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import threading

import pytest

from harness import BIN, CHAIN, Postgres, Stack, portcullis, providers, wait_for

HERE = pathlib.Path(__file__).parent
ANSWERS = int(os.environ.get("PORTCULLIS_CAMPAIGN", "50000"))
SEED = int(os.environ.get("PORTCULLIS_CAMPAIGN_SEED", "20261122"))
LOADERS = 2
NEEDED = 200  # answers between two faults, at least
PATIENCE = 60
WELL, NO_SYNC, FULL, TORN = range(4)


class Load:
    """Programs that ask on and on, each answer noted."""

    def __init__(self, address):
        self.ids = []
        self.refused = 0
        self.programs = [
            subprocess.Popen([sys.executable, HERE / "campaign_client.py", address[0], str(address[1]), f"client{i}"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for i in range(LOADERS)
        ]  # fmt: skip
        self.threads = [threading.Thread(target=self._read, args=(program,)) for program in self.programs]
        for thread in self.threads:
            thread.start()

    def _read(self, program):
        for line in program.stdout:
            if line.startswith("!"):
                self.refused += 1
            else:
                self.ids.append(line.strip())

    def stop(self):
        for program in self.programs:
            program.stdin.close()
        for program in self.programs:
            assert program.wait(PATIENCE) == 0
        for thread in self.threads:
            thread.join()


class Disk:
    """The disk of processes that were started with `env`."""

    def __init__(self, directory):
        library = directory / "faulty_disk.so"
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, HERE / "faulty_disk.c", "-ldl"], check=True)
        control = directory / "disk"
        control.write_bytes(b"\0")
        with open(control, "r+b") as file:
            self._mode = mmap.mmap(file.fileno(), 1)
        self.env = {"LD_PRELOAD": str(library), "FAULTY_DISK": str(control)}

    def be(self, mode):
        self._mode[0] = mode


class Campaign:
    def __init__(self, stack, disk, postgres, seed, answers):
        self.stack, self.disk, self.postgres = stack, disk, postgres
        self.rng = random.Random(seed)
        self.answers = answers
        self.done = {}
        self.load = None
        self.faults = [self.kill_one, self.kill_all, self.tear_spool, self.disk_fails]
        if postgres:
            self.faults.append(self.restart_postgres)
        else:
            self.faults.append(self.tear_database)

    def run(self):
        self.load = Load(self.stack.http_address)
        try:
            while len(self.load.ids) < self.answers:
                self.wait_for_answers(NEEDED + self.rng.randrange(800))
                fault = self.rng.choice(self.faults)
                fault()
                self.done[fault.__name__] = self.done.get(fault.__name__, 0) + 1
        finally:
            self.disk.be(WELL)
            self.load.stop()
        self.report()

    def report(self):
        print(f"\n{self.stack.form}, {'PostgreSQL' if self.postgres else 'SQLite'}: {len(self.load.ids)} answers, "
              f"{self.load.refused} refusals, faults {self.done}")

    def wait_for_answers(self, count):
        wanted = len(self.load.ids) + count
        wait_for(lambda: len(self.load.ids) >= wanted, f"{count} answers after {self.done}", PATIENCE)

    def end(self, names):
        for name in names:
            self.stack.processes.pop(name).stop(signal.SIGKILL)

    def begin(self, names):
        for name in names:
            self.stack.start_process(name)

    def kill_one(self):
        name = self.rng.choice(list(self.stack.processes))
        self.end([name])
        self.begin([name])

    def kill_all(self):
        names = list(self.stack.processes)
        self.rng.shuffle(names)
        self.end(names)
        self.begin([name for name in ("audit", "policy", "router", "edge", "gateway") if name in names])

    def tear_spool(self):
        """The front dies in the middle of a write."""
        self.end([self.stack.front])
        segments = sorted(self.stack.state_dir.glob("spool/*/*.seg"), key=lambda path: path.stat().st_mtime)
        if segments:
            bytes_there = segments[-1].read_bytes()
            frame = bytes_there[bytes_there.rfind(b"PCLF"):]
            with open(segments[-1], "ab") as segment:
                segment.write(frame[:self.rng.randrange(1, max(2, len(frame)))])
        self.begin([self.stack.front])

    def tear_database(self):
        """Whoever writes the database dies in the middle of a write to its log."""
        name = "audit" if "audit" in self.stack.processes else "gateway"
        self.end([name])
        log = self.stack.state_dir / "audit.db-wal"
        if log.exists():
            with open(log, "ab") as file:
                file.write(self.rng.randbytes(self.rng.randrange(1, 5000)))
        self.begin([name])

    def disk_fails(self):
        refused = self.load.refused
        self.disk.be(self.rng.choice([NO_SYNC, FULL, TORN]))
        wait_for(lambda: self.load.refused > refused + 20, "refusals of a disk that fails", PATIENCE)
        if self.rng.random() < 0.5:  # some do not live to see it mended
            name = self.stack.front
            self.end([name])
            self.disk.be(WELL)
            self.begin([name])
        self.disk.be(WELL)

    def restart_postgres(self):
        self.postgres.stop()
        self.wait_for_answers(NEEDED)  # what is not stored waits in the spools
        self.postgres.start()

    def check(self):
        """Each answer has one record, no record is there twice, and the log verifies."""
        self.stack.wait_ready()
        wait_for(lambda: self.stack.metric("portcullis_audit_spool_records") == 0, "all records to be stored", PATIENCE)
        export = [BIN / "portcullis", "events", "export", *map(str, self.stack.place)]
        counts = {}
        with subprocess.Popen(export, stdout=subprocess.PIPE, text=True, env=os.environ | self.stack.env) as program:
            for line in program.stdout:
                request_id = re.search(r'"request_id":"([^"]+)"', line).group(1)
                counts[request_id] = counts.get(request_id, 0) + 1
        assert program.returncode == 0
        lost = [i for i in self.load.ids if i not in counts]
        doubled = [i for i, count in counts.items() if count != 1]
        print(f"records {len(counts)}, lost {len(lost)}, doubled {len(doubled)}")
        assert (lost, doubled) == ([], [])
        assert len(set(self.load.ids)) == len(self.load.ids)
        assert set(self.stack.stop().values()) == {0}
        verified = portcullis("audit", "verify", *self.stack.place, env=self.stack.env, timeout=PATIENCE + ANSWERS / 1000)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        print(verified.stdout)


KINDS = {"all-in-one": 0.45, "suite": 0.35, "suite on PostgreSQL": 0.2}  # and their part of the answers


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_or_doubled(kind, sim, tmp_path):
    form = kind.split(" ")[0]
    disk = Disk(tmp_path)
    postgres = Postgres() if "PostgreSQL" in kind else None
    config = CHAIN + providers(sim) + "audit: {durability: disk}\n"
    env = dict(disk.env)
    if postgres:
        config += ("services:\n  audit:\n    store: postgresql\n    postgresql: {connection: \"" + postgres.connection
                   + "\", secret_key_ref: {env: AUDIT_DATABASE_PASSWORD}}\n")
        env["AUDIT_DATABASE_PASSWORD"] = Postgres.PASSWORD
    try:
        with Stack(form, tmp_path / "stack", config, env=env) as stack:
            campaign = Campaign(stack, disk, postgres, f"{SEED} {kind}", int(ANSWERS * KINDS[kind]))
            campaign.run()
            campaign.check()
    finally:
        if postgres:
            postgres.close()
