"""A collector of traces: takes what is sent to it by OTLP over HTTP, and answers as it is told to."""

import http.server
import threading


class Collector:
    """Answers with the next status of `script`, then with 200. An answer without a body says that all is well. While
    `gate` is closed nobody gets an answer."""

    def __init__(self):
        self.lock = threading.Lock()
        self.bodies, self.headers, self.script, self.requests = [], [], [], []  # of those bodies that were taken
        self.gate = threading.Event()
        self.gate.set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                with outer.lock:
                    outer.headers.append(dict(self.headers.items()))
                    outer.requests.append(self.path)
                    status = outer.script.pop(0) if outer.script else 200
                    if status == 200:
                        outer.bodies.append(body)
                outer.gate.wait()
                self.send_response(status)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *unused):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()

    def taken(self):
        """The bodies, so far."""
        with self.lock:
            return list(self.bodies)
