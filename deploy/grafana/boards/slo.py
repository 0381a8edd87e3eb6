from .parts import JOB, OR_ZERO, Board, Panel, Row, series


def errors(window):
    return series(f"portcullis:slo_errors:ratio_rate{window}")


def budget(expression):
    """Error ratios as multiples of their budgets."""
    return f"{expression} / on (slo) group_left () (1 - portcullis:slo_objective:ratio)"


FIRING = 'ALERTS{alertname=~"Portcullis.*",alertstate="firing"}'

SLO = Board(
    "slo",
    "SLO",
    "Objectives over 30 days, and how fast their error budgets burn. Needs the recording rules of "
    "deploy/prometheus.",
    [JOB],
    [
        Row(
            "Objectives",
            [
                Panel(
                    "Objective",
                    [("portcullis:slo_objective:ratio", "{{slo}}")],
                    kind="number",
                    unit="percentunit",
                    decimals=2,
                    width=8,
                    height=5,
                ),
                Panel(
                    "Good, last day",
                    [(f"1 - {errors('1d')}", "{{slo}}")],
                    kind="number",
                    unit="percentunit",
                    decimals=3,
                    width=8,
                    height=5,
                ),
                Panel(
                    "Good, last 3 days",
                    [(f"1 - {errors('3d')}", "{{slo}}")],
                    kind="number",
                    unit="percentunit",
                    decimals=3,
                    width=8,
                    height=5,
                ),
            ],
        ),
        Row(
            "Burn rates",
            [
                Panel(
                    "Over 1 hour",
                    [(budget(errors("1h")), "{{slo}}")],
                    width=12,
                    text="1 spends the budget in exactly 30 days; 14.4 is a page.",
                ),
                Panel("Over 6 hours", [(budget(errors("6h")), "{{slo}}")], width=12, text="6 is a page."),
                Panel("Over a day", [(budget(errors("1d")), "{{slo}}")], width=12, text="3 is a ticket."),
                Panel("Over 3 days", [(budget(errors("3d")), "{{slo}}")], width=12, text="1 is a ticket."),
            ],
        ),
        Row(
            "Indicators",
            [
                Panel("Errors, 5 minutes", [(errors("5m"), "{{slo}}")], unit="percentunit", width=6),
                Panel(
                    "Overhead p99",
                    [(series("portcullis:overhead_seconds:p99_5m"), "{{job}}")],
                    unit="s",
                    width=6,
                ),
                Panel(
                    "Time to first token p99",
                    [(series("portcullis:time_to_first_token_seconds:p99_5m"), "{{job}}")],
                    unit="s",
                    width=6,
                ),
                Panel("Audit lag", [(series("portcullis:audit_lag:seconds"), "{{job}}")], unit="s", width=6),
            ],
        ),
        Row(
            "Alerts",
            [
                Panel(
                    "Firing",
                    [
                        (
                            f"sum by (alertname, severity) ({FIRING}){OR_ZERO}",
                            "{{alertname}} {{severity}}",
                        )
                    ],
                    width=24,
                ),
            ],
        ),
    ],
)
