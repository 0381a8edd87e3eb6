"""The suite of the manifests with the component mtls: real programs, certificates of deploy/certificates."""

import contextlib
import json
import subprocess

import pytest

from cluster import GRPC
from harness import chat, wait_for
from mtls import SETTINGS, answer_to, credentials_of, make_certificates
from raw import Reader, connect, head
from test_kubernetes import of_kind, overlay_with

WITH_MTLS = ("k8s/components/mtls", "k8s/components/cert-manager")
FORMS = {"small": {"audit": 1, "policy": 1, "router": 1, "edge": 1}, "laptop": {"gateway": 1}}


def names_of(certificate):
    said = subprocess.run(
        ["openssl", "x509", "-in", certificate, "-noout", "-ext", "subjectAltName"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [name.strip().removeprefix("DNS:") for name in said.stdout.splitlines()[1].split(",")]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    directory = tmp_path_factory.mktemp("certificates")
    make_certificates(directory)
    return directory


def test_the_script_makes_what_cert_manager_makes(certificates):
    items = overlay_with("small", *WITH_MTLS)
    asked = {
        c["spec"]["secretName"]: c["spec"]["dnsNames"]
        for c in of_kind(items, "Certificate")
        if not c["spec"].get("isCA")
    }
    folders = {f"portcullis-{folder.name}-tls": folder for folder in certificates.iterdir() if folder.is_dir()}
    assert {secret: names_of(folder / "tls.crt") for secret, folder in folders.items()} == asked
    for folder in folders.values():
        assert (folder / "tls.key").stat().st_mode & 0o077 == 0


def ask(cluster, stream=False):
    body = json.dumps(chat("say: hello bob@example.org", stream=stream)).encode()
    connection = connect(cluster.http_address)
    with contextlib.closing(connection):
        connection.sendall(head(body, connection="close") + body)
        return Reader(connection).answer()


@pytest.mark.parametrize("form", FORMS)
def test_the_suite_runs_with_certificates_and_takes_new_ones(make_cluster, tmp_path, certificates, form):
    cluster = make_cluster(
        FORMS[form],
        name=form,
        components=WITH_MTLS,
        secret_folders={f"portcullis-{service}-tls": certificates / service for service in GRPC},
    )
    for stream in (False, True):
        answer = ask(cluster, stream)
        assert answer.status == 200 and b"bob@example.org" not in answer.body, answer.body
    for pod in cluster.pods.values():
        gate = (pod.address, GRPC[pod.component])
        assert answer_to(gate) == b"", f"{pod.name} takes plaintext"
        assert answer_to(gate, credentials_of(certificates)) == b"", f"{pod.name} takes who has no certificate"
        assert answer_to(gate, credentials_of(certificates, "operator"))[3] == SETTINGS, pod.name
    make_certificates(certificates, "--days", "30")
    for pod in cluster.pods.values():
        wait_for(lambda: pod.metric("portcullis_tls_reloads_total") > 0, f"{pod.name} to take its new certificate")
        assert pod.ready()
    assert ask(cluster).status == 200
