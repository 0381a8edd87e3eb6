"""From the figures of all rounds to medians, ratios against the targets, JSON and Markdown."""

import statistics

from load.prompts import DECISIONS

GATEWAYS = ("all-in-one on", "all-in-one off", "suite on", "suite off")
MIN_BUSY = 0.9  # of its core: below this the load, not the subject, set the throughput

# Of bench/README.md, "Targets".
THROUGHPUT = {"all-in-one": 0.25, "suite": 0.15}
ADDED_P50 = 2.5
POLICY_COST = 0.25
ADDED_FIRST_EVENT_P99_US = 500
ROUTING = ("single", "all")
ROUTING_COST = 0.03
TRACED = ("untraced", "tenth", "traced")
TRACED_COST = {"tenth": 0.05, "traced": 0.20}
IDLE_MIB = 25
DECISIONS_PER_SECOND = 10_000
DECISION_P99_US = 1_000


def medians(rounds):
    """rounds: list of {subject: {measure: {figure: number}}}. The same, with medians."""
    result = {}
    for subject in rounds[0]:
        result[subject] = {
            measure: {
                figure: statistics.median(r[subject][measure][figure] for r in rounds)
                for figure in rounds[0][subject][measure]
            }
            for measure in rounds[0][subject]
        }
    return result


def spread(rounds, subject, measure, figure):
    values = [r[subject][measure][figure] for r in rounds]
    return min(values), max(values)


def per_round(rounds, ratio):
    """The median of a ratio that is formed within each round, so that a slow round is slow for both."""
    return statistics.median(ratio(r) for r in rounds)


def check(name, value, limit, at_least, unit=""):
    return {"name": name, "value": value, "limit": limit, "at_least": at_least, "unit": unit,
            "met": value >= limit if at_least else value <= limit}


def checks(rounds, memory):
    found = []
    for subject in GATEWAYS:
        form = subject.split()[0]
        found.append(check(
            f"throughput, 32 connections: {subject} / nginx",
            per_round(rounds, lambda r: r[subject]["throughput"]["per_second"] / r["nginx"]["throughput"]["per_second"]),
            THROUGHPUT[form], True))
    for subject in GATEWAYS:
        found.append(check(
            f"p50 added at 1 connection: {subject} / nginx",
            per_round(rounds, lambda r: added(r, subject, "one", "p50_us") / added(r, "nginx", "one", "p50_us")),
            ADDED_P50, False))
    for form in ("all-in-one", "suite"):
        found.append(check(
            f"throughput that policies cost: {form}",
            per_round(rounds, lambda r: 1 - r[f"{form} on"]["throughput"]["per_second"]
                      / r[f"{form} off"]["throughput"]["per_second"]),
            POLICY_COST, False))
    for subject in GATEWAYS:
        found.append(check(
            f"p99 added to the first event: {subject}",
            per_round(rounds, lambda r: added(r, subject, "streams", "first_event_p99_us")),
            ADDED_FIRST_EVENT_P99_US, False, "us"))
    for subject, processes in memory["idle"].items():
        for name, kinds in processes.items():
            if subject != "nginx":
                found.append(check(f"idle memory: {subject}, {name}", kinds["resident"], IDLE_MIB, False, "MiB"))
    return found


def cost(rounds, subject, base):
    """The share of the throughput of `base` that `subject` does without."""
    return per_round(rounds, lambda r: 1 - r[subject]["throughput"]["per_second"] / r[base]["throughput"]["per_second"])


