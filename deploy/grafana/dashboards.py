"""What the dashboards show: tables of rows, panels and queries. build.py makes Grafana's JSON of them."""

import dataclasses


@dataclasses.dataclass
class Panel:
    title: str
    queries: list  # (PromQL, legend)
    text: str = ""
    unit: str = "short"
    kind: str = "lines"  # lines, number, states, table
    width: int = 8  # of 24
    height: int = 8
    decimals: int | None = None
    stacked: bool = False
    steps: tuple = ()  # number: ((from, "ok" | "warn" | "bad"), ...), the first from None
    states: tuple = ()  # states: ((value, text, colour), ...)


@dataclasses.dataclass
class Row:
    title: str
    panels: list


@dataclasses.dataclass
class Board:
    name: str
    title: str
    text: str
    variables: list
    rows: list


JOB = ("job", "label_values(portcullis_build_info, job)")
INSTANCE = ("instance", 'label_values(portcullis_build_info{job=~"$job"}, instance)')
TARGET = ("target", 'label_values(portcullis_circuit_state{job=~"$job"}, target)')
POLICY = ("policy", 'label_values(portcullis_policy_decisions_total{job=~"$job"}, policy)')

# Series that first appear with their first event: 0 until then, not "No data".
OR_ZERO = " or vector(0)"


def series(metric, **labels):
    """metric{job=~"$job",...}; a value that begins with ~ or ! is an operator of its own."""
    parts = ['job=~"$job"']
    for name, value in labels.items():
        operator, value = ("=~", value[1:]) if value.startswith("~") else ("=", value)
        parts.append(f'{name}{operator}"{value}"')
    return metric + "{" + ",".join(parts) + "}"


def rate(metric, by="", **labels):
    group = f" by ({by})" if by else ""
    return f"sum{group} (rate({series(metric, **labels)}[$__rate_interval]))"


def quantile(q, metric, by="", **labels):
    return f"histogram_quantile({q}, {rate(metric + '_bucket', 'le' + (', ' + by if by else ''), **labels)})"


def quantiles(metric, by="", **labels):
    legend = f"{{{{{by}}}}} " if by else ""
    return [(quantile(q, metric, by, **labels), f"{legend}p{round(q * 100)}") for q in (0.5, 0.95, 0.99)]


def number(title, query, unit="short", **more):
    return Panel(title, [(query, "")], unit=unit, kind="number", height=4, **{"width": 4, **more})


ERRORS = (
    f"(({rate('portcullis_requests_total', status='~5..')}{OR_ZERO})"
    f" + ({rate('portcullis_requests_total', status='200', verdict='error')}{OR_ZERO}))"
)
RED_ABOVE_ZERO = ((None, "ok"), (1, "bad"))

