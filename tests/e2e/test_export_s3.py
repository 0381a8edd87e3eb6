"""Exports to an S3-compatible store: versitygw, which checks signatures and the hashes of contents."""

import os
import pathlib
import socket
import subprocess

import pytest

from harness import CHAIN, chat, portcullis, providers, wait_for
from raw import send

VERSITYGW = pathlib.Path(os.environ["PORTCULLIS_SDKS"]) / "versitygw"
KEY, SECRET = "AKIDPORTCULLIS", "not-to-be-seen-4711"
FORMATS = {"json": "application/x-ndjson", "csv": "text/csv", "cef": "text/plain", "ocsf": "application/x-ndjson"}


class Store:
    def __init__(self, directory):
        self.bucket = directory / "root" / "logs"
        self.bucket.mkdir(parents=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % free.getsockname()[1]
        self.url = "http://" + address
        self.process = subprocess.Popen([VERSITYGW, "--quiet", "--port", address, "--region", "eu-test-1", "posix",
                                         directory / "root"],
                                        env={"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET, "HOME": str(directory)},
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        wait_for(self._answers, "the store to listen")

    def _answers(self):
        host, port = self.url.removeprefix("http://").split(":")
        with socket.socket() as probe:
            return probe.connect_ex((host, int(port))) == 0

    def objects(self):
        return {str(p.relative_to(self.bucket)) for p in self.bucket.rglob("*")
                if p.is_file() and ".sgwtmp" not in p.parts}  # fmt: skip

    def open_uploads(self):
        return [p for p in self.bucket.glob(".sgwtmp/multipart/*/*")]

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    yield store
    store.stop()


def environment(store, **more):
    return {"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "eu-test-1", "AWS_ENDPOINT_URL": store.url, **more}  # fmt: skip


def export(stack, to, *words, what="events", env=None):
    return portcullis(what, "export", "--output", to, "--state-dir", stack.state_dir, *words, env=env)


@pytest.fixture
def filled(make_stack, sim):
    stack = make_stack(CHAIN + "audit: {head_interval_seconds: 1}\n" + providers(sim))
    for i in range(4):
        assert send(stack, chat(f"say: {i}")).status == 200
    wait_for(lambda: stack.metric("portcullis_audit_stored_total") >= 8, "the records to be stored")
    return stack


def test_each_form_of_export_is_the_same_as_in_a_file(filled, store, tmp_path):
    for form, content_type in FORMATS.items():
        key = f"a folder/ü({form})+=&.txt"
        assert export(filled, tmp_path / form, "--format", form).returncode == 0
        done = export(filled, f"s3://logs/{key}", "--format", form, env=environment(store))
        assert done.returncode == 0 and not done.stdout, done.stderr
        assert (store.bucket / key).read_bytes() == (tmp_path / form).read_bytes()
        assert os.getxattr(store.bucket / key, "user.content-type") == content_type.encode()
    wait_for(lambda: portcullis("audit", "head", "--state-dir", filled.state_dir).returncode == 0, "a signed head")
    done = export(filled, "s3://logs/log", what="audit", env=environment(store))
    assert done.returncode == 0 and "to s3://logs/log" in done.stdout, done.stderr
    verified = portcullis("audit", "verify", store.bucket / "log", "--key", filled.state_dir / "audit-key.pub")
    assert verified.returncode == 0, verified.stderr


def test_what_is_large_goes_by_parts(filled, store, tmp_path):
    emails = " ".join(f"person{i}@example.com" for i in range(400))
    for _ in range(150):
        assert send(filled, chat(emails)).status == 200
    wait_for(lambda: filled.metric("portcullis_audit_stored_total") >= 308, "the records to be stored")
    assert export(filled, tmp_path / "file").returncode == 0
    size = (tmp_path / "file").stat().st_size
    assert size > 5 << 20, f"{size} bytes are no two parts"
    done = export(filled, "s3://logs/large", "--s3-part-mib", "5", env=environment(store))
    assert done.returncode == 0, done.stderr
    assert (store.bucket / "large").read_bytes() == (tmp_path / "file").read_bytes()
    assert not store.open_uploads()


def refused(done, code, *texts):
    assert done.returncode == code, done.stderr
    for text in texts:
        assert text in done.stderr
    assert SECRET not in done.stderr and done.stderr.count("\n") == 1


def test_refusals_say_what_where_and_how_to_fix_it(filled, store):
    env = environment(store)
    wrong = export(filled, "s3://logs/x", env={**env, "AWS_SECRET_ACCESS_KEY": SECRET + "x"})
    refused(wrong, 1, "s3://logs/x at http://127.0.0.1", "SignatureDoesNotMatch, status 403", "check AWS_ACCESS_KEY_ID")
    refused(export(filled, "s3://logs/x", env={**env, "AWS_ACCESS_KEY_ID": "nobody"}), 1, "status 4", "AWS_ACCESS_KEY_ID")
    refused(export(filled, "s3://other/x", env=env), 1, "NoSuchBucket, status 404", "make the bucket")
    refused(export(filled, "s3://logs/x", "--s3-region", "elsewhere", env=env), 1, "status 4", "--s3-region")
    store.stop()
    refused(export(filled, "s3://logs/x", env=env), 1, "s3://logs/x: http://127.0.0.1", "connect", "--s3-endpoint")
    assert not store.objects()


def test_what_cannot_be_is_told_before_anything_is_sent(filled, store):
    env = environment(store)
    refused(export(filled, "s3://logs", env=env), 2, "which object")
    refused(export(filled, "s3://logs/x", "--s3-endpoint", "http://s3.example", env=env), 2, "--s3-allow-http")
    refused(export(filled, "s3://logs/x", env={"PATH": env["PATH"], "AWS_REGION": "r"}), 2, "AWS_ACCESS_KEY_ID is not set")
    refused(export(filled, "s3://logs/x", env={"PATH": env["PATH"]}), 2, "--s3-region")
