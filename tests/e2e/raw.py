"""HTTP without any SDK: bytes in, bytes out."""

import http.client
import io
import json
import socket

from harness import DEADLINE


def connect(address):
    connection = socket.create_connection(address, timeout=DEADLINE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def head(body=b"", path="/v1/chat/completions", method="POST", **headers):
    """A request's head. Names of headers are given with _ for -."""
    lines = [f"{method} {path} HTTP/1.1", "host: gateway", "content-type: application/json"]
    fields = {"content-length": len(body), **{k.replace("_", "-"): v for k, v in headers.items()}}
    lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Answer:
    """An answer: status, headers with lower-case names, body. `whole` is false when its end never came."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.whole = True
        try:
            self.body = response.read()
        except (http.client.IncompleteRead, OSError) as error:
            self.whole = False
            self.body = getattr(error, "partial", b"")

    @property
    def request_id(self):
        return self.headers["x-request-id"]

    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json()["error"]

    def events(self):
        """The data of each event of a stream, as text."""
        assert self.headers["content-type"].startswith("text/event-stream"), self.headers
        blocks = [b for b in self.body.decode().split("\n\n") if b]
        return [b[len("data: "):] for b in blocks if b.startswith("data: ")]

    def chunks(self):
        """The events that are JSON, without [DONE]."""
        return [json.loads(e) for e in self.events() if e != "[DONE]"]

    def text(self):
        """The content of a streamed answer's first choice."""
        deltas = [c["delta"].get("content") or "" for chunk in self.chunks() for c in chunk.get("choices", [])]
        return "".join(deltas)


class Reader(io.BufferedReader):
    """Reads the answers of one connection, one after the other; what has arrived ahead is kept for the next."""

    def __init__(self, connection):
        super().__init__(connection.makefile("rb", buffering=0))

    def makefile(self, *unused):
        return self

    def close(self):
        """The connection's owner closes it."""

    def answer(self, method="POST"):
        response = http.client.HTTPResponse(self, method=method)
        response.begin()
        return Answer(response)


def exchange(address, data, method="POST"):
    """Sends these bytes on a connection of their own and reads one answer."""
    with connect(address) as connection:
        connection.sendall(data)
        return Reader(connection).answer(method)


def send(stack, body, path="/v1/chat/completions", method="POST", **headers):
    """One request. A body that is neither bytes nor text is sent as JSON."""
    if not isinstance(body, bytes):
        body = (body if isinstance(body, str) else json.dumps(body)).encode()
    return exchange(stack.http_address, head(body, path, method, **headers) + body, method)