OVERVIEW = Board(
    "overview",
    "Overview",
    "What clients feel, what policies decide, what it costs.",
    [JOB],
    [
        Row("Now", [
            number("Requests", rate("portcullis_requests_total"), "reqps"),
            number("Available", f"1 - {ERRORS} / {rate('portcullis_requests_total')}", "percentunit", decimals=2,
                   text="Share of requests that did not end in 5xx or in a stream with an error.",
                   steps=((None, "bad"), (0.99, "warn"), (0.999, "ok"))),
            number("Overhead p99", quantile(0.99, "portcullis_overhead_seconds"), "s",
                   steps=((None, "ok"), (0.01, "warn"), (0.1, "bad"))),
            number("First token p99", quantile(0.99, "portcullis_time_to_first_token_seconds"), "s",
                   steps=((None, "ok"), (5, "warn"), (10, "bad"))),
            number("Cost per hour", f"3600 * {rate('portcullis_cost_usd_total')}", "currencyUSD", decimals=2),
            number("Text unseen by policies", f"sum({series('portcullis_unscanned_text_bytes_total')})", "bytes",
                   text="Anything but 0 is a defect.", steps=RED_ABOVE_ZERO),
        ]),
        Row("Traffic and errors", [
            Panel("Requests by status", [(rate("portcullis_requests_total", "status"), "{{status}}")], unit="reqps", stacked=True),
            Panel("Requests by endpoint", [(rate("portcullis_requests_total", "endpoint"), "{{endpoint}}")], unit="reqps", stacked=True),
            Panel("Failures", [
                (rate("portcullis_requests_total", "status", status="~5..") + OR_ZERO, "{{status}}"),
                (rate("portcullis_requests_total", status="200", verdict="error") + OR_ZERO, "stream ended in an error"),
                (rate("portcullis_client_departures_total", "phase") + OR_ZERO, "client left: {{phase}}"),
            ], unit="reqps"),
        ]),
        Row("Latency", [
            Panel("Request duration", quantiles("portcullis_request_duration_seconds", "endpoint"), unit="s"),
            Panel("Overhead of the gateway", quantiles("portcullis_overhead_seconds"), unit="s",
                  text="Whole answers without the upstream's time, streams up to the first byte."),
            Panel("Time to first token", quantiles("portcullis_time_to_first_token_seconds"), unit="s"),
            Panel("Gap between writes of a stream", quantiles("portcullis_inter_token_seconds"), unit="s"),
        ]),
        Row("Saturation", [
            Panel("Requests under way", [(f"sum({series('portcullis_in_flight_requests')})", "requests"),
                                         (f"sum({series('portcullis_upstream_in_flight')})", "upstream attempts")]),
            Panel("CPU", [(f"sum by (instance) (rate({series('process_cpu_seconds_total')}[$__rate_interval]))", "{{instance}}")],
                  text="Seconds of CPU per second, by process."),
            Panel("Memory", [(f"sum by (instance) ({series('process_resident_memory_bytes')})", "{{instance}}")], unit="bytes"),
        ]),
        Row("Verdicts", [
            Panel("Requests by verdict", [(rate("portcullis_requests_total", "verdict"), "{{verdict}}")], unit="reqps", stacked=True),
            Panel("Blocks and redactions by policy", [
                (rate("portcullis_policy_decisions_total", "policy, action", action="~block|redact|escalate"), "{{policy}} {{action}}"),
            ], unit="ops"),
            Panel("Share blocked", [
                (f"({rate('portcullis_requests_total', verdict='block')}{OR_ZERO}) / {rate('portcullis_requests_total')}", "blocked"),
            ], unit="percentunit"),
        ]),
        Row("Cost", [
            Panel("Cost per hour by target", [(f"3600 * {rate('portcullis_cost_usd_total', 'target')}", "{{target}}")],
                  unit="currencyUSD", stacked=True, text="Of answers whose price is configured."),
            Panel("Tokens", [(rate("portcullis_tokens_total", "target, direction"), "{{target}} {{direction}}")], stacked=True),
            Panel("Cost per 1000 requests", [
                (f"1000 * {rate('portcullis_cost_usd_total')} / {rate('portcullis_requests_total')}", "USD"),
            ], unit="currencyUSD"),
        ]),
    ],
)  # fmt: skip

CIRCUIT = ((0, "closed", "ok"), (1, "half-open", "warn"), (2, "open", "bad"))
HEALTH = ((1, "healthy", "ok"), (0, "unhealthy", "bad"))
T = {"target": "~$target"}
OUTCOMES = "portcullis_upstream_attempts_total"

