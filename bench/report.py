# SPDX-License-Identifier: MIT
"""Turns measurements into tables, plots and verdicts in docs/performance.md."""
import re
from statistics import median

import plots
import record
import workloads

HEADINGS = {"cpu_us": "server CPU, µs a message", "per_second": "messages a second",
            "p50_us": "p50, µs", "p99_us": "p99, µs", "p999_us": "p99.9, µs",
            "resident_kib": "memory, KiB", "bytes_each": "bytes a connection",
            "server_cores": "cores", "seconds": "seconds",
            "own_seconds": "seconds beyond the standard headers",
            "answer_bytes": "bytes an answer", "late_p99_us": "sent late by (p99), µs",
            "p99_ratio": "p99 beside the flood over p99 alone", "quiet_p99_us": "p99 alone, µs",
            "flood_per_second": "messages of the flood a second"}
BEGIN, END = "<!-- results: written by scripts/bench -->", "<!-- end of the results -->"

# Above this part of its core the generator bounds these figures; others it does not touch.
BUSY = 0.9
BOUNDED = {"per_second", "p50_us", "p99_us", "p999_us", "p99_ratio", "quiet_p99_us"}
BUSY_NOTE = """
¹ The generator used more than 90 % of its core, or sent by the clock and was late by more than an
answer took. Messages a second and latencies of this row are the generator's and say nothing about
the server; its CPU and memory stand. For latencies see `latency-20`.
"""

# These have one table together.
TOGETHER = ("calls", "profile", "carriers")
CARRIERS = {"h1": "100 TLS connections", "h2": "one HTTP/2 connection"}


def runs_of(results, workload, server):
    return results.get(workload, {}).get("servers", {}).get(server, [])


def middle(results, workload, server, metric):
    """The median over the runs; None when there is nothing."""
    values = [run[metric] for run in runs_of(results, workload, server) if metric in run]
    return median(values) if values else None


def busy(results, workload, server):
    cores, late, latency = (middle(results, workload, server, metric) or 0
                            for metric in ("generator_cores", "late_p99_us", "p99_us"))
    return cores > BUSY or late > latency


def number(value):
    if value is None:
        return "-"
    if value >= 10000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def heading(workload, metric):
    text = HEADINGS[metric]
    return text.replace("server", "client") if workload.kind == "send" else text


def ratio(results, goal):
    """The figure over the other's, run by run: what disturbs one run disturbs both."""
    ours = [run for run in runs_of(results, goal.workload, goal.server) if goal.metric in run]
    if not goal.other:
        values = [run[goal.metric] for run in ours]
    else:
        theirs = runs_of(results, goal.workload, goal.other)
        values = [our[goal.metric] / their[goal.metric] for our, their in zip(ours, theirs)
                  if their.get(goal.metric, 0) > 0]
    return median(values) if values else None


def verdict(results, goal, value):
    """A busy generator bounds what is compared: then nothing is shown."""
    if value is None:
        return "not measured"
    if goal.metric in BOUNDED and is_marked(results, goal):
        return "not shown: the generator was busy"
    return "reached" if value <= goal.limit else "**missed**"


def is_marked(results, goal):
    return any(busy(results, goal.workload, server) for server in (goal.server, goal.other))


def goal_table(results):
    lines = ["| workload | figure | compared with | goal | measured | |",
             "| --- | --- | --- | --- | --- | --- |"]
    for goal in workloads.GOALS:
        value = ratio(results, goal)
        limit = f"{goal.limit:g}" + (" ×" if goal.other else "")
        mark = " ¹" if is_marked(results, goal) else ""
        lines.append(f"| {goal.workload}{mark} | {HEADINGS[goal.metric]} | "
                     f"{CARRIERS.get(goal.other, goal.other) or '-'} | {limit} | {number(value)} | "
                     f"{verdict(results, goal, value)} |")
    text = "\n".join(lines) + "\n"
    return text + (BUSY_NOTE if "¹" in text else "")


def workload_table(results, workload):
    lines = ["| | " + " | ".join(heading(workload, metric) for metric in workload.metrics) + " |",
             "| --- |" + " ---: |" * len(workload.metrics)]
    for server in workload.servers:
        if not runs_of(results, workload.name, server):
            lines.append(f"| {server} | not measured |" + " |" * (len(workload.metrics) - 1))
            continue
        cells = [number(middle(results, workload.name, server, metric))
                 for metric in workload.metrics]
        mark = " ¹" if busy(results, workload.name, server) else ""
        lines.append(f"| {server}{mark} | " + " | ".join(cells) + " |")
    text = "\n".join(lines) + "\n"
    return text + (BUSY_NOTE if "¹" in text else "")


def stamp_line(stamp, newest):
    """When and how; the machine and the age only where they are not those of the page."""
    text = (f"commit {stamp['commit']}, {stamp['date']}; {stamp['runs']} × {stamp['seconds']:g} s; "
            f"load average before: {stamp['load']}")
    if stamp["machine"] != newest["machine"]:
        text += f"; {stamp['machine']}"
    if not record.same_state(stamp["commit"], newest["commit"]):
        text += "; **an older state than the newest table**"
    return text


def section(results, workload, pictures, newest):
    parts = [f"### {workload.title}\n", f"`scripts/bench --only '^{workload.name}$'`; "
             f"{stamp_line(results[workload.name]['stamp'], newest)}\n"]
    if workload.name in pictures:
        parts.append(f"![{workload.title}](performance/{workload.name}.svg)\n")
    parts.append(workload_table(results, workload))
    return "\n".join(parts)


