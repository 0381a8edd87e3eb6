"""Scaling by our own metrics: what the autoscalers ask for, prometheus-adapter's rules give, from metrics that exist.

(That the rules give values is tested on a real Prometheus in test_grafana.py; that a real autoscaler follows them
through the real adapter, by live/test_scaling.py.)
"""

import re

import pytest
import yaml

from paths import DEPLOY, documented_metrics, metrics_in
from test_kubernetes import combined, config_of, of_kind, overlay

ADAPTER = yaml.safe_load((DEPLOY / "prometheus" / "adapter.yaml").read_text())


def name_in(rule):
    """What a rule's metric is called by those who ask for it."""
    [series] = metrics_in(rule["seriesQuery"])
    name = rule["name"]
    found = re.fullmatch(name["matches"], series)
    assert found, rule
    return found.expand(name["as"].replace("${1}", r"\1")) if "as" in name else series


PODS = {name_in(rule): rule for rule in ADAPTER["rules"]}
EXTERNAL = {name_in(rule): rule for rule in ADAPTER["externalRules"]}


def expanded(rule, pods=None):
    """The query that the adapter makes of a rule for these pods, or for the namespace."""
    [series] = metrics_in(rule["seriesQuery"])
    matchers = 'namespace="portcullis"'
    if pods:
        matchers += f',pod=~"{"|".join(sorted(pods))}"'
    query = rule["metricsQuery"]
    for mark, text in (("<<.Series>>", series), ("<<.LabelMatchers>>", matchers), ("<<.GroupBy>>", "pod")):
        query = query.replace(mark, text)
    assert "<<" not in query, query
    return query


def asked(scaler):
    """(type, metric) of what an autoscaler looks at."""
    for metric in scaler["spec"]["metrics"]:
        kind = metric["type"]
        yield kind, metric["resource"]["name"] if kind == "Resource" else metric[kind.lower()]["metric"]["name"]


@pytest.mark.parametrize("name", ("small", "production"))
def test_the_autoscalers_look_at_what_each_service_does(tmp_path, name):
    items = combined(tmp_path, name, ["k8s/components/scaling"])
    scalers = {
        s["metadata"]["labels"]["app.kubernetes.io/component"]: dict(asked(s))
        for s in of_kind(items, "HorizontalPodAutoscaler")
    }
    expected = {
        "edge": {"Resource": "cpu", "Pods": "portcullis_in_flight_requests"},
        "policy": {"Resource": "cpu", "Pods": "portcullis_policy_scanned_bytes_per_second"},
        "router": {"Resource": "cpu", "Pods": "portcullis_upstream_in_flight"},
    }
    assert {scaler["Pods"] for scaler in expected.values()} == set(PODS)
    if name == "production":
        [backlog] = EXTERNAL
        expected["audit"] = {"Resource": "cpu", "External": backlog}
    assert scalers == expected


def test_the_rules_are_about_metrics_that_exist():
    documented = documented_metrics()
    for rule in [*ADAPTER["rules"], *ADAPTER["externalRules"]]:
        assert metrics_in(rule["seriesQuery"]) <= set(documented)
        assert not metrics_in(rule["metricsQuery"]), "names its series as <<.Series>>"


def test_an_edge_is_scaled_before_it_refuses():
    limits = yaml.safe_load(config_of(overlay("small"))[1])["gateway"]["limits"]
    scaling = (DEPLOY / "k8s/components/scaling/kustomization.yaml").read_text()
    target = int(re.search(r'portcullis_in_flight_requests.*?averageValue: "(\d+)"', scaling, re.S)[1])
    assert target <= limits["max_in_flight"] / 2