ROUTING = Board(
    "routing",
    "Routing",
    "Targets: their circuits, health, attempts and retries.",
    [JOB, TARGET],
    [
        Row("State", [
            Panel("Circuits", [(f"max by (target) ({series('portcullis_circuit_state', **T)})", "{{target}}")],
                  kind="states", states=CIRCUIT, width=12),
            Panel("Health", [(f"min by (target) ({series('portcullis_target_healthy', **T)})", "{{target}}")],
                  kind="states", states=HEALTH, width=12),
        ]),
        Row("Attempts", [
            Panel("Attempts by outcome", [(rate(OUTCOMES, "outcome", **T), "{{outcome}}")], unit="ops", stacked=True),
            Panel("Attempts by target", [(rate(OUTCOMES, "target", **T), "{{target}}")], unit="ops", stacked=True),
            Panel("Share that failed, by target", [
                (f'1 - {rate(OUTCOMES, "target", outcome="~ok|cancelled|bad_request|context_too_long", **T)}'
                 f' / ({rate(OUTCOMES, "target", **T)} > 0)', "{{target}}"),
            ], unit="percentunit", text="Without what the client did: cancelled, bad request, context too long."),
            Panel("Retries", [(rate("portcullis_retries_total", "target", **T), "{{target}}")], unit="ops"),
            Panel("Attempts under way", [(f"sum by (target) ({series('portcullis_upstream_in_flight', **T)})", "{{target}}")]),
            Panel("Circuit changes", [
                (f"sum by (target, from, to) (increase({series('portcullis_circuit_transitions_total', **T)}[$__rate_interval]))" + OR_ZERO,
                 "{{target}} {{from}} to {{to}}"),
            ]),
        ]),
        Row("Probes", [
            Panel("Duration of probes", quantiles("portcullis_probe_duration_seconds", "target", **T), unit="s", width=12),
            Panel("Probes", [(rate("portcullis_probe_duration_seconds_count", "target", **T), "{{target}}")], unit="ops", width=12),
        ]),
        Row("What targets were used for", [
            Panel("Tokens", [(rate("portcullis_tokens_total", "target, direction", **T), "{{target}} {{direction}}")], width=12),
            Panel("Cost per hour", [(f"3600 * {rate('portcullis_cost_usd_total', 'target', **T)}", "{{target}}")],
                  unit="currencyUSD", width=12),
        ]),
    ],
)  # fmt: skip

P = {"policy": "~$policy"}

POLICIES = Board(
    "policies",
    "Policies",
    "Decisions, their time, what streams hold back, and that all text that passed was seen.",
    [JOB, POLICY],
    [
        Row("Coverage", [
            number("Text unseen", f"sum({series('portcullis_unscanned_text_bytes_total')})", "bytes", width=6, steps=RED_ABOVE_ZERO,
                   text="Bytes that a policy had to see and did not, since the processes started. Anything but 0 is a defect."),
            number("Scanned", f"sum(increase({series('portcullis_policy_scanned_bytes_total')}[$__range]))", "bytes", width=6),
            number("Forwarded", f"sum(increase({series('portcullis_forwarded_text_bytes_total')}[$__range]))", "bytes", width=6),
            Panel("Policy chains", [(f"count by (bundle) ({series('portcullis_policy_bundle_info')})", "")],
                  kind="table", width=6, height=4, text="Hashes of the compiled chains in use, with the number of processes."),
            Panel("Scanned and forwarded", [
                (rate("portcullis_policy_scanned_bytes_total", "direction"), "scanned {{direction}}"),
                (rate("portcullis_forwarded_text_bytes_total", "direction"), "forwarded {{direction}}"),
            ], unit="Bps", width=12, text="Blocked text is scanned and not forwarded; redaction changes its length."),
            Panel("Unseen", [(rate("portcullis_unscanned_text_bytes_total", "direction"), "{{direction}}")], unit="Bps", width=12),
        ]),
        Row("Decisions", [
            Panel("By action", [(rate("portcullis_policy_decisions_total", "action", **P), "{{action}}")], unit="ops", stacked=True),
            Panel("Blocks by policy", [(rate("portcullis_policy_decisions_total", "policy", action="block", **P), "{{policy}}")], unit="ops"),
            Panel("Redactions by policy", [(rate("portcullis_policy_decisions_total", "policy", action="redact", **P), "{{policy}}")], unit="ops"),
        ]),
        Row("Time and hold-back", [
            Panel("Time for all policies", quantiles("portcullis_policy_duration_seconds", "direction"), unit="s"),
            Panel("Time per KB scanned", [
                (f"1024 * {rate('portcullis_policy_duration_seconds_sum', 'direction')}"
                 f" / ({rate('portcullis_policy_scanned_bytes_total', 'direction')} > 0)", "{{direction}}"),
            ], unit="s"),
            Panel("Held back in streams", quantiles("portcullis_stream_held_bytes"), unit="bytes",
                  text="Bytes that wait in the gateway after each piece of a stream because they could still become a match."),
        ]),
    ],
)  # fmt: skip


