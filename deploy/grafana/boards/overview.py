from .parts import JOB, OR_ZERO, RED_ABOVE_ZERO, Board, Panel, Row, number, quantile, quantiles, rate, series

ERRORS = (
    f"(({rate('portcullis_requests_total', status='~5..')}{OR_ZERO})"
    f" + ({rate('portcullis_requests_total', status='200', verdict='error')}{OR_ZERO}))"
)

OVERVIEW = Board(
    "overview",
    "Overview",
    "What clients feel, what policies decide, what it costs.",
    [JOB],
    [
        Row(
            "Now",
            [
                number("Requests", rate("portcullis_requests_total"), "reqps"),
                number(
                    "Available",
                    f"1 - {ERRORS} / {rate('portcullis_requests_total')}",
                    "percentunit",
                    decimals=2,
                    text="Share of requests that did not end in 5xx or in a stream with an error.",
                    steps=((None, "bad"), (0.99, "warn"), (0.999, "ok")),
                ),
                number(
                    "Overhead p99",
                    quantile(0.99, "portcullis_overhead_seconds"),
                    "s",
                    steps=((None, "ok"), (0.01, "warn"), (0.1, "bad")),
                ),
                number(
                    "First token p99",
                    quantile(0.99, "portcullis_time_to_first_token_seconds"),
                    "s",
                    steps=((None, "ok"), (5, "warn"), (10, "bad")),
                ),
                number(
                    "Cost per hour", f"3600 * {rate('portcullis_cost_usd_total')}", "currencyUSD", decimals=2
                ),
                number(
                    "Text unseen by policies",
                    f"sum({series('portcullis_unscanned_text_bytes_total')})",
                    "bytes",
                    text="Anything but 0 is a defect.",
                    steps=RED_ABOVE_ZERO,
                ),
            ],
        ),
        Row(
            "Traffic and errors",
            [
                Panel(
                    "Requests by status",
                    [(rate("portcullis_requests_total", "status"), "{{status}}")],
                    unit="reqps",
                    stacked=True,
                ),
                Panel(
                    "Requests by endpoint",
                    [(rate("portcullis_requests_total", "endpoint"), "{{endpoint}}")],
                    unit="reqps",
                    stacked=True,
                ),
                Panel(
                    "Failures",
                    [
                        (rate("portcullis_requests_total", "status", status="~5..") + OR_ZERO, "{{status}}"),
                        (
                            rate("portcullis_requests_total", status="200", verdict="error") + OR_ZERO,
                            "stream ended in an error",
                        ),
                        (
                            rate("portcullis_client_departures_total", "phase") + OR_ZERO,
                            "client left: {{phase}}",
                        ),
                    ],
                    unit="reqps",
                ),
            ],
        ),
        Row(
            "Latency",
            [
                Panel(
                    "Request duration", quantiles("portcullis_request_duration_seconds", "endpoint"), unit="s"
                ),
                Panel(
                    "Overhead of the gateway",
                    quantiles("portcullis_overhead_seconds"),
                    unit="s",
                    text="Whole answers without the upstream's time, streams up to the first byte.",
                ),
                Panel("Time to first token", quantiles("portcullis_time_to_first_token_seconds"), unit="s"),
                Panel(
                    "Gap between writes of a stream", quantiles("portcullis_inter_token_seconds"), unit="s"
                ),
            ],
        ),
        Row(
            "Saturation",
            [
                Panel(
                    "Requests under way",
                    [
                        (f"sum({series('portcullis_in_flight_requests')})", "requests"),
                        (f"sum({series('portcullis_upstream_in_flight')})", "upstream attempts"),
                    ],
                ),
                Panel(
                    "CPU",
                    [
                        (
                            f"sum by (instance) "
                            f"(rate({series('process_cpu_seconds_total')}[$__rate_interval]))",
                            "{{instance}}",
                        )
                    ],
                    text="Seconds of CPU per second, by process.",
                ),
                Panel(
                    "Memory",
                    [(f"sum by (instance) ({series('process_resident_memory_bytes')})", "{{instance}}")],
                    unit="bytes",
                ),
            ],
        ),
        Row(
            "Verdicts",
            [
                Panel(
                    "Requests by verdict",
                    [(rate("portcullis_requests_total", "verdict"), "{{verdict}}")],
                    unit="reqps",
                    stacked=True,
                ),
                Panel(
                    "Blocks and redactions by policy",
                    [
                        (
                            rate(
                                "portcullis_policy_decisions_total",
                                "policy, action",
                                action="~block|redact|escalate",
                            ),
                            "{{policy}} {{action}}",
                        ),
                    ],
                    unit="ops",
                ),
                Panel(
                    "Share blocked",
                    [
                        (
                            f"({rate('portcullis_requests_total', verdict='block')}{OR_ZERO}) / "
                            f"{rate('portcullis_requests_total')}",
                            "blocked",
                        ),
                    ],
                    unit="percentunit",
                ),
            ],
        ),
        Row(
            "Cost",
            [
                Panel(
                    "Cost per hour by target",
                    [(f"3600 * {rate('portcullis_cost_usd_total', 'target')}", "{{target}}")],
                    unit="currencyUSD",
                    stacked=True,
                    text="Of answers whose price is configured.",
                ),
                Panel(
                    "Tokens",
                    [(rate("portcullis_tokens_total", "target, direction"), "{{target}} {{direction}}")],
                    stacked=True,
                ),
                Panel(
                    "Cost per 1000 requests",
                    [
                        (
                            f"1000 * {rate('portcullis_cost_usd_total')} / "
                            f"{rate('portcullis_requests_total')}",
                            "USD",
                        ),
                    ],
                    unit="currencyUSD",
                ),
            ],
        ),
    ],
)
