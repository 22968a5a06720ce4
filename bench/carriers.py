#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a message costs the server: 100 WebSockets on one HTTP/2 connection against 100 TLS
connections, in turns. `scripts/bench --carriers` builds what is needed and calls this."""
import argparse
import json
import os
import statistics
import subprocess
from pathlib import Path

import run

WEBSOCKETS = 100
SIZES = (20, 1024, 16384)
IN_FLIGHT = (1, 4)
GOAL = 1.0


def sockets_of(pid):
    folder = Path(f"/proc/{pid}/fd")
    links = [os.readlink(path) for path in folder.iterdir()]
    return sum(link.startswith("socket:") for link in links)


def measure(binaries, server, carrier, size, in_flight, seconds):
    pid = server.process.pid
    command = [binaries / "carriers", server.port, pid, carrier, WEBSOCKETS, in_flight, size, 0.5,
               seconds, binaries / "certificate.pem"]
    load = subprocess.Popen(run.pinned(run.LOAD_CORE, [str(word) for word in command]), text=True,
                            stdout=subprocess.PIPE)
    seen = 0
    while load.poll() is None:
        seen = sockets_of(pid)
        try:
            load.wait(0.2)
        except subprocess.TimeoutExpired:
            pass
    if load.returncode != 0:
        raise SystemExit(f"{carrier} with {size} B failed")
    assert (seen < 10) == (carrier == "h2"), f"{seen} sockets with {carrier}"
    return json.load(load.stdout)["cpu_us"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--binaries", type=Path, default=run.ROOT / "build/bench/bin/bench")
    arguments = parser.parse_args()
    tls = run.make_certificate(arguments.binaries)
    print("| message | in flight | 100 TLS connections | one HTTP/2 connection | ratio |")
    print("| --- | --- | --- | --- | --- |")
    worst = 0
    with run.Server(arguments.binaries, "tautline", [*tls, "--ping", "20"]) as server:
        for size in SIZES:
            for in_flight in IN_FLIGHT:
                pairs = [[measure(arguments.binaries, server, carrier, size, in_flight,
                                  arguments.seconds) for carrier in ("h1", "h2")]
                         for _ in range(arguments.runs)]
                ratio = statistics.median(h2 / h1 for h1, h2 in pairs)
                h1, h2 = (statistics.median(column) for column in zip(*pairs))
                print(f"| {size} B | {in_flight} | {h1:.2f} us | {h2:.2f} us | {ratio:.2f} |",
                      flush=True)
                worst = max(worst, ratio)
    print(f"\nworst ratio {worst:.2f}, goal at most {GOAL}")


if __name__ == "__main__":
    main()
