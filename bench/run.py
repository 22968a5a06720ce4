#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures tautline beside its peers and the floor; scripts/bench builds them and calls this.

Servers take turns within each run, so that what else the machine does meets all of them alike; of
several runs the median counts, and a ratio is the median of the ratios of each run."""
import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

import harness
import kinds
import record
import report
import workloads
from harness import ROOT

RESULTS = ROOT / "docs/performance/results.json"


def runs_of(workload, server, runs):
    """Those who are far away need fewer runs to be placed, and those for scale one."""
    runs = min(runs, workload.most_runs)
    if server in workloads.FOR_SCALE:
        return 1
    close = workload.kind != "load" or server in workloads.CLOSE
    return runs if close else (runs + 1) // 2


def seconds_for(chosen, runs, seconds, warm_up):
    """About how long all of it takes."""
    return sum(runs_of(workload, server, runs) *
               (workload.overhead + warm_up + seconds * workload.longer)
               for workload in chosen for server in workload.servers)


def measure_workload(bench, workload, runs):
    """server -> list of one measurement a run; the servers take turns."""
    servers = {server: [] for server in workload.servers}
    broken = set()
    for run in range(runs):
        for server in workload.servers:
            if server in broken or run >= runs_of(workload, server, runs):
                continue
            label = f"{workload.name} {server} {run + 1}"
            try:
                figures = kinds.MEASURES[workload.kind](bench, workload, server)
            except (harness.Missing, subprocess.TimeoutExpired) as error:
                broken.add(server)
                print(f"{label}: left out: {error}", flush=True)
                continue
            servers[server].append(record.kept(workload, figures))
            tell(label, workload, figures)
    return {server: measured for server, measured in servers.items() if measured}


def tell(label, workload, figures):
    shown = (f"{metric} {figures[metric]:.4g}" for metric in workload.metrics if metric in figures)
    print(f"{label}: " + "  ".join(shown), flush=True)
    if figures.get("generator_cores", 0) > report.BUSY:
        print(f"{label}: the generator was busy: {figures['generator_cores']:.0%} of its core",
              flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, default=ROOT / "build/bench/bin/bench")
    parser.add_argument("--quick", action="store_true",
                        help="one short run, to see that all works; documents stay as they are, "
                             "the page goes to build/bench/quick")
    parser.add_argument("--only", default="", metavar="PATTERN",
                        help="workloads whose name the regular expression finds")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.2)
    return parser.parse_args()


def measure(options, results, to):
    """Measures what was chosen, and saves and writes after each workload: who interrupts loses
    one."""
    chosen = [w for w in workloads.WORKLOADS if re.search(options.only, w.name)]
    if not chosen:
        sys.exit(f"no workload is called {options.only}")
    runs, seconds, warm_up = options.runs, options.seconds, 0.4
    if options.quick:
        runs, seconds, warm_up = 1, 0.3, 0.1
    minutes = seconds_for(chosen, runs, seconds, warm_up) / 60
    print(f"bench: {len(chosen)} workloads, about {minutes:.0f} minutes", flush=True)
    bench = harness.Bench(options.binaries, seconds, warm_up)
    for workload in chosen:
        most = min(runs, workload.most_runs)
        # The load before: that of the measurement itself says nothing.
        stamp = record.stamp(most, seconds * workload.longer, warm_up)
        servers = measure_workload(bench, workload, most)
        results[workload.name] = {"stamp": stamp, "servers": servers}
        record.save(to, results)
        write_page(options, results)


def docs_of(options):
    return ROOT / ("build/bench/quick" if options.quick else "docs")


def write_page(options, results):
    page = (ROOT / "docs/performance.md").read_text(encoding="utf-8")
    report.write(docs_of(options), page, results)


def main():
    options = arguments()
    to = ROOT / "build/bench/quick/results.json" if options.quick else RESULTS
    results = record.load(to)
    begin = time.monotonic()
    measure(options, results, to)
    print(f"\n{report.goal_table(results)}\nbench: {(time.monotonic() - begin) / 60:.0f} minutes; "
          f"{docs_of(options) / 'performance.md'} is written, the figures of each run are in {to}")


if __name__ == "__main__":
    main()
