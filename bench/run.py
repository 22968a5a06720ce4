#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures tautline beside its peers and the floor; scripts/bench builds them and calls this.

Servers take turns within each run, so that what else the machine does meets all of them alike; of
several runs the median counts, and a ratio is the median of the ratios of each run."""
import argparse
import json
import os
import platform
import re
import resource
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import report
import workloads

ROOT = Path(__file__).resolve().parent.parent
SERVER_CORE, LOAD_CORE = "0", "1"
START_SECONDS = 20
SCRIPTS = {"ws": ["node", str(ROOT / "bench/peers/ws.mjs")],
           "websockets": ["/usr/bin/python3", str(ROOT / "bench/peers/websockets_echo.py")]}


class Missing(Exception):
    """A server that is not built or cannot do what is asked."""


def pinned(core, command):
    cores = os.sched_getaffinity(0)
    return ["taskset", "-c", core, *command] if int(core) in cores else list(command)


def make_certificate(folder):
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if not certificate.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650", "-subj",
                        "/CN=localhost", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
    return ["--tls", str(certificate), str(key)]


HELLO = "examples/hello_server.cpp"
BEAST_HELLO = "bench/compile/beast_hello.cpp"


class Server:
    """A running echo server, or the sink."""

    def __init__(self, binaries, name, options):
        command = SCRIPTS.get(name, [str(binaries / name)])
        if not shutil.which(command[0]):
            raise Missing(f"{command[0]} is not there")
        self.process = subprocess.Popen(pinned(SERVER_CORE, [*command, *options]), text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        ready, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
        line = self.process.stdout.readline() if ready else ""
        match = re.match(r"listening (\d+)", line)
        if not match:
            self.stop()
            raise Missing(f"{name} did not start: {self.process.stderr.read().strip()[-300:]}")
        self.port = match.group(1)

    def stop(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Bench:
    def __init__(self, binaries, seconds, warm_up):
        self.binaries = binaries
        self.seconds = seconds
        self.warm_up = warm_up
        self.certificate = make_certificate(binaries)

    def run(self, workload, server):
        if workload.name == "compile":
            return self.compile(server)
        if workload.name == "sender-1k":
            return self.send(workload, server)
        return self.load(workload, server)

    def load(self, workload, name):
        options = [*workload.server, *(self.certificate if workload.tls else ())]
        seconds = self.seconds * workload.longer
        with Server(self.binaries, name, options) as server:
            command = [str(self.binaries / "load"), "--port", server.port, "--pid",
                       str(server.process.pid), "--warm-up", str(self.warm_up), *workload.load,
                       "--seconds", str(seconds)]
            command += ["--tls"] if workload.tls else []
            command += ["--raw"] if name == "floor" else []
            return self.measure(pinned(LOAD_CORE, command), seconds + 120)

    def send(self, workload, name):
        with Server(self.binaries, "sink", []) as sink:
            program = str(self.binaries / f"{name}_sender")
            return self.measure(pinned(LOAD_CORE, [program, sink.port, str(self.seconds),
                                                   *workload.load]), self.seconds + 60)

    @staticmethod
    def measure(command, limit):
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
        if done.returncode != 0:
            raise Missing(done.stderr.strip()[-300:] or f"ended with {done.returncode}")
        return json.loads(done.stdout)

    def compile(self, name):
        """User and system time, with the options of a release build and without a cache."""
        if name == "floor":
            return {"seconds": compile_seconds(standard_headers(HELLO))}
        if name == "beast":
            return {"seconds": compile_seconds((ROOT / BEAST_HELLO).read_text())}
        seconds = compile_seconds((ROOT / HELLO).read_text())
        return {"seconds": seconds,
                "own_seconds": seconds - compile_seconds(standard_headers(HELLO))}


def compile_seconds(source):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["g++", "-std=c++23", "-O3", "-DNDEBUG", "-Isrc", "-c", "-x", "c++", "-", "-o",
                    "/dev/null"], input=source, text=True, cwd=ROOT, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def standard_headers(source):
    """A source of nothing but the standard headers that this one and ours behind it name."""
    files = subprocess.run(["g++", "-std=c++23", "-Isrc", "-MM", source], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout
    names = {name for file in re.findall(r"\S+[.][ch]pp", files)
             for name in re.findall(r"^#include <(\w+)>", (ROOT / file).read_text(), re.MULTILINE)}
    return "".join(f"#include <{name}>\n" for name in sorted(names)) + "int main() {}\n"


def measure_all(bench, chosen, runs, results):
    """Fills `results`: workload -> server -> list of one measurement a run."""
    broken = set()
    for workload in chosen:
        results[workload.name] = {server: [] for server in workload.servers}
        for run in range(runs):
            for server in workload.servers:
                if (workload.name, server) in broken:
                    continue
                label = f"{workload.name} {server} {run + 1}/{runs}"
                try:
                    result = bench.run(workload, server)
                except (Missing, subprocess.TimeoutExpired) as error:
                    broken.add((workload.name, server))
                    print(f"{label}: left out: {error}", flush=True)
                    continue
                results[workload.name][server].append(result)
                print(f"{label}: " + "  ".join(
                    f"{metric} {result[metric]:.4g}" for metric in workload.metrics), flush=True)
                if result.get("generator_cores", 0) > 0.9:
                    print(f"{label}: the generator was busy: {result['generator_cores']:.0%} of "
                          f"its core, the server {result['server_cores']:.0%}", flush=True)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    compiler = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True,
                              check=False).stdout.strip()
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT,
                            capture_output=True, text=True, check=False).stdout.strip()
    return {"processor": model.group(1) if model else platform.machine(),
            "cores": os.cpu_count(), "kernel": platform.release(), "compiler": f"g++ {compiler}",
            "commit": commit, "date": time.strftime("%Y-%m-%d"),
            "load": " ".join(f"{value:.1f}" for value in os.getloadavg())}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, default=ROOT / "build/bench/bin/bench")
    parser.add_argument("--quick", action="store_true",
                        help="one short run, to see that all works; documents stay as they are")
    parser.add_argument("--only", default="", metavar="PATTERN",
                        help="workloads whose name the regular expression finds")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    return parser.parse_args()


def main():
    options = arguments()
    chosen = [w for w in workloads.WORKLOADS if re.search(options.only, w.name)]
    if not chosen:
        sys.exit(f"no workload is called {options.only}")
    runs, seconds, warm_up = options.runs, options.seconds, 0.5
    if options.quick:
        runs, seconds, warm_up = 1, 0.3, 0.1
    output = options.binaries / ("quick.json" if options.quick else "results.json")
    kept = json.loads(output.read_text()) if output.exists() else {}
    results = kept.get("results", {})
    measure_all(Bench(options.binaries, seconds, warm_up), chosen, runs, results)
    record = {"machine": machine(), "runs": runs, "seconds": seconds, "results": results}
    output.write_text(json.dumps(record, indent=1))
    print(f"\n{report.goal_table(results)}\nresults: {output}")
    if not options.quick:
        report.write(ROOT / "docs", record)
        print("docs/performance.md is written")


if __name__ == "__main__":
    main()
