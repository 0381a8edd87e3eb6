"""Asks a gateway on and on, over one connection at a time, and prints the id of each answer that arrived whole.

    campaign_client.py HOST PORT NAME

Every eighth answer is a stream. Answers that are no 200 print "! STATUS"; a connection that breaks is made anew. Ends when
its standard input does.
"""

import json
import select
import socket
import sys
import time

PAUSE = 0.01  # after an attempt to connect that failed


def request(name, number):
    body = {"model": "mistral-large-latest", "messages": [{"role": "user", "content": f"say: {name} {number}"}]}
    if number % 8 == 0:
        body["stream"] = True
    data = json.dumps(body).encode()
    return b"POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(data), data)


def header(head, name):
    begin = head.find(b"\r\n" + name + b": ")
    return None if begin < 0 else head[begin + len(name) + 4:head.index(b"\r\n", begin + 2)]


class Broken(Exception):
    pass


class Connection:
    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def until(self, end):
        while (at := self.buffer.find(end)) < 0:
            self.more()
        found, self.buffer = self.buffer[:at + len(end)], self.buffer[at + len(end):]
        return found

    def exactly(self, size):
        while len(self.buffer) < size:
            self.more()
        found, self.buffer = self.buffer[:size], self.buffer[size:]
        return found

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise Broken
        self.buffer += data

    def body(self, head):
        length = header(head, b"content-length")
        if length is not None:
            return self.exactly(int(length))
        text = b""
        while size := int(self.until(b"\r\n"), 16):
            text += self.exactly(size)
            self.exactly(2)
        self.exactly(2)
        if not text.rstrip().endswith(b"data: [DONE]"):
            raise Broken
        return text

    def ask(self, data):
        """Status and request id of an answer that arrived whole."""
        self.socket.sendall(data)
        head = self.until(b"\r\n\r\n")
        self.body(head)
        return int(head[9:12]), header(head, b"x-request-id").decode()


def main():
    address, name = (sys.argv[1], int(sys.argv[2])), sys.argv[3]
    connection, number = None, 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        number += 1
        try:
            connection = connection or Connection(address)
            status, request_id = connection.ask(request(name, number))
            print(request_id if status == 200 else f"! {status}", flush=True)
        except (OSError, Broken):
            connection = None
            time.sleep(PAUSE)
    return 0


sys.exit(main())