def audit(metric, by="instance"):
    return rate(f"portcullis_audit_{metric}", by)


AUDIT = Board(
    "audit",
    "Audit",
    "From the spools of the edges to the audit service.",
    [JOB],
    [
        Row("Now", [
            number("Waiting", f"sum({series('portcullis_audit_spool_records')})",
                   text="Leaves that the audit service has not acknowledged."),
            number("In spools", f"sum({series('portcullis_audit_spool_bytes')})", "bytes"),
            number("Lag", f"max({series('portcullis:audit_lag:seconds')})", "s", steps=((None, "ok"), (10, "bad")),
                   text="How long a leaf waits for the audit service, on the worst edge (a recording rule)."),
            number("Not written", f"sum({series('portcullis_audit_append_failures_total')})", steps=RED_ABOVE_ZERO),
            number("Damaged spools", f"sum({series('portcullis_audit_spool_damaged_total')})", steps=RED_ABOVE_ZERO),
            number("Unreadable leaves", f"sum({series('portcullis_audit_unreadable_total')})", steps=RED_ABOVE_ZERO),
        ]),
        Row("Spools", [
            Panel("Leaves written", [(audit("records_total", "kind"), "{{kind}}")], unit="ops", stacked=True),
            Panel("Time to write a leaf", quantiles("portcullis_audit_append_seconds"), unit="s"),
            Panel("Waiting, by edge", [(f"sum by (instance) ({series('portcullis_audit_spool_records')})", "{{instance}}")]),
            Panel("Bytes waiting, by edge", [(f"sum by (instance) ({series('portcullis_audit_spool_bytes')})", "{{instance}}")], unit="bytes"),
            Panel("Lag", [(series("portcullis:audit_lag:seconds"), "{{namespace}} {{job}}")], unit="s"),
            Panel("Leaves not written", [
                (audit("append_failures_total"), "{{instance}}"),
                (rate("portcullis_audit_write_failures_total", "result") + OR_ZERO, "request {{result}}"),
            ], unit="ops"),
        ]),
        Row("Shipping and storing", [
            Panel("Shipped and stored", [(audit("shipped_total", ""), "shipped"), (audit("stored_total", ""), "stored")], unit="ops"),
            Panel("Batches that could not be shipped", [(audit("ship_errors_total"), "{{instance}}")], unit="ops"),
            Panel("Time to store a batch", quantiles("portcullis_audit_store_seconds"), unit="s"),
            Panel("Integrity", [
                (audit("spool_damaged_total", ""), "damaged spools"),
                (audit("unreadable_total", ""), "unreadable leaves"),
            ], unit="ops", width=12),
            Panel("Expired", [(audit("expired_total", ""), "records")], unit="ops", width=12,
                  text="Records removed because their retention ended."),
        ]),
    ],
)  # fmt: skip

I = {"instance": "~$instance"}


def per_instance(metric, by="instance"):
    return rate(metric, by, **I)


