from .parts import INSTANCE, JOB, Board, Panel, Row, rate, series

HERE = {"instance": "~$instance"}


def per_instance(metric, by="instance"):
    return rate(metric, by, **HERE)


SERVICES = Board(
    "services",
    "Services",
    "The inside of each process: resources, connections, logs, versions.",
    [JOB, INSTANCE],
    [
        Row(
            "Processes",
            [
                Panel(
                    "Versions",
                    [
                        (
                            f"max by (instance, process, version, revision) "
                            f"({series('portcullis_build_info', **HERE)})",
                            "",
                        )
                    ],
                    kind="table",
                    width=12,
                ),
                Panel(
                    "Configurations",
                    [
                        (
                            f"max by (instance, pack, version) ({series('portcullis_config_info', **HERE)} == 1)",
                            "",
                        )
                    ],
                    kind="table",
                    width=12,
                ),
                Panel(
                    "Up",
                    [(f"min by (instance) ({series('up', **HERE)})", "{{instance}}")],
                    kind="states",
                    states=((1, "up", "ok"), (0, "down", "bad")),
                    width=12,
                ),
                Panel(
                    "Time since start",
                    [
                        (
                            f"time() - max by (instance) ({series('process_start_time_seconds', **HERE)})",
                            "{{instance}}",
                        )
                    ],
                    unit="s",
                    width=12,
                ),
            ],
        ),
        Row(
            "Resources",
            [
                Panel(
                    "CPU",
                    [(per_instance("process_cpu_seconds_total"), "{{instance}}")],
                    text="Seconds of CPU per second.",
                ),
                Panel(
                    "Resident memory",
                    [
                        (
                            f"max by (instance) ({series('process_resident_memory_bytes', **HERE)})",
                            "{{instance}}",
                        )
                    ],
                    unit="bytes",
                ),
                Panel(
                    "File descriptors in use",
                    [
                        (
                            f"max by (instance) ({series('process_open_fds', **HERE)} / "
                            f"{series('process_max_fds', **HERE)})",
                            "{{instance}}",
                        ),
                    ],
                    unit="percentunit",
                ),
            ],
        ),
        Row(
            "HTTP",
            [
                Panel(
                    "Connections",
                    [
                        (
                            f"sum by (instance) ({series('portcullis_http_open_connections', **HERE)})",
                            "{{instance}}",
                        )
                    ],
                ),
                Panel(
                    "New connections",
                    [(per_instance("portcullis_http_connections_total"), "{{instance}}")],
                    unit="ops",
                ),
                Panel(
                    "Turned away, by status",
                    [(per_instance("portcullis_http_refused_total", "status"), "{{status}}")],
                    unit="ops",
                    text="Requests refused before any handler saw them.",
                ),
                Panel(
                    "Clients that left",
                    [(per_instance("portcullis_http_client_departures_total"), "{{instance}}")],
                    unit="ops",
                ),
                Panel(
                    "Connections lost",
                    [
                        (per_instance("portcullis_http_accept_errors_total"), "not accepted: {{instance}}"),
                        (
                            per_instance("portcullis_http_write_stalls_total"),
                            "client took nothing: {{instance}}",
                        ),
                    ],
                    unit="ops",
                ),
                Panel(
                    "Log lines lost",
                    [(per_instance("portcullis_log_lines_dropped_total"), "{{instance}}")],
                    unit="ops",
                ),
            ],
        ),
        Row(
            "Peers, certificates, configuration",
            [
                Panel(
                    "Connections to peers",
                    [
                        (
                            f"sum by (instance, peer) ({series('portcullis_peer_lanes', **HERE)})",
                            "{{instance}} to {{peer}}",
                        )
                    ],
                    text="0: the peer cannot be reached. The all-in-one has none.",
                ),
                Panel(
                    "Checks sent to another policy replica",
                    [(per_instance("portcullis_policy_reopened_total"), "{{instance}}")],
                    unit="ops",
                    text="The connection to the first one was lost.",
                ),
                Panel(
                    "Reloads of the configuration",
                    [(per_instance("portcullis_config_reloads_total", "instance, result"), "{{instance}} {{result}}")],
                    unit="ops",
                ),
                Panel(
                    "Life left of certificates",
                    [
                        (
                            "min by (instance, certificate) "
                            f"({series('portcullis_tls_certificate_expiry_timestamp_seconds', **HERE)}) - time()",
                            "{{instance}} {{certificate}}",
                        )
                    ],
                    unit="s",
                ),
                Panel(
                    "Changed certificate files",
                    [(per_instance("portcullis_tls_reloads_total", "instance, result"), "{{instance}} {{result}}")],
                    unit="ops",
                ),
                Panel(
                    "Calls refused for their certificate",
                    [(per_instance("portcullis_tls_refused_calls_total"), "{{instance}}")],
                    unit="ops",
                ),
            ],
        ),
        Row(
            "Traces",
            [
                Panel(
                    "Spans, by what became of them",
                    [(per_instance("portcullis_trace_spans_total", "result"), "{{result}}")],
                    unit="ops",
                    width=12,
                    text="Dropped: the queue was full. Failed: the collector refused them or was away for too long. "
                    "Empty where nothing is traced.",
                ),
                Panel(
                    "Spans that wait for their export",
                    [
                        (
                            f"sum by (instance) ({series('portcullis_trace_queue_spans', **HERE)})",
                            "{{instance}}",
                        )
                    ],
                    width=12,
                ),
            ],
        ),
        Row(
            "Edge and router",
            [
                Panel(
                    "Requests under way",
                    [
                        (
                            f"sum by (instance) ({series('portcullis_in_flight_requests', **HERE)})",
                            "{{instance}}",
                        )
                    ],
                    width=12,
                ),
                Panel(
                    "Upstream attempts under way",
                    [
                        (
                            f"sum by (instance, target) ({series('portcullis_upstream_in_flight', **HERE)})",
                            "{{instance}} {{target}}",
                        ),
                    ],
                    width=12,
                ),
            ],
        ),
    ],
)