def variants_markdown(result, title, text, variants):
    """Subjects that take turns under one load; the first is what the others are compared with."""
    rounds = result["rounds"]
    base = variants[0]

    def ratio(subject, figure):
        ratios = sorted(r[subject]["throughput"][figure] / r[base]["throughput"][figure] for r in rounds)
        quarter = len(ratios) // 4
        return f"{statistics.median(ratios):.4f}", f"{ratios[quarter]:.4f} to {ratios[-1 - quarter]:.4f}"

    figures = medians(rounds)
    rows = [(name, number(f["per_second"]), number(f["p50_us"]), f'{f["cpu_us_per_request"]:.2f}',
             f'{100 * f["busy"]:.0f} %') for name in variants for f in [figures[name]["throughput"]]]
    tables = [table((f"{subject} / {base}", "median of the rounds", "middle half"),
                    [(words, *ratio(subject, figure)) for words, figure in (
                        ("requests/s", "per_second"), ("CPU us/request", "cpu_us_per_request"), ("p50", "p50_us"))])
              for subject in variants[1:]]
    return "\n\n".join([
        f'# {title}, {result["date"]}', made_with(result), *[f"Note: {n}" for n in result["notes"]], text,
        check_table(result["checks"]),
        table(("subject", "requests/s", "p50 us", "CPU us/request", "core used"), rows), *tables]) + "\n"


def routing_checks(rounds):
    return [check("throughput that retry, breaker, probes and latency strategy cost", cost(rounds, "all", "single"),
                  ROUTING_COST, False)]


def routing_markdown(result):
    return variants_markdown(
        result, "What routing costs",
        "All in one process, policies off, three targets. single: the first target alone, without retry, fallback, "
        "breaker and probes. all: latency strategy, retry, fallback, breaker, a probe of each target every second.",
        ROUTING)


def tracing_checks(rounds):
    return [check(f"throughput that traces cost: {words}", cost(rounds, subject, "untraced"), TRACED_COST[subject], False)
            for subject, words in (("tenth", "a tenth of the requests"), ("traced", "all requests"))]


def tracing_markdown(result):
    return variants_markdown(
        result, "What traces cost",
        "All in one process, policies on, one target. untraced: without `tracing`. tenth: `sample_ratio: 0.1`. traced: "
        "every request, six spans each. The collector takes everything at once and keeps nothing; the thread that "
        "exports shares the core of the worker.",
        TRACED)


def axonflow_checks(rounds):
    found = []
    for call in DECISIONS:
        found.append(check(f"{call}, 32 connections: requests/s",
                           per_round(rounds, lambda r: r["all-in-one on"][f"{call} full"]["per_second"]),
                           DECISIONS_PER_SECOND, True))
    for call in DECISIONS:
        found.append(check(f"{call}, some 1,000 requests/s: p99",
                           per_round(rounds, lambda r: r["all-in-one on"][f"{call} paced"]["p99_us"]),
                           DECISION_P99_US, False, "us"))
    return found


def axonflow_markdown(result):
    rows = []
    for subject, figures in medians(result["rounds"]).items():
        for name, f in figures.items():
            rows.append((subject, name, *[number(f[k]) for k in ("per_second", "p50_us", "p95_us", "p99_us")],
                         f'{f["cpu_us_per_request"]:.0f}', f'{100 * f["busy"]:.0f} %'))
    return "\n\n".join([
        f'# AxonFlow\'s calls that ask no provider, {result["date"]}', made_with(result),
        *[f"Note: {n}" for n in result["notes"]],
        "All in one process, policies and audit on, one worker on one core. full: 32 connections, as fast as answers "
        "come; paced: 8 connections, each with 7 ms between an answer and its next request. nginx, as a plain proxy "
        "to the mock upstream, tells what the machine itself adds at that pace.",
        check_table(result["checks"]),
        table(("subject", "call", "requests/s", "p50 us", "p95 us", "p99 us", "CPU us/request", "core used"), rows)]) + "\n"


def added(figures, subject, measure, figure):
    """What a proxy adds to the direct way. At least 1 us: the clock of wrk."""
    return max(1.0, figures[subject][measure][figure] - figures["direct"][measure][figure])


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(str(c) for c in row) + " |" for row in rows])


def number(value):
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.0f}"


def check_table(found):
    return table(
        ("measure", "value", "target", "met"),
        [(c["name"], f'{number(c["value"])} {c["unit"]}'.strip(),
          f'{">=" if c["at_least"] else "<="} {number(c["limit"])} {c["unit"]}'.strip(), "yes" if c["met"] else "NO")
         for c in found])