SERVICES = Board(
    "services",
    "Services",
    "The inside of each process: resources, connections, logs, versions.",
    [JOB, INSTANCE],
    [
        Row("Processes", [
            Panel("Versions", [(f"max by (instance, process, version, revision) ({series('portcullis_build_info', **I)})", "")],
                  kind="table", width=12),
            Panel("Configurations", [(f"max by (instance, pack, version) ({series('portcullis_config_info', **I)})", "")],
                  kind="table", width=12),
            Panel("Up", [(f"min by (instance) ({series('up', **I)})", "{{instance}}")], kind="states",
                  states=((1, "up", "ok"), (0, "down", "bad")), width=12),
            Panel("Time since start", [(f"time() - max by (instance) ({series('process_start_time_seconds', **I)})", "{{instance}}")],
                  unit="s", width=12),
        ]),
        Row("Resources", [
            Panel("CPU", [(per_instance("process_cpu_seconds_total"), "{{instance}}")], text="Seconds of CPU per second."),
            Panel("Resident memory", [(f"max by (instance) ({series('process_resident_memory_bytes', **I)})", "{{instance}}")], unit="bytes"),
            Panel("File descriptors in use", [
                (f"max by (instance) ({series('process_open_fds', **I)} / {series('process_max_fds', **I)})", "{{instance}}"),
            ], unit="percentunit"),
        ]),
        Row("HTTP", [
            Panel("Connections", [(f"sum by (instance) ({series('portcullis_http_open_connections', **I)})", "{{instance}}")]),
            Panel("New connections", [(per_instance("portcullis_http_connections_total"), "{{instance}}")], unit="ops"),
            Panel("Turned away, by status", [(per_instance("portcullis_http_refused_total", "status"), "{{status}}")], unit="ops",
                  text="Requests refused before any handler saw them."),
            Panel("Clients that left", [(per_instance("portcullis_http_client_departures_total"), "{{instance}}")], unit="ops"),
            Panel("Connections lost", [
                (per_instance("portcullis_http_accept_errors_total"), "not accepted: {{instance}}"),
                (per_instance("portcullis_http_write_stalls_total"), "client took nothing: {{instance}}"),
            ], unit="ops"),
            Panel("Log lines lost", [(per_instance("portcullis_log_lines_dropped_total"), "{{instance}}")], unit="ops"),
        ]),
        Row("Edge and router", [
            Panel("Requests under way", [(f"sum by (instance) ({series('portcullis_in_flight_requests', **I)})", "{{instance}}")], width=12),
            Panel("Upstream attempts under way", [
                (f"sum by (instance, target) ({series('portcullis_upstream_in_flight', **I)})", "{{instance}} {{target}}"),
            ], width=12),
        ]),
    ],
)  # fmt: skip


def errors(window):
    return series(f"portcullis:slo_errors:ratio_rate{window}")


def budget(expression):
    """Error ratios as multiples of their budgets."""
    return f"{expression} / on (slo) group_left () (1 - portcullis:slo_objective:ratio)"


SLO = Board(
    "slo",
    "SLO",
    "Objectives over 30 days, and how fast their error budgets burn. Needs the recording rules of deploy/prometheus.",
    [JOB],
    [
        Row("Objectives", [
            Panel("Objective", [("portcullis:slo_objective:ratio", "{{slo}}")], kind="number", unit="percentunit", decimals=2, width=8, height=5),
            Panel("Good, last day", [(f"1 - {errors('1d')}", "{{slo}}")], kind="number", unit="percentunit", decimals=3, width=8, height=5),
            Panel("Good, last 3 days", [(f"1 - {errors('3d')}", "{{slo}}")], kind="number", unit="percentunit", decimals=3, width=8, height=5),
        ]),
        Row("Burn rates", [
            Panel("Over 1 hour", [(budget(errors("1h")), "{{slo}}")], width=12, text="1 spends the budget in exactly 30 days; 14.4 is a page."),
            Panel("Over 6 hours", [(budget(errors("6h")), "{{slo}}")], width=12, text="6 is a page."),
            Panel("Over a day", [(budget(errors("1d")), "{{slo}}")], width=12, text="3 is a ticket."),
            Panel("Over 3 days", [(budget(errors("3d")), "{{slo}}")], width=12, text="1 is a ticket."),
        ]),
        Row("Indicators", [
            Panel("Errors, 5 minutes", [(errors("5m"), "{{slo}}")], unit="percentunit", width=6),
            Panel("Overhead p99", [(series("portcullis:overhead_seconds:p99_5m"), "{{job}}")], unit="s", width=6),
            Panel("Time to first token p99", [(series("portcullis:time_to_first_token_seconds:p99_5m"), "{{job}}")], unit="s", width=6),
            Panel("Audit lag", [(series("portcullis:audit_lag:seconds"), "{{job}}")], unit="s", width=6),
        ]),
        Row("Alerts", [
            Panel("Firing", [('sum by (alertname, severity) (ALERTS{alertname=~"Portcullis.*",alertstate="firing"})' + OR_ZERO,
                              "{{alertname}} {{severity}}")], width=24),
        ]),
    ],
)  # fmt: skip

BOARDS = [OVERVIEW, ROUTING, POLICIES, AUDIT, SERVICES, SLO]
