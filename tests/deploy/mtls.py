"""Certificates of deploy/certificates, and what a gRPC port says to their holders."""

import contextlib
import socket
import ssl
import subprocess

from harness import DEADLINE, wait_for
from paths import DEPLOY

SETTINGS, HEADERS = 4, 1  # types of HTTP/2's frames


def make_certificates(directory, *arguments):
    done = subprocess.run(
        [DEPLOY / "certificates", directory, *arguments], capture_output=True, text=True, timeout=DEADLINE
    )
    assert done.returncode == 0, done.stderr


def credentials_of(certificates, who=None):
    """To speak TLS with the certificate of `who`, or with none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(certificates / "ca.crt")
    context.set_alpn_protocols(["h2"])
    if who:
        context.load_cert_chain(certificates / who / "tls.crt", certificates / who / "tls.key")
    return context


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0)


def call_of(method):
    """The frames of a call with an empty message: headers as they are, nothing compressed."""
    fields = {":method": "POST", ":scheme": "https", ":path": method, ":authority": "portcullis", "te": "trailers"}
    fields["content-type"] = "application/grpc"
    block = b"".join(
        b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
        for name, value in fields.items()
    )
    return frame(HEADERS, 4, 1, block) + frame(0, 1, 1, b"\x00" * 5)


def answer_to(address, credentials=None, call=b"", until=lambda: True):
    """The first bytes that a gRPC port answers to HTTP/2's first: none when it does not want us. The connection stays
    until a condition is true.
    """
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(socket.create_connection(address, timeout=DEADLINE))
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            if credentials:
                connection = stack.enter_context(credentials.wrap_socket(connection))
            connection.sendall(PREFACE + call)
            first = connection.recv(9)
            wait_for(until, "what the call brings about")
            return first
        return b""
