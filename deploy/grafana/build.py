#!/usr/bin/env python3
"""Writes the dashboards under dashboards/ from the tables in boards/, with Grafana's own typed builders.

  build.py          writes them
  build.py --check  fails if they are not what this program writes

Needs the package in requirements.txt. Panels stand in rows, left to right, as listed.
"""

import json
import pathlib
import sys

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models

import boards

OUT = pathlib.Path(__file__).resolve().parent / "dashboards"
SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
COLORS = {"ok": "green", "warn": "orange", "bad": "red"}


def target(query, index, instant, as_table=False):
    expression, legend = query
    made = (
        prometheus.Dataquery()
        .expr(expression)
        .legend_format(legend)
        .ref_id(chr(ord("A") + index))
        .datasource(SOURCE)
    )
    if as_table:
        made = made.format("table")
    return made.instant() if instant else made.range()


def thresholds(steps):
    made = [models.Threshold(value=value, color=COLORS[color]) for value, color in steps]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)


def mapping(states):
    options = {
        str(value): models.ValueMappingResult(text=text, color=COLORS[color], index=index)
        for index, (value, text, color) in enumerate(states)
    }
    return [models.ValueMap(options=options)]


def lines(panel):
    made = timeseries.Panel().fill_opacity(10).show_points(common_models.VisibilityMode.NEVER).min(0)
    made = made.legend(
        common.VizLegendOptions()
        .display_mode(common_models.LegendDisplayMode.LIST)
        .placement(common_models.LegendPlacement.BOTTOM)
        .show_legend(True)
    ).tooltip(common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI))
    if panel.stacked:
        made = made.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL))
    return made


def number(panel):
    made = stat.Panel().color_mode(common_models.BigValueColorMode.VALUE)
    made = made.graph_mode(common_models.BigValueGraphMode.NONE)
    return made.thresholds(thresholds(panel.steps)) if panel.steps else made


def states(panel):
    return statetimeline.Panel().mappings(mapping(panel.states)).show_value(common_models.VisibilityMode.AUTO)


MAKERS = {"lines": lines, "number": number, "states": states, "table": lambda panel: table.Panel()}


def build_panel(panel, number_of):
    made = (
        MAKERS[panel.kind](panel).id(number_of).title(panel.title).description(panel.text).datasource(SOURCE)
    )
    made = made.span(panel.width).height(panel.height)
    if panel.unit:
        made = made.unit(panel.unit)
    if panel.decimals is not None:
        made = made.decimals(panel.decimals)
    instant = panel.kind in ("number", "table")
    return made.targets([target(q, i, instant, panel.kind == "table") for i, q in enumerate(panel.queries)])


def variable(name, query):
    made = dashboard.QueryVariable(name).label(name).datasource(SOURCE)
    made = made.query({"query": query, "refId": name}).refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
    everything = models.VariableOption(selected=True, text="All", value="$__all")
    return (
        made.multi(True)
        .include_all(True)
        .all_value(".*")
        .current(everything)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )


def build_dashboard(board):
    made = (
        dashboard.Dashboard(f"Portcullis / {board.title}")
        .uid(f"portcullis-{board.name}")
        .description(board.text)
        .tags(["portcullis"])
        .timezone("utc")
        .time("now-1h", "now")
        .refresh("30s")
        .readonly()
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("Portcullis")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags(["portcullis"])
            .as_dropdown(True)
            .keep_time(True)
            .include_vars(True)
        )
        .with_variable(dashboard.DatasourceVariable("datasource").label("data source").type("prometheus"))
    )
    for name, query in board.variables:
        made = made.with_variable(variable(name, query))
    number_of = 0
    for row in board.rows:
        number_of += 1
        made = made.with_row(dashboard.Row(row.title).id(number_of))
        for panel in row.panels:
            number_of += 1
            made = made.with_panel(build_panel(panel, number_of))
    return json.dumps(made.build(), cls=JSONEncoder, indent=1, sort_keys=True) + "\n"


def main():
    texts = {OUT / f"{board.name}.json": build_dashboard(board) for board in boards.BOARDS}
    if "--check" not in sys.argv[1:]:
        OUT.mkdir(exist_ok=True)
        for path, text in texts.items():
            path.write_text(text)
        return
    stale = [p.name for p, text in texts.items() if not p.exists() or p.read_text() != text]
    stale += [p.name for p in OUT.glob("*.json") if p not in texts]
    if stale:
        raise SystemExit(f"not what deploy/grafana/build.py writes: {', '.join(sorted(stale))}; run it")


if __name__ == "__main__":
    main()
