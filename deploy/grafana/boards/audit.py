from .parts import JOB, OR_ZERO, RED_ABOVE_ZERO, Board, Panel, Row, number, quantiles, rate, series


def audit(metric, by="instance"):
    return rate(f"portcullis_audit_{metric}", by)


AUDIT = Board(
    "audit",
    "Audit",
    "From the spools of the edges to the audit service.",
    [JOB],
    [
        Row(
            "Now",
            [
                number(
                    "Waiting",
                    f"sum({series('portcullis_audit_spool_records')})",
                    text="Leaves that the audit service has not acknowledged.",
                ),
                number("In spools", f"sum({series('portcullis_audit_spool_bytes')})", "bytes"),
                number(
                    "Lag",
                    f"max({series('portcullis:audit_lag:seconds')})",
                    "s",
                    steps=((None, "ok"), (10, "bad")),
                    text="How long a leaf waits for the audit service, on the worst edge (a recording rule).",
                ),
                number(
                    "Not written",
                    f"sum({series('portcullis_audit_append_failures_total')})",
                    steps=RED_ABOVE_ZERO,
                ),
                number(
                    "Damaged spools",
                    f"sum({series('portcullis_audit_spool_damaged_total')})",
                    steps=RED_ABOVE_ZERO,
                ),
                number(
                    "Unreadable leaves",
                    f"sum({series('portcullis_audit_unreadable_total')})",
                    steps=RED_ABOVE_ZERO,
                ),
            ],
        ),
        Row(
            "Spools",
            [
                Panel(
                    "Leaves written", [(audit("records_total", "kind"), "{{kind}}")], unit="ops", stacked=True
                ),
                Panel("Time to write a leaf", quantiles("portcullis_audit_append_seconds"), unit="s"),
                Panel(
                    "Waiting, by edge",
                    [(f"sum by (instance) ({series('portcullis_audit_spool_records')})", "{{instance}}")],
                ),
                Panel(
                    "Bytes waiting, by edge",
                    [(f"sum by (instance) ({series('portcullis_audit_spool_bytes')})", "{{instance}}")],
                    unit="bytes",
                ),
                Panel("Lag", [(series("portcullis:audit_lag:seconds"), "{{namespace}} {{job}}")], unit="s"),
                Panel(
                    "Leaves not written",
                    [
                        (audit("append_failures_total"), "{{instance}}"),
                        (
                            rate("portcullis_audit_write_failures_total", "result") + OR_ZERO,
                            "request {{result}}",
                        ),
                    ],
                    unit="ops",
                ),
            ],
        ),
        Row(
            "Shipping and storing",
            [
                Panel(
                    "Shipped and stored",
                    [(audit("shipped_total", ""), "shipped"), (audit("stored_total", ""), "stored")],
                    unit="ops",
                ),
                Panel(
                    "Batches that could not be shipped",
                    [(audit("ship_errors_total"), "{{instance}}")],
                    unit="ops",
                ),
                Panel("Time to store a batch", quantiles("portcullis_audit_store_seconds"), unit="s"),
                Panel(
                    "Integrity",
                    [
                        (audit("spool_damaged_total", ""), "damaged spools"),
                        (audit("unreadable_total", ""), "unreadable leaves"),
                    ],
                    unit="ops",
                ),
                Panel(
                    "Removed",
                    [
                        (audit("expired_total", ""), "retention ended"),
                        (audit("erased_total", ""), "by operators"),
                    ],
                    unit="ops",
                    text="Records; their hashes stay.",
                ),
                Panel(
                    "Captured content",
                    [
                        (rate("portcullis_audit_contents_total", "direction, result"), "{{direction}} {{result}}"),
                        (audit("contents_removed_total", ""), "removed"),
                    ],
                    unit="ops",
                    text="Texts of requests and answers beside their records: none unless it is configured.",
                ),
                Panel(
                    "Bytes of captured content",
                    [(rate("portcullis_audit_content_bytes_total", "direction"), "{{direction}}")],
                    unit="Bps",
                ),
                Panel(
                    "Reads of the log",
                    [(rate("portcullis_audit_reads_total", "result"), "{{result}}")],
                    unit="ops",
                    text="Those that are recorded: all with log_all_access, else those of captured content.",
                ),
                Panel(
                    "Legal holds",
                    [(f"max({series('portcullis_audit_holds')})", "in force")],
                    text="What they select is not removed.",
                ),
            ],
        ),
        Row(
            "Log, anchors and disks",
            [
                Panel(
                    "Signed leaves",
                    [
                        (f"sum by (instance) ({series('portcullis_audit_tree_size')})", "signed, {{instance}}"),
                        (
                            f"max by (instance, anchor) ({series('portcullis_audit_anchored_leaves')})",
                            "anchored, {{instance}} {{anchor}}",
                        ),
                    ],
                    text="Of each audit service's log.",
                ),
                Panel(
                    "Heads",
                    [
                        (audit("heads_total"), "signed, {{instance}}"),
                        (audit("head_errors_total"), "failed, {{instance}}"),
                        (rate("portcullis_audit_anchor_errors_total", "anchor"), "not anchored, {{anchor}}"),
                    ],
                    unit="ops",
                ),
                Panel(
                    "Interrupted requests",
                    [(audit("interrupted_total", ""), "")],
                    unit="ops",
                    text="Their process ended before they did.",
                ),
                Panel(
                    "Oldest leaf that waits",
                    [(f"max by (instance) ({series('portcullis_audit_spool_oldest_seconds')})", "{{instance}}")],
                    unit="s",
                ),
                Panel(
                    "Disk of the spools",
                    [
                        (f"sum by (instance) ({series('portcullis_audit_spool_disk_bytes')})", "used, {{instance}}"),
                        (
                            f"sum by (instance) ({series('portcullis_audit_spool_disk_free_bytes')})",
                            "free, {{instance}}",
                        ),
                    ],
                    unit="bytes",
                ),
                Panel(
                    "Store",
                    [(f"sum by (instance) ({series('portcullis_audit_store_bytes')})", "{{instance}}")],
                    unit="bytes",
                ),
            ],
        ),
        Row(
            "Kafka",
            [
                Panel(
                    "Sent on",
                    [
                        (audit("kafka_sent_total"), "acknowledged, {{instance}}"),
                        (rate("portcullis_audit_kafka_errors_total", "at"), "errors, {{at}}"),
                    ],
                    unit="ops",
                    text="Where services.audit.kafka names brokers.",
                ),
                Panel(
                    "Oldest record that waits",
                    [(f"max by (instance) ({series('portcullis_audit_kafka_lag_seconds')})", "{{instance}}")],
                    unit="s",
                ),
                Panel(
                    "Position",
                    [(f"max by (instance) ({series('portcullis_audit_kafka_position')})", "{{instance}}")],
                    text="Row of the log up to which everything is acknowledged.",
                ),
            ],
        ),
    ],
)
