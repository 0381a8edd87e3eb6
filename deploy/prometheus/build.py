#!/usr/bin/env python3
"""Writes what is derived: rules/slo.yaml from the objectives below, and the PrometheusRule with all rules.

  build.py          writes both files
  build.py --check  fails if they are not what this program writes

An objective is a share of events that must be good over 30 days. Its error ratio is recorded over seven
windows, and two alerts compare pairs of windows with the rate at which the budget would be burnt (Google's
Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts"): a page at 14.4 times over 1 h or
6 times over 6 h, a ticket at 3 times over a day or once over 3 days; the shorter window of each pair ends the
alert soon after the cause.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
RULES = HERE / "rules"
PROMETHEUS_RULE = HERE.parent / "k8s" / "components" / "prometheus-rule" / "prometheus-rule.yaml"

WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
BY = "by (namespace, job)"

# Seconds. A bound of a histogram's buckets, so that the ratio is exact.
OVERHEAD_BOUND = "0.01"
FIRST_TOKEN_BOUND = "5"
AUDIT_LAG_BOUND = "10"


def slow(metric, bound):
    """The share of a histogram's observations above a bound, over the window in the braces."""
    return (
        f'1 - sum {BY} (rate({metric}_bucket{{{{le="{bound}"}}}}[{{window}}]))'
        f" / sum {BY} (rate({metric}_count[{{window}}]))"
    )


# name, objective, alert, what the error ratio counts, its expression
OBJECTIVES = (
    (
        "availability",
        0.999,
        "PortcullisAvailabilityBudgetBurn",
        "requests fail: answered with 5xx, or by a stream that ended in an error",
        f'(sum {BY} (rate(portcullis_requests_total{{{{status=~"5.."}}}}[{{window}}]) or'
        f' rate(portcullis_requests_total{{{{status="200",verdict="error"}}}}[{{window}}])) or'
        f" 0 * sum {BY} (rate(portcullis_requests_total[{{window}}])))"
        f" / sum {BY} (rate(portcullis_requests_total[{{window}}]))",
    ),
    (
        "overhead",
        0.99,
        "PortcullisOverheadBudgetBurn",
        f"requests to which the gateway itself adds more than {OVERHEAD_BOUND} s",
        slow("portcullis_overhead_seconds", OVERHEAD_BOUND),
    ),
    (
        "first-token",
        0.99,
        "PortcullisFirstTokenBudgetBurn",
        f"streams whose first text leaves later than {FIRST_TOKEN_BOUND} s after the request",
        slow("portcullis_time_to_first_token_seconds", FIRST_TOKEN_BOUND),
    ),
    (
        "audit-lag",
        0.999,
        "PortcullisAuditLagBudgetBurn",
        f"time in which audit records wait longer than {AUDIT_LAG_BOUND} s for the audit service",
        "avg_over_time(portcullis:audit_lag_exceeded:bool[{window}])",
    ),
)

# severity, ((burn rate, long window, short window), ...), for
BURNS = (
    ("page", ((14.4, "1h", "5m"), (6, "6h", "30m")), "2m"),
    ("ticket", ((3, "1d", "2h"), (1, "3d", "6h")), "15m"),
)


def ratio(window, name):
    return f'portcullis:slo_errors:ratio_rate{window}{{slo="{name}"}}'


