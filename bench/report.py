# SPDX-License-Identifier: MIT
"""Turns measurements into tables, plots and verdicts in docs/performance.md."""
import re
from statistics import median

import plots
import workloads

HEADINGS = {"cpu_us": "server CPU, µs a message", "per_second": "messages a second",
            "p50_us": "p50, µs", "p99_us": "p99, µs", "p999_us": "p99.9, µs",
            "resident_kib": "memory, KiB", "bytes_each": "bytes a connection",
            "server_cores": "cores", "seconds": "seconds",
            "own_seconds": "seconds beyond the standard headers"}
BEGIN, END = "<!-- results: written by scripts/bench -->", "<!-- end of the results -->"


def middle(results, workload, server, metric):
    """The median over the runs; None when there is nothing."""
    values = [run[metric] for run in results.get(workload, {}).get(server, [])]
    return median(values) if values else None


def number(value):
    if value is None:
        return "-"
    if value >= 10000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def ratio(results, goal):
    """tautline's figure over the other's, run by run: what disturbs one run disturbs both."""
    ours = results.get(goal.workload, {}).get("tautline", [])
    if not goal.other:
        values = [run[goal.metric] for run in ours]
    else:
        theirs = results.get(goal.other_workload or goal.workload, {}).get(goal.other, [])
        values = [our[goal.metric] / their[goal.metric] for our, their in zip(ours, theirs)
                  if their[goal.metric] > 0]
    return median(values) if values else None


def goal_table(results):
    lines = ["| workload | figure | compared with | goal | measured | |",
             "| --- | --- | --- | --- | --- | --- |"]
    for goal in workloads.GOALS:
        value = ratio(results, goal)
        other = goal.other if not goal.other_workload else goal.other_workload
        verdict = "not measured" if value is None else ("reached" if value <= goal.limit
                                                        else "**missed**")
        limit = f"{goal.limit:g}" + (" ×" if goal.other else "")
        lines.append(f"| {goal.workload} | {HEADINGS[goal.metric]} | {other or '-'} | {limit} | "
                     f"{number(value)} | {verdict} |")
    return "\n".join(lines) + "\n"


def busy(runs):
    return bool(runs) and median(run.get("generator_cores", 0) for run in runs) > 0.9


def workload_table(results, workload):
    servers = [server for server in workload.servers if results[workload.name].get(server)]
    lines = ["| | " + " | ".join(HEADINGS[metric] for metric in workload.metrics) + " |",
             "| --- |" + " ---: |" * len(workload.metrics)]
    note = ""
    for server in servers:
        cells = [number(middle(results, workload.name, server, metric))
                 for metric in workload.metrics]
        mark = ""
        if busy(results[workload.name][server]):
            mark = " ¹"
            note = ("\n¹ The generator used more than 90 % of its core: it may bound messages a "
                    "second and latency here, not the CPU of the server.\n")
        lines.append(f"| {server}{mark} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n" + note


def section(results, workload, pictures):
    parts = [f"### {workload.title}\n", f"`scripts/bench --only '^{workload.name}$'`\n"]
    if workload.name in pictures:
        parts.append(f"![{workload.title}](performance/{workload.name}.svg)\n")
    parts.append(workload_table(results, workload))
    return "\n".join(parts)


def draw(folder, results):
    """One bar chart a workload, of its first figure. Returns which were drawn."""
    folder.mkdir(exist_ok=True)
    drawn = set()
    for workload in workloads.WORKLOADS:
        metric = workload.metrics[0]
        bars = [(server, middle(results, workload.name, server, metric))
                for server in workload.servers]
        bars = [(server, value) for server, value in bars if value is not None]
        if len(bars) < 2:
            continue
        picture = plots.bar_chart(f"{workload.title}: {HEADINGS[metric]}", bars, number)
        (folder / f"{workload.name}.svg").write_text(picture)
        drawn.add(workload.name)
    return drawn


def write(docs, record):
    """Replaces what stands between the two marks of docs/performance.md."""
    results = record["results"]
    pictures = draw(docs / "performance", results)
    machine = record["machine"]
    parts = [BEGIN, "",
             f"{machine['date']}, commit {machine['commit']}; {machine['processor']}, "
             f"{machine['cores']} cores, Linux {machine['kernel']}, {machine['compiler']}; medians "
             f"of {record['runs']} runs of {record['seconds']:g} s; load average at the end "
             f"{machine['load']}.\n",
             "### Goals\n", goal_table(results)]
    parts += [section(results, workload, pictures) for workload in workloads.WORKLOADS
              if any(results.get(workload.name, {}).values())]
    page = docs / "performance.md"
    text = page.read_text()
    block = "\n".join(parts) + "\n" + END
    page.write_text(re.sub(re.escape(BEGIN) + ".*" + re.escape(END), lambda _: block, text,
                           flags=re.DOTALL))
