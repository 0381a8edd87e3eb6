"""Recording rules and alerts: valid, tested, explained, and about metrics that exist."""

import re
import subprocess
import sys

import pytest
import yaml

from paths import DEPLOY, ROOT, RULES, tool, unknown_metrics

TESTS = sorted((DEPLOY / "prometheus" / "tests").glob("*.yaml"))
RUNBOOKS = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
SECTIONS = ["## What it means", "## How to check", "## How to fix"]


def rules():
    return [
        rule
        for path in RULES
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    ]


def alerts():
    return [rule for rule in rules() if "alert" in rule]


def run(*args, cwd=None):
    done = subprocess.run([str(a) for a in args], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_derived_files_are_what_the_program_writes():
    run(sys.executable, DEPLOY / "prometheus" / "build.py", "--check")


def test_rules_are_valid():
    out = run(tool("promtool"), "check", "rules", *RULES)
    assert out.count("SUCCESS") == len(RULES) >= 2


def test_alerts_fire_and_do_not_fire_as_their_cases_say():
    names = [path.name for path in TESTS]
    out = run(tool("promtool"), "test", "rules", *names, cwd=DEPLOY / "prometheus" / "tests")
    assert out.count("SUCCESS") == len(TESTS)


def test_each_alert_has_cases_in_which_it_fires_and_does_not():
    names = {alert["alert"] for alert in alerts()}
    assert {path.stem for path in TESTS} == names
    for path in TESTS:
        expected = [
            case["promql_expr_test"][0]["exp_samples"] for case in yaml.safe_load(path.read_text())["tests"]
        ]
        fired = {sample["labels"] for samples in expected for sample in samples}
        for severity in {alert["labels"]["severity"] for alert in alerts() if alert["alert"] == path.stem}:
            assert f'{{alertname="{path.stem}", severity="{severity}"}}' in fired, path
        assert [] in expected, path


def test_each_alert_has_a_runbook_and_each_runbook_an_alert():
    assert {path.stem for path in RUNBOOKS} == {alert["alert"] for alert in alerts()}
    for alert in alerts():
        assert alert["annotations"]["runbook"] == f"docs/runbooks/{alert['alert']}.md"
        assert alert["labels"]["severity"] in ("page", "ticket")
        assert alert["annotations"]["summary"]


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_a_runbook_says_what_how_to_check_and_how_to_fix(path):
    text = path.read_text()
    severities = sorted({alert["labels"]["severity"] for alert in alerts() if alert["alert"] == path.stem})
    assert text.startswith(f"# {path.stem}\n\nSeverity: {', '.join(severities)}.\n")
    assert [line for line in text.splitlines() if line.startswith("## ")] == SECTIONS
    assert not unknown_metrics(text, families=True)
    records = {rule["record"] for rule in rules() if "record" in rule}
    assert set(re.findall(r"\bportcullis:[\w:]+", text)) <= records
    for link in re.findall(r"\]\((\w+\.md)\)", text):
        assert (path.parent / link).exists(), link


def test_expressions_name_metrics_that_exist():
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    for rule in rules():
        assert not unknown_metrics(rule["expr"]), rule
        assert set(re.findall(r"\bportcullis:[\w:]+", rule["expr"])) <= recorded, rule
