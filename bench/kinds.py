# SPDX-License-Identifier: MIT
"""How each kind of workload is measured: one function a kind, which takes the bench, the workload
and the name of the server, and returns figures by name."""
import contextlib
import json
import os
import re
import resource
import subprocess
import time
from pathlib import Path

import harness
import hotspots
import system_calls
from harness import ROOT

HELLO = "examples/hello_server.cpp"
BEAST_HELLO = "bench/compile/beast_hello.cpp"
FLOOD = ("--connections", "1", "--in-flight", "256", "--size", "1024")


def load(bench, workload, name):
    with bench.server(workload, name) as server:
        return bench.drive(server, workload, name)


def fairness(bench, workload, name):
    """The same slow load twice on one server, the second time beside a connection that floods from
    a process of its own, which runs only when the generator does not want its core."""
    with bench.server(workload, name) as server:
        quiet = bench.drive(server, workload, name)
        length = 2 * bench.warm_up + bench.seconds * workload.longer
        command = ["chrt", "--idle", "0", *bench.load_command(server, name, FLOOD, length)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as flooder:
            time.sleep(bench.warm_up)
            loud = bench.drive(server, workload, name)
            flood = json.loads(flooder.communicate()[0])
    return {"quiet_p99_us": quiet["p99_us"], "p99_us": loud["p99_us"],
            "p99_ratio": loud["p99_us"] / quiet["p99_us"],
            "flood_per_second": flood["per_second"], "server_cores": loud["server_cores"],
            "late_p99_us": loud["late_p99_us"],
            "generator_cores": max(quiet["generator_cores"], loud["generator_cores"])}


def send(bench, workload, name):
    program, *how = name.split(", ")
    with harness.Server(bench.binaries, "sink", []) as sink:
        command = [str(bench.binaries / f"{program}_sender"), sink.port, str(bench.seconds),
                   *workload.load, *how]
        return harness.answer_of(harness.pinned(harness.LOAD_CORE, command), bench.seconds + 60)


def compile_cost(_, __, name):
    """User and system time, with the options of a release build and without a cache."""
    if name == "floor":
        return {"seconds": compile_seconds(standard_headers(HELLO))}
    if name == "beast":
        return {"seconds": compile_seconds((ROOT / BEAST_HELLO).read_text())}
    seconds = compile_seconds((ROOT / HELLO).read_text())
    return {"seconds": seconds, "own_seconds": seconds - compile_seconds(standard_headers(HELLO))}


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


def carriers(bench, workload, name):
    """WebSockets on one HTTP/2 connection or each on its own, driven by bench/carriers.cpp."""
    websockets, in_flight, size = workload.load
    with harness.Server(bench.binaries, "tautline", bench.certificate) as server:
        command = [bench.binaries / "carriers", server.port, server.pid, name, websockets,
                   in_flight, size, bench.warm_up, bench.seconds,
                   bench.binaries / "certificate.pem"]
        command = harness.pinned(harness.LOAD_CORE, [str(word) for word in command])
        with subprocess.Popen(command, text=True, stdout=subprocess.PIPE) as client:
            sockets = most_sockets(server.pid, client)
            answer = client.communicate()[0]
    if client.returncode != 0:
        raise harness.Missing(f"carriers ended with {client.returncode}")
    if (sockets < 10) != (name == "h2"):
        raise harness.Missing(f"{sockets} sockets with {name}")
    return json.loads(answer)


def most_sockets(pid, client):
    """The sockets that the process had open at most while the client ran."""
    most = 0
    while client.poll() is None:
        with contextlib.suppress(FileNotFoundError):  # a socket that is closed just now
            links = [os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()]
            most = max(most, sum(link.startswith("socket:") for link in links))
        time.sleep(0.1)
    return most


MEASURES = {"load": load, "fairness": fairness, "send": send, "compile": compile_cost,
            "carriers": carriers, "calls": system_calls.measure, "profile": hotspots.measure}
