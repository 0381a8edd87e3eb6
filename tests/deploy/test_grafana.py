"""Dashboards: made by their program, about metrics that exist, and full when everything happens."""

import json
import re
import subprocess
import sys

import pytest

from harness import FORMS, Stack, wait_for
from load import MARKER, World, everything
from paths import DEPLOY, RULES, documented_metrics, metrics_in, unknown_metrics
from prometheus_server import Prometheus
from test_scaling import EXTERNAL, PODS, expanded

BOARDS = {
    path.stem: json.loads(path.read_text())
    for path in sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
}
OR_ZERO = " or vector(0)"
ONLY_SUITE = {"portcullis_peer_lanes"}  # the all-in-one has no peers
# Features that the load does not use; tests/e2e has each of these metrics.
NOT_IN_LOAD = {
    "portcullis_audit_kafka_errors_total",
    "portcullis_audit_kafka_lag_seconds",
    "portcullis_audit_kafka_position",
    "portcullis_audit_kafka_sent_total",
    "portcullis_hedges_total",
    "portcullis_mirrored_requests_total",
    "portcullis_policy_failures_total",
    "portcullis_quality_retries_total",
    "portcullis_quality_score_count",
    "portcullis_quality_score_sum",
}
RECORDED = re.compile(r"\bportcullis:[\w:]+")

# Labels that a series may carry, and how many values each may have with what this test configures.
ALLOWED_LABELS = {
    "job": 1,
    "instance": 4,
    "namespace": 1,
    "pod": 4,
    "le": 60,
    "endpoint": 12,
    "status": 24,
    "verdict": 8,
    "target": 3,
    "direction": 6,
    "phase": 8,
    "result": 13,
    "policy": 4,
    "action": 8,
    "outcome": 24,
    "reason": 4,
    "from": 3,
    "to": 3,
    "kind": 5,
    "fail_mode": 2,
    "anchor": 1,
    "process": 5,
    "version": 6,
    "revision": 1,
    "pack": 1,
    "bundle": 1,
    "slo": 4,
    "alertname": 40,
    "alertstate": 2,
    "severity": 2,
    "certificate": 2,
    "peer": 2,
}


def panels(board):
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries():
    return [
        pytest.param(panel["type"], target, id=f"{name}-{panel['title']}-{target['refId']}")
        for name, board in BOARDS.items()
        for panel in panels(board)
        for target in panel["targets"]
    ]


def variables(board):
    return {v["name"]: v["query"]["query"] for v in board["templating"]["list"] if v["type"] == "query"}


