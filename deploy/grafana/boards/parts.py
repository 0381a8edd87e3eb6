"""What dashboards are made of: panels in rows, variables, and the forms in which queries come."""

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


# For counters of which each event is a defect.
RED_ABOVE_ZERO = ((None, "ok"), (1, "bad"))