def whole_table(rounds, measure):
    figures = medians(rounds)
    rows = []
    for subject, all_measures in figures.items():
        f = all_measures[measure]
        low, high = spread(rounds, subject, measure, "per_second")
        rows.append((subject, number(f["per_second"]), f"{number(low)} to {number(high)}",
                     number(f["per_second"] / figures["nginx"][measure]["per_second"]), number(f["p50_us"]),
                     number(f["p99_us"]), "" if subject == "direct" else number(f["cpu_us_per_request"]),
                     "" if subject == "direct" else f'{100 * f["busy"]:.0f} %'))
    return table(("subject", "requests/s", "lowest to highest", "/ nginx", "p50 us", "p99 us", "CPU us/request",
                  "core used"), rows)


def stream_table(rounds):
    rows = []
    for subject, figures in medians(rounds).items():
        f = figures["streams"]
        rows.append((subject, *[number(f[k]) for k in (
            "first_event_p50_us", "first_event_p99_us", "first_content_p50_us", "first_content_p99_us",
            "gap_p50_us", "gap_p99_us", "events_per_stream")], f'{100 * f["busy"]:.0f} %'))
    return table(("subject", "first event p50 us", "p99", "first content p50 us", "p99", "gap p50 us", "p99",
                  "events/stream", "core used"), rows)


def memory_table(memory):
    rows = []
    for subject, processes in memory["idle"].items():
        for name, idle in processes.items():
            loaded = memory["loaded"][subject][name]
            rows.append((subject, name, *[f"{mib:.1f}" for mib in (
                idle["resident"], idle["anonymous"], loaded["resident"], loaded["anonymous"], loaded["peak"])]))
    return table(("subject", "process", "idle MiB", "of it anonymous", "loaded MiB", "of it anonymous", "peak MiB"), rows)


def start_table(starts):
    rows = [(subject, name, number(1000 * statistics.median(s[name] for s in samples)))
            for subject, samples in starts.items() for name in samples[0]]
    return table(("subject", "process", "start to ready ms"), rows)


def notes(rounds, quick):
    found = ["A quick run: it checks the harness, its figures mean little."] if quick else []
    for subject, figures in medians(rounds).items():
        busy = figures["throughput"]["busy"] if "throughput" in figures else 1
        if subject != "direct" and busy < MIN_BUSY:
            found.append(f"{subject} used only {100 * busy:.0f} % of its core under full load: the load or other "
                         "programs on the machine limited it, and its throughput is a lower bound.")
    return found


def made_with(result):
    machine = result["machine"]
    return (
        f'Commit {result["commit"]}, {machine["cpu"]}, {machine["cores"]} cores, Linux {machine["kernel"]}, '
        f'{machine["nginx"]}; {len(result["rounds"])} rounds of {result["seconds"]:g} s a measurement. '
        f'SHA-256 of portcullis {result["programs"]["portcullis"][:12]}, of portcullis-edge '
        f'{result["programs"]["portcullis-edge"][:12]}. '
        f'How: bench/README.md. Load average at the start {machine["load_average"]:.2f}.')


def markdown(result):
    rounds = result["rounds"]
    parts = [
        f'# Load measurements of {result["date"]}', made_with(result),
        *[f"Note: {n}" for n in result["notes"]],
        "## Against the targets", check_table(result["checks"]),
        "## 32 connections, 330-byte prompt", whole_table(rounds, "throughput"),
        "## 1 connection, 330-byte prompt", whole_table(rounds, "one"),
        "## 8 connections, 16 KiB prompt", whole_table(rounds, "prompt_16k"),
        "## 8 connections, 300 KB prompt", whole_table(rounds, "prompt_300k"),
        f'## {result["streams"]} streams at 50 tokens/s', stream_table(rounds),
        "## Memory", memory_table(result["memory"]),
        "## Start", start_table(result["starts"]),
    ]
    return "\n\n".join(parts) + "\n"
