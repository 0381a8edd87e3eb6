from .parts import JOB, OR_ZERO, POLICY, RED_ABOVE_ZERO, Board, Panel, Row, number, quantiles, rate, series

P = {"policy": "~$policy"}

POLICIES = Board(
    "policies",
    "Policies",
    "Decisions, their time, what streams hold back, and that all text that passed was seen.",
    [JOB, POLICY],
    [
        Row(
            "Coverage",
            [
                number(
                    "Text unseen",
                    f"sum({series('portcullis_unscanned_text_bytes_total')})",
                    "bytes",
                    width=6,
                    steps=RED_ABOVE_ZERO,
                    text=(
                        "Bytes that a policy had to see and did not, since the processes started. "
                        "Anything but 0 is a defect."
                    ),
                ),
                number(
                    "Scanned",
                    f"sum(increase({series('portcullis_policy_scanned_bytes_total')}[$__range]))",
                    "bytes",
                    width=6,
                ),
                number(
                    "Forwarded",
                    f"sum(increase({series('portcullis_forwarded_text_bytes_total')}[$__range]))",
                    "bytes",
                    width=6,
                ),
                Panel(
                    "Policy chains",
                    [(f"count by (bundle) ({series('portcullis_policy_bundle_info')} == 1)", "")],
                    kind="table",
                    width=6,
                    height=4,
                    text="Hashes of the compiled chains in use, with the number of processes.",
                ),
                Panel(
                    "Scanned and forwarded",
                    [
                        (rate("portcullis_policy_scanned_bytes_total", "direction"), "scanned {{direction}}"),
                        (
                            rate("portcullis_forwarded_text_bytes_total", "direction"),
                            "forwarded {{direction}}",
                        ),
                    ],
                    unit="Bps",
                    width=12,
                    text="Blocked text is scanned and not forwarded; redaction changes its length.",
                ),
                Panel(
                    "Unseen",
                    [(rate("portcullis_unscanned_text_bytes_total", "direction"), "{{direction}}")],
                    unit="Bps",
                    width=12,
                ),
            ],
        ),
        Row(
            "Decisions",
            [
                Panel(
                    "By action",
                    [(rate("portcullis_policy_decisions_total", "action", **P), "{{action}}")],
                    unit="ops",
                    stacked=True,
                ),
                Panel(
                    "Blocks by policy",
                    [
                        (
                            rate("portcullis_policy_decisions_total", "policy", action="block", **P),
                            "{{policy}}",
                        )
                    ],
                    unit="ops",
                ),
                Panel(
                    "Redactions by policy",
                    [
                        (
                            rate("portcullis_policy_decisions_total", "policy", action="redact", **P),
                            "{{policy}}",
                        )
                    ],
                    unit="ops",
                ),
            ],
        ),
        Row(
            "Failures and scores",
            [
                Panel(
                    "Not judged in time",
                    [
                        (
                            rate("portcullis_policy_failures_total", "policy, fail_mode", **P) + OR_ZERO,
                            "{{policy}} {{fail_mode}}",
                        )
                    ],
                    unit="ops",
                    width=12,
                    text="By what the policy's fail_mode did with them.",
                ),
                Panel(
                    "Mean score of answers",
                    [
                        (
                            f"{rate('portcullis_quality_score_sum', 'target')}"
                            f" / ({rate('portcullis_quality_score_count', 'target')} > 0)" + OR_ZERO,
                            "{{target}}",
                        )
                    ],
                    width=12,
                    text="From quality-scorer, where it is in the chain.",
                ),
                Panel(
                    "Answers asked for again",
                    [
                        (
                            rate("portcullis_quality_retries_total", "target, result") + OR_ZERO,
                            "{{target}} {{result}}",
                        )
                    ],
                    unit="ops",
                    width=12,
                    text="By the target whose answer was too low, where quality-scorer retries or falls back.",
                ),
            ],
        ),
        Row(
            "Time and hold-back",
            [
                Panel(
                    "Time for all policies",
                    quantiles("portcullis_policy_duration_seconds", "direction"),
                    unit="s",
                ),
                Panel(
                    "Time per KB scanned",
                    [
                        (
                            f"1024 * {rate('portcullis_policy_duration_seconds_sum', 'direction')}"
                            f" / ({rate('portcullis_policy_scanned_bytes_total', 'direction')} > 0)",
                            "{{direction}}",
                        ),
                    ],
                    unit="s",
                ),
                Panel(
                    "Held back in streams",
                    quantiles("portcullis_stream_held_bytes"),
                    unit="bytes",
                    text=(
                        "Bytes that wait in the gateway after each piece of a stream because they could "
                        "still become a match."
                    ),
                ),
            ],
        ),
    ],
)
