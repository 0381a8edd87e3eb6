"""Where things are, and what docs/metrics.md says: the tests of deploy/ share it."""

import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
TOOLS = pathlib.Path(os.environ["PORTCULLIS_DEPLOY_TOOLS"])
RULES = sorted((DEPLOY / "prometheus" / "rules").glob("*.yaml"))

_ROW = re.compile(r"^\| `(?P<name>\w+)` \| (?P<type>counter|gauge|histogram) \| (?P<labels>[^|]*)\|")
_WORD = re.compile(r"\b(?:portcullis_\w+|process_\w+)\b")


def tool(name):
    """A program of PORTCULLIS_DEPLOY_TOOLS, the folder that scripts/lib/deploy-tools fills."""
    path = TOOLS / name
    assert path.exists(), f"{path} is missing: run scripts/lib/deploy-tools {TOOLS}"
    return path


def documented_metrics():
    """Series names that docs/metrics.md allows (a histogram has three) with their labels."""
    found = {}
    for line in (ROOT / "docs" / "metrics.md").read_text().splitlines():
        row = _ROW.match(line)
        if not row:
            continue
        labels = set(re.findall(r"`(\w+)`", row["labels"]))
        if row["type"] == "histogram":
            found[row["name"] + "_bucket"] = labels | {"le"}
            found[row["name"] + "_sum"] = found[row["name"] + "_count"] = labels
        else:
            found[row["name"]] = labels
    return found


def metrics_in(text):
    """Names of our metrics in a text: an expression, a rule file, a page. Recorded series have colons."""
    without_records = re.sub(r"\b\w+(?::\w+)+\b", " ", text)
    return set(_WORD.findall(without_records))


def unknown_metrics(text, families=False):
    """Metrics in a text that no process serves; `families`: histograms may stand there without suffix."""
    known = set(documented_metrics())
    if families:
        known |= {name.removesuffix("_bucket") for name in known}
    return metrics_in(text) - known