def together(results, kind, title, newest, table):
    """A section of several workloads of one kind, or nothing."""
    chosen = [workload for workload in workloads.WORKLOADS
              if workload.kind == kind and is_measured(results, workload)]
    if not chosen:
        return []
    lines = [stamp_line(stamp, newest)
             for stamp in merged([results[workload.name]["stamp"] for workload in chosen])]
    return [f"### {title}\n", f"`scripts/bench --only '^{kind}-'`; " + " | ".join(lines) + "\n",
            table(results, chosen)]


def merged(stamps):
    """One stamp for all that were made alike, with the last date and the highest load."""
    alike = {}
    for stamp in stamps:
        first = alike.setdefault(tuple(stamp[key] for key in ("commit", "machine", "runs",
                                                              "seconds")), dict(stamp))
        first["date"] = max(first["date"], stamp["date"])
        first["load"] = max(first["load"], stamp["load"], key=float)
    return list(alike.values())


def calls_table(results, chosen):
    lines = ["| workload | server | calls a message | which |", "| --- | --- | ---: | --- |"]
    for workload in chosen:
        for server in workload.servers:
            figures = (runs_of(results, workload.name, server) or [{}])[0]
            calls = sorted(((value, name[5:]) for name, value in figures.items()
                            if name.startswith("call ")), reverse=True)
            which = ", ".join(f"{name} {value:.2f}" for value, name in calls)
            total = f"{figures['calls']:.2f}" if figures else "not measured"
            lines.append(f"| {workload.title} | {server} | {total} | {which} |")
    return "\n".join(lines) + "\n"


def profile_table(results, chosen):
    columns = [(runs_of(results, workload.name, "tautline") or [{}])[0] for workload in chosen]
    parts = {name for column in columns for name in column if name.startswith("part ")}
    most = sorted(parts, key=lambda part: -max(column.get(part, 0) for column in columns))
    lines = ["| | " + " | ".join(workload.title for workload in chosen) + " |",
             "| --- |" + " ---: |" * len(chosen)]
    rows = [(part[5:], part) for part in most]
    rows += [("**user time**", "user"), ("**system time**", "system")]
    for title, name in rows:
        lines.append(f"| {title} | " +
                     " | ".join(f"{column.get(name, 0):.1%}" for column in columns) + " |")
    lines.append("| **server CPU, µs a message** | " +
                 " | ".join(number(column.get("cpu_us")) for column in columns) + " |")
    return "\n".join(lines) + "\n"


def carriers_table(results, chosen):
    names = (f"{name}, µs" for name in CARRIERS.values())
    lines = ["| message | " + " | ".join(names) + " | ratio | of each run |",
             "| --- | ---: | ---: | ---: | --- |"]
    for workload in chosen:
        h1, h2 = (runs_of(results, workload.name, carrier) for carrier in ("h1", "h2"))
        ratios = [two["cpu_us"] / one["cpu_us"] for one, two in zip(h1, h2)]
        cells = [number(middle(results, workload.name, carrier, "cpu_us")) for carrier in CARRIERS]
        cells.append(number(median(ratios)) if ratios else "-")
        cells.append(", ".join(number(value) for value in ratios))
        lines.append(f"| {workload.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def is_measured(results, workload):
    return any(results.get(workload.name, {}).get("servers", {}).values())


def draw(folder, results):
    """One bar chart a workload, of its first figure. Returns which were drawn;
    those of workloads that are no more go."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = set()
    for workload in workloads.WORKLOADS:
        metric = workload.metrics[0]
        bars = [(server, middle(results, workload.name, server, metric))
                for server in workload.servers]
        bars = [(server, value) for server, value in bars if value is not None]
        if workload.kind in TOGETHER or len(bars) < 2:
            continue
        picture = plots.bar_chart(f"{workload.title}: {heading(workload, metric)}", bars, number)
        (folder / f"{workload.name}.svg").write_text(picture)
        drawn.add(workload.name)
    for picture in folder.glob("*.svg"):
        if picture.stem not in drawn:
            picture.unlink()
    return drawn


def block(results, pictures):
    """All that stands between the two marks."""
    newest = max((entry["stamp"] for entry in results.values()), key=lambda stamp: stamp["date"])
    parts = ["", f"Newest table: commit {newest['commit']}, {newest['date']} (UTC); "
             f"{newest['machine']}. Each table has its own below its heading.\n"]
    missing = [f"`{workload.name}`" for workload in workloads.WORKLOADS
               if not is_measured(results, workload)]
    if missing:
        parts.append("**Not measured**: " + ", ".join(missing) + ".\n")
    parts += ["### Goals\n", goal_table(results)]
    parts += [section(results, workload, pictures, newest) for workload in workloads.WORKLOADS
              if workload.kind not in TOGETHER and is_measured(results, workload)]
    parts += together(results, "calls", "System calls a message", newest, calls_table)
    parts += together(results, "profile", "Where the time of tautline's server goes", newest,
                      profile_table)
    parts += together(results, "carriers", "One HTTP/2 connection instead of a hundred", newest,
                      carriers_table)
    return "\n".join(parts) + "\n"


def write(docs, page, results):
    """Replaces what stands between the two marks of the page, and writes it into `docs`."""
    text = BEGIN + "\n" + block(results, draw(docs / "performance", results)) + END
    page = re.sub(re.escape(BEGIN) + ".*" + re.escape(END), lambda _: text, page, flags=re.DOTALL)
    (docs / "performance.md").write_text(page, encoding="utf-8")
