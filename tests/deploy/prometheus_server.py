"""A real Prometheus (Debian's package) that scrapes the processes of a Stack and evaluates our rules."""

import json
import math
import re
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

from harness import Process, wait_for
from paths import RULES, tool

LISTENING = re.compile(r'msg="Listening on" address=(\S+)')


class Prometheus:
    def __init__(self, stack, directory):
        config = directory / "prometheus.yaml"
        config.write_text(
            yaml.safe_dump(
                {
                    "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
                    "rule_files": [str(path) for path in RULES],
                    "scrape_configs": [
                        {
                            "job_name": "portcullis",
                            "static_configs": [
                                {
                                    "targets": [stack.addresses[name]["admin"]],
                                    "labels": {"namespace": "portcullis", "pod": f"portcullis-{name}-0"},
                                }
                                for name in stack.processes
                            ],
                        }
                    ],
                }
            )
        )
        self.begun = time.time()
        self.process = Process(
            "prometheus",
            [
                tool("prometheus"),
                f"--config.file={config}",
                f"--storage.tsdb.path={directory / 'data'}",
                "--web.listen-address=127.0.0.1:0",
            ],
        )
        self.address = self.process.wait_line(
            lambda line: (LISTENING.search(line) or [None, None])[1], "its address"
        )
        wait_for(self._ready, "Prometheus to be ready")

    def _ready(self):
        try:
            return urllib.request.urlopen(f"http://{self.address}/-/ready").status == 200
        except urllib.error.URLError:
            return False

    def get(self, path, **parameters):
        query = urllib.parse.urlencode(parameters, doseq=True)
        try:
            answer = json.load(urllib.request.urlopen(f"http://{self.address}/api/v1/{path}?{query}"))
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from error
        assert answer["status"] == "success", answer
        return answer["data"]

    def instant(self, expression):
        """The values of an expression now, those that are numbers."""
        result = self.get("query", query=expression)["result"]
        return [float(s["value"][1]) for s in result if math.isfinite(float(s["value"][1]))]

    def range(self, expression):
        """The values of an expression since the start, those that are numbers."""
        result = self.get("query_range", query=expression, start=self.begun, end=time.time(), step="1s")[
            "result"
        ]
        return [float(v) for s in result for _, v in s["values"] if math.isfinite(float(v))]

    def series(self):
        return self.get(
            "series", **{"match[]": '{job="portcullis"}', "start": self.begun, "end": time.time()}
        )

    def label_values(self, label, selector):
        return self.get(f"label/{label}/values", **{"match[]": selector})

    def stop(self):
        self.process.stop()