def recording_rules():
    """Yields (record, labels, expression)."""
    # Little's law: the mean number that waits over the rate of arrival is the mean wait. Per edge, then the
    # worst: one edge that is cut off must not be lost in the average. The least rate keeps a leaf that is
    # stuck while nothing arrives from being divided by nothing.
    yield (
        "portcullis:audit_lag:seconds",
        {},
        f"max {BY} (avg_over_time(portcullis_audit_spool_records[5m])"
        " / clamp_min(sum without (kind) (rate(portcullis_audit_records_total[5m])), 0.1))",
    )
    yield "portcullis:audit_lag_exceeded:bool", {}, f"portcullis:audit_lag:seconds > bool {AUDIT_LAG_BOUND}"
    # Each request leaves one record: both counters begin with their process, and a record is counted before its
    # request. So the difference is never above 0 for longer than a scrape takes.
    by_instance = "by (namespace, job, instance)"
    yield (
        "portcullis:audit_unrecorded_requests:count",
        {},
        f"sum {by_instance} (portcullis_requests_total)"
        f' - sum {by_instance} (portcullis_audit_records_total{{kind="outcome"}})',
    )
    yield (
        "portcullis:overhead_seconds:p99_5m",
        {},
        "histogram_quantile(0.99, sum by (namespace, job, le) "
        "(rate(portcullis_overhead_seconds_bucket[5m])))",
    )
    yield (
        "portcullis:time_to_first_token_seconds:p99_5m",
        {},
        "histogram_quantile(0.99,"
        " sum by (namespace, job, le) (rate(portcullis_time_to_first_token_seconds_bucket[5m])))",
    )
    for name, objective, _, _, _ in OBJECTIVES:
        yield "portcullis:slo_objective:ratio", {"slo": name}, f"vector({objective})"
    for window in WINDOWS:
        for name, _, _, _, expression in OBJECTIVES:
            yield f"portcullis:slo_errors:ratio_rate{window}", {"slo": name}, expression.format(window=window)


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def slo_rules():
    lines = [
        "# Made by deploy/prometheus/build.py; edit the objectives there.",
        "groups:",
        "  - name: portcullis-slo-records",
        "    rules:",
    ]
    for record, labels, expression in recording_rules():
        lines += [f"      - record: {record}", f"        expr: {quoted(expression)}"]
        if labels:
            lines.append("        labels: {" + ", ".join(f"{k}: {v}" for k, v in labels.items()) + "}")
    lines += ["  - name: portcullis-slo-alerts", "    rules:"]
    for name, objective, alert, counts, _ in OBJECTIVES:
        budget = f"{(1 - objective):.4g}"
        for severity, burns, wait in BURNS:
            pairs = [
                f"({ratio(long, name)} > {burn} * {budget} and {ratio(short, name)} > {burn} * {budget})"
                for burn, long, short in burns
            ]
            lines += [
                f"      - alert: {alert}",
                f"        expr: {quoted(' or '.join(pairs))}",
                f"        for: {wait}",
                f"        labels: {{severity: {severity}, slo: {name}}}",
                "        annotations:",
                f"          summary: 'The error budget of {name} ({objective:.4g} over 30 days) burns too "
                f"fast.'",
                f"          description: 'Share of {counts}: {{{{ $value | humanizePercentage }}}}.'",
                f"          runbook: docs/runbooks/{alert}.md",
            ]
    return "\n".join(lines) + "\n"


def prometheus_rule(texts):
    """The groups of all rule files in one PrometheusRule. Text, not YAML: what is read there is what is "
    "tested."""
    lines = [
        "# Made by deploy/prometheus/build.py from deploy/prometheus/rules; edit those.",
        "apiVersion: monitoring.coreos.com/v1",
        "kind: PrometheusRule",
        "metadata:",
        "  name: portcullis",
        "  namespace: portcullis",
        "  labels:",
        "    app.kubernetes.io/name: portcullis",
        "    app.kubernetes.io/part-of: portcullis",
        "spec:",
        "  groups:",
    ]
    for text in texts:
        _, groups = text.split("\ngroups:\n")
        lines += [("  " + line).rstrip() for line in groups.splitlines()]
    return "\n".join(lines) + "\n"


def outputs():
    slo = slo_rules()
    others = [path.read_text() for path in sorted(RULES.glob("*.yaml")) if path.name != "slo.yaml"]
    return {RULES / "slo.yaml": slo, PROMETHEUS_RULE: prometheus_rule([*others, slo])}


def main():
    for path, text in outputs().items():
        if "--check" not in sys.argv[1:]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            raise SystemExit(f"{path} is not what deploy/prometheus/build.py writes: run it")


if __name__ == "__main__":
    main()
