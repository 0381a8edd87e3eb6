from .parts import JOB, OR_ZERO, TARGET, Board, Panel, Row, quantiles, rate, series

CIRCUIT = ((0, "closed", "ok"), (1, "half-open", "warn"), (2, "open", "bad"))
HEALTH = ((1, "healthy", "ok"), (0, "unhealthy", "bad"))
T = {"target": "~$target"}
OUTCOMES = "portcullis_upstream_attempts_total"
NOT_THE_TARGETS_FAULT = "~ok|cancelled|bad_request|context_too_long"
CHANGES = series("portcullis_circuit_transitions_total", **T)

ROUTING = Board(
    "routing",
    "Routing",
    "Targets: their circuits, health, attempts and retries.",
    [JOB, TARGET],
    [
        Row(
            "State",
            [
                Panel(
                    "Circuits",
                    [(f"max by (target) ({series('portcullis_circuit_state', **T)})", "{{target}}")],
                    kind="states",
                    states=CIRCUIT,
                    width=12,
                ),
                Panel(
                    "Health",
                    [(f"min by (target) ({series('portcullis_target_healthy', **T)})", "{{target}}")],
                    kind="states",
                    states=HEALTH,
                    width=12,
                ),
            ],
        ),
        Row(
            "Attempts",
            [
                Panel(
                    "Attempts by outcome",
                    [(rate(OUTCOMES, "outcome", **T), "{{outcome}}")],
                    unit="ops",
                    stacked=True,
                ),
                Panel(
                    "Attempts by target",
                    [(rate(OUTCOMES, "target", **T), "{{target}}")],
                    unit="ops",
                    stacked=True,
                ),
                Panel(
                    "Share that failed, by target",
                    [
                        (
                            f"1 - {rate(OUTCOMES, 'target', outcome=NOT_THE_TARGETS_FAULT, **T)}"
                            f" / ({rate(OUTCOMES, 'target', **T)} > 0)",
                            "{{target}}",
                        ),
                    ],
                    unit="percentunit",
                    text="Without what the client did: cancelled, bad request, context too long.",
                ),
                Panel(
                    "Retries", [(rate("portcullis_retries_total", "target", **T), "{{target}}")], unit="ops"
                ),
                Panel(
                    "Attempts under way",
                    [(f"sum by (target) ({series('portcullis_upstream_in_flight', **T)})", "{{target}}")],
                ),
                Panel(
                    "Circuit changes",
                    [
                        (
                            f"sum by (target, from, to) (increase({CHANGES}[$__rate_interval]))" + OR_ZERO,
                            "{{target}} {{from}} to {{to}}",
                        ),
                    ],
                ),
            ],
        ),
        Row(
            "Keys, budgets, replicas",
            [
                Panel(
                    "Keys left alone, by reason",
                    [(rate("portcullis_key_cooldowns_total", "target, reason", **T), "{{target}} {{reason}}")],
                    unit="ops",
                ),
                Panel(
                    "Retries refused",
                    [(rate("portcullis_retries_refused_total"), "")],
                    unit="ops",
                    text="The retry budget was spent.",
                ),
                Panel(
                    "Drained by an operator",
                    [(f"max by (target) ({series('portcullis_target_drained', **T)})", "{{target}}")],
                    kind="states",
                    states=((0, "in use", "ok"), (1, "drained", "warn")),
                ),
                Panel(
                    "Hedges",
                    [(rate("portcullis_hedges_total", "target, outcome", **T) + OR_ZERO, "{{target}} {{outcome}}")],
                    unit="ops",
                    width=6,
                ),
                Panel(
                    "Copies to a mirror",
                    [
                        (
                            rate("portcullis_mirrored_requests_total", "target, outcome", **T) + OR_ZERO,
                            "{{target}} {{outcome}}",
                        )
                    ],
                    unit="ops",
                    width=6,
                ),
                Panel(
                    "Shared state",
                    [(f"min by (instance) ({series('portcullis_shared_state_up')})", "{{instance}}")],
                    kind="states",
                    states=((1, "connected", "ok"), (0, "away", "bad")),
                    width=6,
                    text="Redis, where providers.shared_state names one.",
                ),
                Panel(
                    "Cool-downs shared, and failures",
                    [
                        (rate("portcullis_shared_cooldowns_total", "direction"), "{{direction}}"),
                        (rate("portcullis_shared_state_errors_total"), "failed"),
                    ],
                    unit="ops",
                    width=6,
                ),
            ],
        ),
        Row(
            "Probes",
            [
                Panel(
                    "Duration of probes",
                    quantiles("portcullis_probe_duration_seconds", "target", **T),
                    unit="s",
                    width=12,
                ),
                Panel(
                    "Probes",
                    [(rate("portcullis_probe_duration_seconds_count", "target", **T), "{{target}}")],
                    unit="ops",
                    width=12,
                ),
            ],
        ),
        Row(
            "What targets were used for",
            [
                Panel(
                    "Tokens",
                    [(rate("portcullis_tokens_total", "target, direction", **T), "{{target}} {{direction}}")],
                    width=12,
                ),
                Panel(
                    "Cost per hour",
                    [(f"3600 * {rate('portcullis_cost_usd_total', 'target', **T)}", "{{target}}")],
                    unit="currencyUSD",
                    width=12,
                ),
            ],
        ),
    ],
)
