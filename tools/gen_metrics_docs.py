#!/usr/bin/env python3
"""Writes docs/metrics.md from the MetricDescription constants of the code.

  gen_metrics_docs.py ROOT            writes ROOT/docs/metrics.md
  gen_metrics_docs.py ROOT --check    fails if it is not what the code says
"""

import pathlib
import re
import sys

STRING = r'"(?:[^"\\]|\\.)*"'
DECLARATION = re.compile(
    r"MetricDescription\s+k\w+\s*=?\s*\{\s*(?P<name>" + STRING + r")\s*,\s*(?:\w+::)*k(?P<type>Counter|Gauge|Histogram)\s*,"
    r"\s*(?P<help>(?:" + STRING + r"\s*)+),\s*(?P<labels>" + STRING + r")\s*\}"
)
SECTIONS = [
    ("Edge", "services/edge"),
    ("Policy", "services/policy"),
    ("Router", "services/router"),
    ("Audit", "services/audit"),
    ("Configuration", "apps/process"),
    ("Every process", "libs"),
]


def text_of(literals):
    return "".join(part[1:-1] for part in re.findall(STRING, literals)).replace('\\"', '"')


def metrics_in(root, folder):
    found = []
    for path in sorted((root / folder).rglob("*_metrics.h")):
        text = path.read_text()
        declared = len(re.findall(r"inline constexpr (?:\w+::)*MetricDescription\b", text))
        matches = list(DECLARATION.finditer(text))
        if len(matches) != declared:
            raise SystemExit(f"{path}: {declared} metrics are declared and {len(matches)} were understood")
        found += [(text_of(m["name"]), m["type"].lower(), text_of(m["help"]), text_of(m["labels"])) for m in matches]
    return sorted(found)


def render(root):
    lines = [
        "# Metrics",
        "",
        "Every process serves these on its admin port under `/metrics`, in Prometheus' text format. Made by",
        "`tools/gen_metrics_docs.py` from the declarations in the code; do not edit.",
    ]
    for title, folder in SECTIONS:
        metrics = metrics_in(root, folder)
        if not metrics:
            continue
        lines += ["", f"## {title}", "", "| metric | type | labels | meaning |", "|---|---|---|---|"]
        for name, kind, help_text, labels in metrics:
            names = ", ".join(f"`{label}`" for label in labels.split(",") if label)
            lines.append(f"| `{name}` | {kind} | {names} | {help_text} |")
    return "\n".join(lines) + "\n"


def main():
    root = pathlib.Path(sys.argv[1])
    target = root / "docs" / "metrics.md"
    text = render(root)
    if "--check" not in sys.argv[2:]:
        target.write_text(text)
    elif target.read_text() != text:
        raise SystemExit("docs/metrics.md is not what the code says: run tools/gen_metrics_docs.py .")


if __name__ == "__main__":
    main()