def test_dashboards_are_what_the_program_writes():
    done = subprocess.run(
        [sys.executable, DEPLOY / "grafana" / "build.py", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert set(BOARDS) == {"overview", "routing", "policies", "audit", "services", "slo"}
    provided = (DEPLOY / "grafana" / "kustomization.yaml").read_text()
    for name in BOARDS:
        assert f"dashboards/{name}.json" in provided


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_is_whole(name):
    board = BOARDS[name]
    assert board["uid"] == f"portcullis-{name}" and board["panels"]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    taken = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
    for panel in panels(board):
        assert panel["title"] and panel["targets"] and panel["datasource"]["uid"] == "${datasource}"


@pytest.mark.parametrize("kind, target", queries())
def test_a_query_names_what_exists(kind, target):
    text = target["expr"]
    assert not unknown_metrics(text)
    documented = documented_metrics()
    from_prometheus = {"job", "instance", "namespace", "slo", "alertname", "alertstate", "severity"}
    for metric, selector in re.findall(r"\b((?:portcullis|process)_\w+)\{([^}]*)\}", text):
        for label in re.findall(r"(\w+)(?:=~|!=|=)", selector):
            assert label in documented[metric] | from_prometheus, (metric, label)


def test_recorded_series_are_recorded():
    rules = (DEPLOY / "prometheus" / "rules" / "slo.yaml").read_text()
    recorded = set(re.findall(r"record: (\S+)", rules))
    for board in BOARDS.values():
        for panel in panels(board):
            for target in panel["targets"]:
                assert set(RECORDED.findall(target["expr"])) <= recorded, target["expr"]


@pytest.fixture(scope="module", params=FORMS)
def prometheus(request, tmp_path_factory):
    """Has seen everything that can happen to a gateway of this form."""
    directory = tmp_path_factory.mktemp(f"prometheus-{request.param}")
    world = World()
    try:
        with Stack(
            request.param, directory / "stack", world.config, process_flags=world.process_flags
        ) as stack:
            stack.wait_ready()
            server = Prometheus(stack, directory)
            try:
                everything(stack, world)
                # The last events have been scraped, and the rules evaluated, a few times.
                seen = len(server.range("portcullis:slo_errors:ratio_rate5m"))
                wait_for(
                    lambda: len(server.range("portcullis:slo_errors:ratio_rate5m")) >= seen + 12,
                    "more samples",
                )
                server.form = request.param
                yield server
            finally:
                server.stop()
    finally:
        world.stop()


def filled(prometheus, board, text):
    """An expression as Grafana would send it, with every variable set to all of its values."""
    for name, query in variables(board).items():
        text = re.sub(rf"\${name}\b", "|".join(variable_values(prometheus, board, query)), text)
    return text.replace("$__rate_interval", "1m").replace("$__range", "5m")


def variable_values(prometheus, board, query):
    selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", query).groups()
    values = prometheus.label_values(label, selector.replace("$job", ".*"))
    assert values, query
    return values


@pytest.mark.parametrize("name", BOARDS)
def test_each_panel_and_variable_has_data(prometheus, name):
    board = BOARDS[name]
    empty = []
    for panel in panels(board):
        for target in panel["targets"]:
            expected_empty = NOT_IN_LOAD | (ONLY_SUITE if prometheus.form == "all-in-one" else set())
            if metrics_in(target["expr"]) & expected_empty:
                continue
            # Without the zero that stands for events that have not happened: here they have.
            expression = filled(prometheus, board, target["expr"].replace(OR_ZERO, ""))
            ask = prometheus.instant if target.get("instant") else prometheus.range
            if not ask(expression):
                empty.append((panel["title"], expression))
    assert empty == []


def test_no_label_is_unbounded(prometheus):
    values = {}
    for labels in prometheus.series():
        assert MARKER not in json.dumps(labels), labels
        for name, value in labels.items():
            if name != "__name__":
                values.setdefault(name, set()).add(value)
    assert set(values) <= set(ALLOWED_LABELS)
    assert {name: len(v) for name, v in values.items() if len(v) > ALLOWED_LABELS[name]} == {}


def test_each_metric_of_the_rules_was_served(prometheus):
    served = {labels["__name__"] for labels in prometheus.series()}
    if prometheus.form == "all-in-one":
        served |= ONLY_SUITE
    for path in RULES:
        assert metrics_in(path.read_text()) <= served | NOT_IN_LOAD


@pytest.mark.parametrize("metric", sorted(PODS | EXTERNAL))
def test_what_the_autoscalers_ask_for_has_data(prometheus, metric):
    """The queries that prometheus-adapter makes of its rules: which series there are, and their value by pod."""
    rule = (PODS | EXTERNAL)[metric]
    pods = {
        labels["pod"]
        for labels in prometheus.get("series", **{"match[]": rule["seriesQuery"], "start": prometheus.begun})
    }
    assert pods
    ask = expanded(rule, pods if metric in PODS else None)
    now = prometheus.get("query", query=ask)["result"]
    if metric in PODS:
        assert {series["metric"].get("pod") for series in now} == pods, ask
        assert max(prometheus.range(ask)) > 0, ask
    else:
        assert len(now) == 1, ask  # the spool may have been emptied between two scrapes


def test_alerts_fire_for_what_happened_and_for_nothing_else(prometheus):
    """Those without a waiting time; a defect of the gateway would show here, too."""
    firing = {
        alert["labels"]["alertname"]
        for alert in prometheus.get("alerts")["alerts"]
        if alert["state"] == "firing"
    }
    assert {
        "PortcullisUpstreamKeyRefused",
        "PortcullisAuditAppendFailing",
        "PortcullisConfigRejected",
        "PortcullisCertificateRejected",
        "PortcullisCallsRefused",
    } <= firing
    assert not firing & {
        "PortcullisUnscannedText",
        "PortcullisAuditSpoolDamaged",
        "PortcullisAuditUnreadable",
        "PortcullisLogLinesDropped",
        "PortcullisRestarting",
    }
